// Package ties fills the tab Network: the filter, the tables of channels and ties, a channel's
// details, the messages behind a tie, and where a snowball could go on.
package ties
