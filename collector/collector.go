// Package collector holds the words of the product: channel, message, peer, source, store, collection.
//
// A Source reads public Telegram channels; a Store keeps what it read. Package
// loop carries a collection from the first to the second.
//
// The package imports the standard library only. Technology (MTProto, Parquet,
// NATS, HTTP) lives in the packages around it.
package collector
