// Package sandbox is an embedded Telegram: a server on loopback that speaks
// MTProto as Telegram's data centres do, to try the program without an account,
// to test it and to measure it.
//
// It is built on gotd's public primitives. What it serves comes from a
// [world.World]; who may sign in follows Telegram's own convention for test
// accounts (see [Phones]). Keys, sign-ins and pending codes are kept in a folder,
// so that a client's stored session outlives a restart of the server. [Hooks]
// changes the weather while the server runs: latency, flood waits, short pages,
// dropped connections, revoked sessions.
//
// See https://core.telegram.org/mtproto for the protocol and
// https://core.telegram.org/methods for the methods.
package sandbox
