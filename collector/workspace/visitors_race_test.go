//go:build race

package workspace_test

// visitors is how many people collect at once; the race detector makes each ten
// times as dear.
const visitors = 30
