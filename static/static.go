// Package static has the page's own style and scripts and the vendored scripts. It gives them
// addresses that change with their content, so that browsers may cache them for good.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
)

//go:embed *.css *.js *.svg vendor
var embedded embed.FS

// Prefix is where the files are served.
const Prefix = "/static/"

// Files are the static files by their versioned addresses.
type Files struct {
	byName    map[string]string // name → address
	byAddress map[string]File
}

// File is one static file.
type File struct {
	Body []byte
	Type string // its media type
}

// New reads the embedded files and gives them their versioned addresses.
func New() (*Files, error) { return load(embedded) }

func load(from fs.FS) (*Files, error) {
	f := &Files{byName: map[string]string{}, byAddress: map[string]File{}}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		address := Prefix + hex.EncodeToString(sum[:6]) + "/" + name
		f.byName[name] = address
		f.byAddress[address] = File{Body: body, Type: mediaType(name)}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	return f, nil
}

// mediaType knows the few types there are, because the machine's table may differ.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".md", ".txt":
		return "text/plain; charset=utf-8"
	}
	if strings.HasPrefix(path.Base(name), "LICENSE") {
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// Address returns the versioned address of a file, like /static/0a1b2c3d4e5f/app.css, or "" if
// there is no such file.
func (f *Files) Address(name string) string { return f.byName[name] }

// Open returns the file at an address.
func (f *Files) Open(address string) (File, bool) {
	file, ok := f.byAddress[address]
	return file, ok
}
