// Package collection fills the structs that show work: a collection and its channels while
// they run, receipts, imports and the account's standing.
package collection
