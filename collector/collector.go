// Package collector defines the product's nouns: channel, message, peer, source, store,
// collection.
//
// A Source reads public Telegram channels; a Store stores what it read. Package loop runs a
// collection from the one to the other.
//
// The package imports the standard library only. Technology (MTProto, Parquet, NATS, HTTP)
// lives in the packages around it.
package collector
