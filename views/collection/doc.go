// Package collection fills the structs that show work: a collection and its channels
// while they run, receipts, imports and how the account stands.
package collection
