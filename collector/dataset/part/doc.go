// Package part is one Parquet file of a dataset: its rows and columns, what its footer
// says that it covers, its checksums, and how all of this is written and read. A part
// never changes once it is there.
package part
