// Package decode decodes the columns of Parquet files into the fields of rows, page by page,
// and keeps pages that were decoded for who reads them next.
package decode
