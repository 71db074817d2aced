// Package catalog says what a workspace has: its channels, how they were called and when,
// the people and channels that were named, the receipts of collections and the records of
// imports.
package catalog
