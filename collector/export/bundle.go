package export

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/export/sheet"
)

const bundleName = "bundle.zip"

// snippets are examples in the languages that people analyse data in.
//
//go:embed snippets
var snippets embed.FS

// writeBundle writes bundle.zip. It is streamed: what describes the files comes
// after them, and the list of checksums last. Its times are those of the data, so that
// equal data gives equal bytes.
func writeBundle(ctx context.Context, w io.Writer, d Data) error {
	channels, err := d.Channels(ctx)
	if err != nil {
		return err
	}
	told, err := evidenceOf(ctx, d, channels)
	if err != nil {
		return err
	}
	b := bundle{zip: sheet.NewZip(w), at: told.newest()}
	for _, f := range Files() {
		if err := b.addFile(ctx, f, d, channels); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	if told.changed, err = changed(ctx, d, told); err != nil {
		return err
	}
	for _, t := range []struct {
		name string
		text func() []byte
	}{
		{"methods.md", func() []byte { return []byte(told.methods()) }},
		{"dictionary.md", func() []byte { return []byte(dictionaryText()) }},
		{"dictionary.csv", dictionaryCSV},
		{"notebook.ipynb", notebook},
		{"datapackage.json", func() []byte { return b.datapackage(told) }},
		{"README.md", func() []byte { return []byte(b.readme()) }},
	} {
		if err := b.addText(t.name, t.text()); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if err := b.addSnippets(); err != nil {
		return err
	}
	if err := b.addText("manifest.sha256", []byte(b.manifest())); err != nil {
		return err
	}
	return b.zip.Close()
}

// changed reports whether the data is not any more what it was when the bundle was
// begun.
func changed(ctx context.Context, d Data, told evidence) (bool, error) {
	channels, err := d.Channels(ctx)
	if err != nil {
		return false, err
	}
	imports, err := importsMeant(ctx, d)
	return evidence{channels: channels, imports: imports}.differs(told), err
}

// bundle is an archive being written.
type bundle struct {
	zip     *zip.Writer
	at      time.Time // of its files
	entries []entry
}

// entry is a file in the archive.
type entry struct {
	path string
	hash string // SHA-256 in hex
	size int64
	file File // the zero File for what describes the others
}

// addFile adds a file, or one for each channel.
func (b *bundle) addFile(ctx context.Context, f File, d Data, channels []catalog.ChannelSummary) error {
	if f.folder == "" || d.Channel != 0 && !f.ForChannel() {
		return nil
	}
	if d.Channel != 0 || f.ForAll() {
		name := f.Name
		if !f.ForAll() {
			name = path.Join(Stem(channels[0].Channel), f.NameFor(Stem(channels[0].Channel)))
		}
		return b.Add(path.Join(f.folder, name), f, func(w io.Writer) error { return f.write(ctx, w, d) })
	}
	names := stems(channels)
	for _, ch := range channels {
		one := d
		one.Channel = ch.ID
		at := path.Join(f.folder, names[ch.ID], f.NameFor(names[ch.ID]))
		if err := b.Add(at, f, func(w io.Writer) error { return f.write(ctx, w, one) }); err != nil {
			return err
		}
	}
	return nil
}

// Add adds what write writes. What is compressed already is stored as it is.
func (b *bundle) Add(at string, f File, write func(io.Writer) error) error {
	method := zip.Deflate
	if f.MediaType == parquetType || f.MediaType == xlsxType {
		method = zip.Store
	}
	into, err := b.zip.CreateHeader(&zip.FileHeader{Name: at, Method: method, Modified: b.at})
	if err != nil {
		return err
	}
	sum := sha256.New()
	counter := &countingWriter{w: io.MultiWriter(into, sum)}
	if err := write(counter); err != nil {
		return err
	}
	b.entries = append(b.entries, entry{at, hex.EncodeToString(sum.Sum(nil)), counter.n, f})
	return nil
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func (b *bundle) addText(at string, text []byte) error {
	return b.Add(at, File{}, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

func (b *bundle) addSnippets() error {
	return fs.WalkDir(snippets, ".", func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := snippets.ReadFile(at)
		if err != nil {
			return err
		}
		return b.addText(at, text)
	})
}

// manifest lists the checksums as sha256sum -c reads them.
func (b *bundle) manifest() string {
	var out strings.Builder
	for _, e := range slices.SortedFunc(slices.Values(b.entries), func(x, y entry) int { return cmp.Compare(x.path, y.path) }) {
		out.WriteString(e.hash + "  " + e.path + "\n")
	}
	return out.String()
}

// readme says what is where.
func (b *bundle) readme() string {
	var out strings.Builder
	out.WriteString(`# Telegram channels, collected with telegramtrac

- methods.md: how the data came about, to cite
- dictionary.md, dictionary.csv: what every column means
- notebook.ipynb, snippets/: first steps in Python, DuckDB, polars, R and graphology
- datapackage.json: the same for machines, as Frictionless Data describes it
- manifest.sha256: checksums; "sha256sum -c manifest.sha256" checks them

| file | bytes | what |
|---|---|---|
`)
	for _, e := range b.entries {
		if e.file.Name != "" {
			out.WriteString("| " + e.path + " | " + strconv.FormatInt(e.size, 10) + " | " + e.file.What + " |\n")
		}
	}
	return out.String()
}
