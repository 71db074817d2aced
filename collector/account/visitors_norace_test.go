//go:build !race

package account_test

// visitors is how many people collect at once.
const visitors = 200
