package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/export"
	"telegramtrac/collector/sandbox"
)

// secrets are people's ids, names and numbers in peopleWorld.
var secrets = []string{
	"987600000001", "987600000002", "987600000003", "987600000004", "987600000005", "987600000006", "987600000007", "987600000008",
	"987600000009",
	"User 9876", "Hannah Hidden", "Sigrid Signer", "Carl Contact", "+15550112358", "Otto Original", "vcard of Carl",
}

// peopleWorld is a group in which people are named in every way there is.
const peopleWorld = `
{"_":"Message","id":1,"peer_id":{"_":"PeerChannel","channel_id":4100},"date":"2024-03-01 10:00:00.000000","message":"Hello all","from_id":{"_":"PeerUser","user_id":987600000001},"via_bot_id":987600000002,"views":5}
{"_":"Message","id":2,"peer_id":{"_":"PeerChannel","channel_id":4100},"date":"2024-03-01 10:01:00.000000","message":"Forwarded","from_id":{"_":"PeerUser","user_id":987600000001},"fwd_from":{"_":"MessageFwdHeader","date":"2024-02-01 10:00:00.000000","from_name":"Hannah Hidden"}}
{"_":"Message","id":3,"peer_id":{"_":"PeerChannel","channel_id":4100},"date":"2024-03-01 10:02:00.000000","message":"Forwarded too","from_id":{"_":"PeerUser","user_id":987600000001},"fwd_from":{"_":"MessageFwdHeader","date":"2024-02-01 10:00:00.000000","from_id":{"_":"PeerUser","user_id":987600000003},"post_author":"Otto Original","saved_from_peer":{"_":"PeerUser","user_id":987600000003},"saved_from_msg_id":5}}
{"_":"Message","id":4,"peer_id":{"_":"PeerChannel","channel_id":4100},"date":"2024-03-01 10:03:00.000000","message":"A contact","from_id":{"_":"PeerUser","user_id":987600000001},"media":{"_":"MessageMediaContact","phone_number":"+15550112358","first_name":"Carl","last_name":"Contact","vcard":"vcard of Carl","user_id":987600000004}}
{"_":"Message","id":5,"peer_id":{"_":"PeerChannel","channel_id":4100},"date":"2024-03-01 10:04:00.000000","message":"Somebody is named","from_id":{"_":"PeerUser","user_id":987600000001},"post_author":"Sigrid Signer","entities":[{"_":"MessageEntityMentionName","offset":0,"length":8,"user_id":987600000005},{"_":"MessageEntityTextUrl","offset":9,"length":2,"url":"tg://user?id=987600000006"}]}
{"_":"MessageService","id":6,"peer_id":{"_":"PeerChannel","channel_id":4100},"date":"2024-03-01 10:05:00.000000","from_id":{"_":"PeerUser","user_id":987600000001},"action":{"_":"MessageActionChatAddUser","users":[987600000007,987600000008]}}
{"_":"MessageService","id":7,"peer_id":{"_":"PeerChannel","channel_id":4100},"date":"2024-03-01 10:06:00.000000","from_id":{"_":"PeerUser","user_id":987600000001},"action":{"_":"MessageActionChatJoinedByLink","inviter_id":987600000009}}
`

// TestFilesArePrivate: unless personal data is kept, nobody's id, name or number
// is in any file or view; when it is, the files have them. The phone number and the
// api_hash are in none of them ever.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "people_square_4100.ndjson")
	if err := os.WriteFile(file, []byte(peopleWorld), 0o600); err != nil {
		t.Fatal(err)
	}
	base := startProgram(t, "--sandbox-world", file)
	shown := func(form url.Values) (files, views string) {
		v := newVisitor(t, base)
		v.signIn(sandbox.Phones()[0])
		form.Set("channels", "@square")
		if c := v.done(form); c.State != collector.Done || c.Messages != 5 {
			t.Fatalf("collection: %+v", c)
		}
		var out strings.Builder
		for _, f := range export.Files() {
			if f.ForAll() {
				readable(t, &out, f.Name, v.download(f.Name))
			}
			if f.ForChannel() {
				readable(t, &out, f.Name, v.download("channels/square/"+f.Name))
			}
		}
		return out.String(), v.views(v.lastID())
	}
	private, privateViews := shown(url.Values{})
	personal, personalViews := shown(url.Values{"personal": {"1"}})
	private, personal = private+privateViews, personal+personalViews
	if !slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(personalViews, secret) }) {
		t.Error("the views of a personal collection tell nobody's name: the search could not fail there")
	}
	if !strings.Contains(personalViews, `<bdi class="author from">User 987600000001`) {
		t.Error("with personal data, the messages tab does not say who wrote a message")
	}
	if !regexp.MustCompile(`<bdi class="author from">person [0-9]{15,}</bdi>`).MatchString(privateViews) {
		t.Error("without personal data, the messages tab does not say by which number a person goes")
	}
	for _, typed := range []string{strings.TrimPrefix(sandbox.Phones()[0].Number, "+"), sandbox.APIHash} {
		if strings.Contains(private, typed) || strings.Contains(personal, typed) {
			t.Errorf("what was typed to sign in is told: %q", typed)
		}
	}
	for _, secret := range secrets {
		if i := strings.Index(private, secret); i >= 0 {
			t.Errorf("a private collection tells %q: …%s…", secret, private[max(0, i-200):min(len(private), i+100)])
		}
		if !strings.Contains(personal, secret) {
			t.Errorf("a personal collection does not tell %q", secret)
		}
	}
}

// lastID is the newest collection's.
func (v *visitor) lastID() string {
	v.t.Helper()
	_, page := v.get("/collections")
	m := regexp.MustCompile(`/collections/([0-9a-z]{30,})`).FindStringSubmatch(page)
	if m == nil {
		v.t.Fatal("no collection is listed")
	}
	return m[1]
}

// views are all pages about a workspace with one collection, its record, and what
// its websocket says.
func (v *visitor) views(id string) string {
	v.t.Helper()
	var out strings.Builder
	for _, path := range []string{
		"/", "/collections", "/collections/" + id, "/collections/new", "/collections/new?from=" + id, "/tabs/messages",
		"/tabs/messages?channel=square", "/tabs/metadata", "/tabs/metadata?channel=square",
		"/tabs/dataset", "/tabs/network", "/tabs/options", "/network/graph.json", "/network/timeline.json", "/network/snowball", "/privacy",
	} {
		status, body := v.get(path)
		if status != 200 {
			v.t.Errorf("%s: status %d", path, status)
		}
		fmt.Fprintf(&out, "\n== %s\n%s", path, body)
	}
	var record json.RawMessage
	if err := v.readRecord(id, &record); err != nil {
		v.t.Fatal(err)
	}
	fmt.Fprintf(&out, "\n== record\n%s", record)
	conn := v.dial(id)
	defer conn.Close()
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			return out.String()
		}
		fmt.Fprintf(&out, "\n== websocket\n%s", message)
	}
}

// readable writes out what a file says: archives are opened, Parquet is read.
func readable(t *testing.T, out io.Writer, name string, file []byte) {
	t.Helper()
	switch filepath.Ext(name) {
	case ".zip", ".xlsx":
		for inner, content := range unzip(t, file) {
			readable(t, out, inner, content)
		}
	case ".parquet":
		readableParquet(t, out, name, file)
	default:
		fmt.Fprintf(out, "\n== %s\n%s", name, file)
	}
}

func readableParquet(t *testing.T, out io.Writer, name string, file []byte) {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	fmt.Fprintf(out, "\n== %s\n", name)
	for _, group := range f.RowGroups() {
		for _, chunk := range group.ColumnChunks() {
			values := parquet.NewColumnChunkValueReader(chunk)
			buf := make([]parquet.Value, 64)
			for {
				n, err := values.ReadValues(buf)
				for _, v := range buf[:n] {
					fmt.Fprintln(out, v.String())
				}
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			values.Close()
		}
	}
}
