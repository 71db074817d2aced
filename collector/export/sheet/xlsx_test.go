package sheet

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// TestLinksOfSheets: each sheet has as many links as Excel opens, and no longer ones;
// beyond it addresses are texts.
func TestLinksOfSheets(t *testing.T) {
	var out bytes.Buffer
	b := newWorkbook(&out)
	long := "https://t.me/" + strings.Repeat("x", maxLink)
	for _, name := range []string{"first", "second"} {
		if err := b.sheet(name, layout{header: true}); err != nil {
			t.Fatal(err)
		}
		for i := range MaxLinks + 2 {
			target := Link(fmt.Sprint("https://t.me/a/", i))
			if i == 1 {
				target = Link(long)
			}
			if err := b.row([]any{target}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	part := func(format string, n int) string {
		text, err := fs.ReadFile(archive, "xl/worksheets/"+fmt.Sprintf(format, n))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for n := 1; n <= 2; n++ {
		sheet, rels := part("sheet%d.xml", n), part("_rels/sheet%d.xml.rels", n)
		if got := strings.Count(sheet, "<hyperlink "); got != MaxLinks || strings.Count(rels, "<Relationship ") != got {
			t.Errorf("sheet %d has %d links", n, got)
		}
		for cell, want := range map[string]string{
			"A1": "https://t.me/a/0", "A2": "", "A3": "https://t.me/a/2", fmt.Sprint("A", MaxLinks+1): fmt.Sprint("https://t.me/a/", MaxLinks),
			fmt.Sprint("A", MaxLinks+2): "",
		} {
			_, id, is := strings.Cut(sheet, `<hyperlink ref="`+cell+`" r:id="`)
			id, _, _ = strings.Cut(id, `"`)
			if is != (want != "") || is &&
				!strings.Contains(rels, `Id="`+id+`" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="`+
					want+`"`) {
				t.Errorf("sheet %d: %s is a link: %v, %s", n, cell, is, id)
			}
		}
		if !strings.Contains(sheet, long) {
			t.Error("an address that is no link is gone")
		}
	}
}

// TestCutCells: what a cell cannot hold is cut between characters and listed.
func TestCutCells(t *testing.T) {
	var b bytes.Buffer
	book, err := New(&b, "long", []string{"short", "text"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	whole, long := strings.Repeat("👋", MaxCell/2), strings.Repeat("👋", MaxCell/2+100)
	for i, text := range []string{"fits", whole, long} {
		if err := book.Add(fmt.Sprint("row ", i), []any{"x", text}); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("long")
	if err != nil || rows[2][1] != whole || rows[3][1] != whole {
		t.Errorf("cells of %d and %d characters, %v", len(rows[2][1])/4, len(rows[3][1])/4, err)
	}
	cuts, err := f.GetRows("cut cells")
	if err != nil || len(cuts) != 3 || !strings.HasPrefix(cuts[0][0], "1 cells held more") || fmt.Sprint(cuts[2]) != "[row 2 text 32966]" {
		t.Errorf("cut cells: %v, %v", cuts, err)
	}
}

// TestWorkbookCells: each kind of value comes back as it was, texts that look like
// a code of Excel's, too, and dates before and after Excel's false leap day.
func TestWorkbookCells(t *testing.T) {
	var out bytes.Buffer
	b := newWorkbook(&out)
	at := time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC)
	row := []any{"_x0041_ <&> \"' \t\r\n_x", nil, int64(-1 << 32), int32(7), 0.25, true, false, at,
		time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), "=1+1", " spaces "}
	wide := make([]any, 16_384)
	wide[0], wide[1], wide[2], wide[3] = "_x0041_x0042_", math.NaN(), math.Inf(-1), "__x0041__x005F_x0041_x004_"
	wide[len(wide)-1] = "last"
	if err := errors.Join(b.sheet(`a "hostile" <name>`, layout{header: true}), b.row(row), b.row(wide), b.Close()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetList()[0]
	rows, err := f.GetRows(name)
	if err != nil || name != `a "hostile" <name>` {
		t.Fatal(name, err)
	}
	want := []string{"_x0041_ <&> \"' \t\r\n_x", "", "-4294967296", "7", "0.25", "TRUE", "FALSE", "2024-02-29 23:59:58", "1900-01-01 00:00:00",
		"=1+1", " spaces "}
	if diff := cmp.Diff(want, rows[0]); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"_x0041_x0042_", "", "", "__x0041__x005F_x0041_x004_"}, rows[1][:4]); diff != "" {
		t.Errorf("codes and what is no number (-want +got):\n%s", diff)
	}
	if got := rows[1][16_383]; got != "last" {
		t.Errorf("the cell XFD2 holds %q", got)
	}
	if err := newWorkbook(io.Discard).cell(0, 'x'+0i); err == nil {
		t.Error("a cell of a complex number is taken")
	}
}

// TestBooksStartAtOnce: what is written arrives while rows are still added.
func TestBooksStartAtOnce(t *testing.T) {
	var out bytes.Buffer
	b, err := New(&out, "messages", []string{"text"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 5000 {
		text := make([]byte, 200)
		rand.Read(text)
		if err := b.Add("", []any{hex.EncodeToString(text)}); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() < 500_000 {
		t.Errorf("after 1 MB of rows %d bytes were written", out.Len())
	}
}
