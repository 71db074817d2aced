// Package put writes what is collected: parts of messages, details of channels, peers and
// receipts, each under a revision above all that was there before.
package put
