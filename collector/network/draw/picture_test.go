package draw

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/networktest"
)

func TestWriteSVG(t *testing.T) {
	g := networktest.From(t, networktest.Example())
	var got bytes.Buffer
	if err := SVG(&got, g); err != nil {
		t.Fatal(err)
	}
	golden(t, "network.svg", got.Bytes())
	var texts []string
	circles := 0
	for d := xml.NewDecoder(&got); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if x.Name.Local == "circle" {
				circles++
			}
			if x.Name.Local == "script" || x.Name.Local == "b" {
				t.Errorf("a title became the element %s", x.Name.Local)
			}
		case xml.CharData:
			texts = append(texts, string(x))
		}
	}
	if circles < len(g.Nodes) {
		t.Errorf("%d circles for %d channels", circles, len(g.Nodes))
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{"Бета", `</script><b>"قناة" & \ 'x'`, "🦆", "modularity 0.219", "Community 1",
		"from 2024-02-01 to 2024-02-11"} {
		if !strings.Contains(all, want) {
			t.Errorf("the picture lacks %q:\n%s", want, all)
		}
	}
	if err := SVG(networktest.FullDisk{}, g); err == nil {
		t.Error("no error from a full disk")
	}
}

// WRITE_PICTURES is a folder to write the pictures to, for people to look at.
func TestWritePNG(t *testing.T) {
	for name, g := range map[string]*network.Graph{"example": networktest.From(t, networktest.Example()),
		"empty": networktest.From(t, network.Input{Messages: networktest.Rows()}), "many": drawn(t, 60)} {
		var got bytes.Buffer
		if err := PNG(&got, g); err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv("WRITE_PICTURES"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".png"), got.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		picture, err := png.Decode(&got)
		if err != nil {
			t.Fatal(err)
		}
		inked := 0
		for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y += 3 {
			for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x += 3 {
				if r, green, b, _ := picture.At(x, y).RGBA(); r+green+b < 0xffff*2 {
					inked++
				}
			}
		}
		if inked < 100 {
			t.Errorf("%s: only %d dark pixels", name, inked)
		}
		if err := PNG(networktest.FullDisk{}, g); err == nil {
			t.Error("no error from a full disk")
		}
	}
}

// drawn is a graph of n channels in groups, with titles in several scripts.
func drawn(t testing.TB, n int) *network.Graph {
	t.Helper()
	var in network.Input
	for i := range n {
		id, title := int64(i+1), []string{"News of the day", "Новости дня", "أخبار اليوم", "今日新闻", "Νέα 🦆"}[i%5]
		if name := fmt.Sprintf("channel_%d", i); i%3 == 0 {
			in.Channels = append(in.Channels, collector.Channel{ID: id, Username: name, Title: title})
		} else {
			in.Peers = append(in.Peers, collector.Peer{Type: collector.PeerChannel, ID: id, Username: name, Title: title})
		}
	}
	var rows []network.Evidence
	rng := rand.New(rand.NewPCG(3, 1))
	for i := range 30 * n { // most messages point at channels of the same group
		from, to := 3*rng.IntN((n+2)/3), rng.IntN(n)
		if rng.Float64() < 0.9 {
			to = min(n-1, to-to%10+from%10)
		}
		rows = append(rows, network.Evidence{ChannelID: int64(from + 1), ID: int64(i + 1), Date: networktest.At(1 + i%28),
			ForwardFromType: collector.PeerChannel, ForwardFromID: int64(to + 1)})
	}
	in.Messages = networktest.Rows(rows...)
	return networktest.From(t, in)
}

// Names that cannot be written are replaced, not left out.
func TestWritten(t *testing.T) {
	face, err := newGoFont()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		node network.Node
		want string
		fell bool
	}{
		{network.Node{Title: "Alpha News"}, "Alpha News", false},
		{network.Node{Title: "Бета — Ελλάδα"}, "Бета — Ελλάδα", false},
		{network.Node{Title: "🦆 Duck 🦆"}, "Duck", false},
		{network.Node{Title: "🦆", Username: "duck"}, "@duck", true},
		{network.Node{Title: "أخبار", Username: "akhbar"}, "@akhbar", true},
		{network.Node{Title: "新闻", Key: "99"}, "99", true},
		{network.Node{Title: "a\u202eb\nc"}, "a b c", false},
		{network.Node{Title: strings.Repeat("x", 50)}, strings.Repeat("x", 31) + "…", false},
	}
	for _, tt := range tests {
		if got, fell := written(tt.node, face); got != tt.want || fell != tt.fell {
			t.Errorf("%q is written %q (%v), want %q (%v)", tt.node.Title, got, fell, tt.want, tt.fell)
		}
	}
}

// Of a large graph the heaviest channels are drawn, and the legend says so.
func TestPictureOfManyChannels(t *testing.T) {
	g := &network.Graph{}
	for i := range network.DrawnNodes + 10 {
		g.Nodes = append(g.Nodes, network.Node{Key: fmt.Sprint(i), Kind: collector.Broadcast, Color: network.Unconnected, Size: network.MinSize,
			X: float64(i % 70), Y: float64(i / 70)})
	}
	p := newPicture(g, viewer{})
	if len(p.discs) != network.DrawnNodes {
		t.Errorf("%d channels are drawn", len(p.discs))
	}
	said := false
	for _, e := range p.legend {
		said = said || strings.Contains(e.text, "5\u00a0000 heaviest of 5\u00a0010 channels")
	}
	if !said {
		t.Errorf("the legend does not say so: %v", p.legend)
	}
	if len(p.labels) == 0 || len(p.labels) > drawnLabels {
		t.Errorf("%d labels", len(p.labels))
	}
}

func BenchmarkWritePNG(b *testing.B) {
	for _, n := range []int{100, 5000} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			g := drawn(b, n)
			for b.Loop() {
				if err := PNG(io.Discard, g); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
