// Package collector holds the words of the product and the loop that collects.
//
// A Source reads public Telegram channels; a Store keeps what it read. Collect
// carries one collection from the first to the second: it resolves each
// reference to a Channel, asks for the ranges of message ids that the Store
// does not cover yet, and puts each range as one immutable Part. A range that
// ended without an error is complete, so what it did not yield is absent; that
// is what makes every message accountable.
//
// The package imports the standard library only. Technology (MTProto, Parquet,
// NATS, HTTP) lives in the packages around it.
package collector
