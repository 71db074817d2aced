//go:build !race

package workspace_test

// atOnce is how many tests run at the same time for each processor: they wait more than
// they work, for Telegram's times, leases and processes. The race detector makes them work.
const atOnce = 4
