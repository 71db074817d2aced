package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// TestChartHoldsAnything: labels are other people's text and may contain anything.
func TestChartHoldsAnything(t *testing.T) {
	hostile := "</text><script>alert(1)</script>\x00\x1b" + strings.Repeat("قناة", 20)
	noon := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]Chart{
		"nothing": {Title: hostile},
		"bars":    {Title: hostile, Bars: []Bar{{hostile, 5}, {"", 0}}},
		"series": {Title: hostile, From: noon, To: noon.Add(time.Hour),
			Series: []Series{{Label: hostile, Points: []Point{{noon, noon.Add(time.Hour), 3}}}, {}}},
		"hours":   {Title: hostile, Hours: &[7][24]int64{{1: 1_234_567}}},
		"no time": {Series: []Series{{Label: "a", Points: []Point{{noon, noon, 0}}}}},
	} {
		var b bytes.Buffer
		if err := c.WriteSVG(&b); err != nil {
			t.Fatal(err)
		}
		svg := b.String()
		if strings.Contains(svg, "<script") || strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%s: %s", name, svg)
		}
		d := xml.NewDecoder(&b)
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
		}
	}
}

func TestChartTable(t *testing.T) {
	c := Chart{Head: []string{"source", "messages"}, Rows: [][]string{{"=1+1", "2"}, {"a, \"b\"\nc", "1"}}}
	var b bytes.Buffer
	if err := c.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	want := "source,messages\n'=1+1,2\n\"a, \"\"b\"\"\nc\",1\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
