package sheet

import (
	"archive/zip"
	"io"

	"github.com/klauspost/compress/flate"
)

// zipLevel is how hard archives are compressed.
const zipLevel = 6

// NewZip begins an archive whose files klauspost's flate compresses, which takes two thirds of
// the time of Go's for a few percent more bytes.
func NewZip(w io.Writer) *zip.Writer {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, zipLevel) })
	return z
}
