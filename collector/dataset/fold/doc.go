// Package fold says which row wins: of several parts that speak of one message it takes
// the newest revision, knows since when the message is gone, and keeps its earlier
// wordings as versions. See the rules in package dataset.
package fold
