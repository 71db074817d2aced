//go:build !race

package workspace_test

// visitors is how many people collect at once.
const visitors = 200
