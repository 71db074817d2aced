//go:build race

package main

// raced: the race detector takes several times the memory and the time.
const raced = true
