//go:build race

package workspace_test

// atOnce is how many tests run at the same time for each processor.
const atOnce = 1
