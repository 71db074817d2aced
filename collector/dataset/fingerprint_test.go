package dataset

import (
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
)

// The print differs after everything that can change what is made of messages,
// channels and peers, also where no count and no newest time does, and is that
// of whoever reads the same folder.
func TestPrint(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	d, other := open(t, dir), open(t, dir)
	w := d.Writer(1)
	seen := map[string]string{}
	changed := func(what string) {
		t.Helper()
		print, err := d.Fingerprint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if before, known := seen[print]; known {
			t.Errorf("the print after %s is that after %s", what, before)
		}
		seen[print] = what
		if again, err := other.Fingerprint(ctx); err != nil || again != print {
			t.Errorf("after %s another process sees the print %s, want %s; %v", what, again, print, err)
		}
		if again, err := d.Fingerprint(ctx); err != nil || again != print {
			t.Errorf("after %s the print is %s, then %s; %v", what, print, again, err)
		}
	}
	summary := func() catalog.ChannelSummary {
		t.Helper()
		s, err := d.Channel(ctx, "7")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	changed("nothing")
	look := looked(200, 1, 2, note("", 2, "two"), note("", 1, "one"))
	look.Source = collector.SourcePreview
	for i := range look.Messages {
		look.Messages[i].Source = collector.SourcePreview
	}
	put1(t, w, look)
	changed("a look of the preview")

	// An older archive says more of the same messages: neither a count nor the
	// newest time changes.
	before := summary()
	one := note("", 1, "one")
	one.ForwardFromType, one.ForwardFromID = collector.PeerChannel, 9
	importAll(t, w, at(300), archived(80, one, note("", 2, "two")))
	if after := summary(); after.Count != before.Count || !after.Updated.Equal(before.Updated) {
		t.Fatalf("the summary changed: %+v, then %+v", before, after)
	}
	changed("an older archive")

	peers := archived(70)
	peers.Peers = []collector.Peer{{Type: collector.PeerChannel, ID: 9, Username: "nine", FirstSeenAt: at(70), LastSeenAt: at(70), Raw: "{}"}}
	importAll(t, w, at(301), peers)
	changed("an archive of peers alone")

	if err := w.PutChannel(ctx, collector.Channel{ID: 7, Title: "Seven", Source: collector.SourceTelegram, LastSeenAt: at(100),
		Raw: "{}"}); err != nil {
		t.Fatal(err)
	}
	changed("details older than the messages")

	for reference, kind := range map[string]collector.Kind{"@somebody": collector.NotAChannel, "@gone": collector.NotFound} {
		r := collector.Receipt{CollectionID: "c1", Reference: reference, State: string(collector.Failed), Error: string(kind),
			Source: collector.SourceTelegram, FinishedAt: at(200)}
		if err := w.PutReceipt(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	changed("a name that is nobody's channel")
	for who, d := range map[string]*Dataset{"the writer": d, "another process": other} {
		if got, err := d.NoChannels(ctx); err != nil || len(got) != 1 || got[0] != "@somebody" {
			t.Errorf("%s: no channels are %q, want @somebody; %v", who, got, err)
		}
	}
}
