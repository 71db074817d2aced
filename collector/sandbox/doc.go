// Package sandbox is an embedded Telegram: a server on loopback that speaks MTProto like
// Telegram's data centres, to try, test and measure the program without an account.
//
// It is built on gotd's public primitives. It serves a [world.World]; its accounts follow
// Telegram's own convention for test accounts (see [Phones]). Keys, sign-ins and pending codes
// are stored in a folder, so that a client's stored session survives a restart of the server.
// Tests make it misbehave with package sandboxtest.
//
// See https://core.telegram.org/mtproto for the protocol and https://core.telegram.org/methods
// for the methods.
package sandbox
