package handlers_test

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"telegramtrac/collector/export"
	"telegramtrac/handlers"
)

// TestEveryFile: each file of the table can be downloaded under its name, begins as its type
// does, and is offered on the Dataset tab.
func TestEveryFile(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	tab := b.get("/tabs/dataset").body
	for _, f := range export.Files() {
		paths := map[string]string{} // path → name
		if f.ForAll() {
			paths["/files/"+f.Name] = f.Name
		}
		if f.ForChannel() {
			paths["/files/channels/1001/"+f.Name] = f.NameFor("alpha")
			paths["/files/channels/1003/"+f.Name] = f.NameFor("1003")
		}
		for path, name := range paths {
			r := b.get(path)
			if r.status != http.StatusOK || r.header.Get("Content-Type") != f.MediaType ||
				r.header.Get("Content-Disposition") != fmt.Sprintf("attachment; filename=%q", name) {
				t.Errorf("%s: status %d, headers %v", path, r.status, r.header)
				continue
			}
			checkKind(t, path, r.body)
			if !strings.Contains(tab, `href="`+path+`"`) {
				t.Errorf("%s is not offered on the Dataset tab", path)
			}
			for _, v := range f.Variants() {
				if !strings.Contains(tab, `href="`+path+"?"+v.Query+`"`) {
					t.Errorf("%s is not offered %s on the Dataset tab", path, v.What)
				}
				b.get(path+"?"+v.Query).shows(t, http.StatusOK)
			}
		}
		if !f.ForAll() {
			b.get("/files/"+f.Name).shows(t, http.StatusNotFound, "There is no such file")
		}
		if !f.ForChannel() {
			b.get("/files/channels/1001/"+f.Name).shows(t, http.StatusNotFound, "There is no such file")
		}
	}
}

// TestFormsOfFiles: a file has the form that its address names, and a suitable name; an
// unknown form is an error.
func TestFormsOfFiles(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	for path, want := range map[string][2]string{
		"/files/messages_excel.csv":                                   {"messages_excel.csv", "\uFEFFchannel_id,channel_username,"},
		"/files/messages_excel.csv?separator=comma":                   {"messages_excel.csv", "\uFEFFchannel_id,channel_username,"},
		"/files/messages_excel.csv?separator=semicolon":               {"messages_excel.csv", "\uFEFFchannel_id;channel_username;"},
		"/files/messages_excel.csv?separator=tab":                     {"messages_excel.tsv", "\uFEFFchannel_id\tchannel_username\t"},
		"/files/channels/1001/messages_excel.csv?separator=tab":       {"alpha_messages_excel.tsv", "\uFEFFchannel_id\tchannel_username\t"},
		"/files/channels/1001/messages_excel.csv?separator=semicolon": {"alpha_messages_excel.csv", "\uFEFFchannel_id;channel_username;"},
		// for programs: always the same
		"/files/messages.csv?separator=semicolon":                        {"messages.csv", "channel_id,channel_username,"},
		"/files/channels/1001/messages.xlsx?columns=all&separator=comma": {"alpha_messages.xlsx", "PK"},
	} {
		r := b.get(path)
		if r.status != http.StatusOK || r.header.Get("Content-Disposition") != fmt.Sprintf("attachment; filename=%q", want[0]) ||
			!strings.HasPrefix(r.body, want[1]) {
			t.Errorf("%s: status %d, headers %v, %.40q", path, r.status, r.header, r.body)
		}
	}
	for _, path := range []string{"/files/messages_excel.csv?separator=pipe", "/files/channels/1001/messages.xlsx?columns=some"} {
		b.get(path).shows(t, http.StatusBadRequest, "That form of the file does not exist")
	}
}

// TestDownloadsAtOnce: a workspace may have a limited number of downloads at the same time,
// and another one when one has ended.
func TestDownloadsAtOnce(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	s := newSite(t, func(o *handlers.Options) {
		o.Ties = func(ctx context.Context, _ string, w io.Writer) error {
			if _, err := w.Write(make([]byte, 1<<18)); err != nil {
				return err
			}
			select {
			case <-hold:
			case <-ctx.Done():
			}
			return nil
		}
	})
	b, other := s.signedIn(t), s.signedIn(t)
	address := s.serve(t)
	get := func(b *browser) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/files/edges.parquet", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "visitor", Value: b.cookie})
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	var open []*http.Response
	for range 6 {
		open = append(open, get(b))
	}
	if got := get(b).StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("one more: status %d", got)
	}
	if got := get(other).StatusCode; got != http.StatusOK {
		t.Errorf("another workspace: status %d", got)
	}
	close(hold)
	for _, resp := range open {
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("status %d, %v", resp.StatusCode, err)
		}
	}
	await(t, func() bool { return get(b).StatusCode == http.StatusOK })
}

// checkKind reads a file according to its name's ending.
func checkKind(t *testing.T, path, body string) {
	t.Helper()
	switch ext := path[strings.LastIndexByte(path, '.'):]; ext {
	case ".parquet":
		if !strings.HasPrefix(body, "PAR1") || !strings.HasSuffix(body, "PAR1") {
			t.Errorf("%s is no Parquet file", path)
		}
	case ".json":
		if !json.Valid([]byte(body)) {
			t.Errorf("%s is no JSON:\n%.300s", path, body)
		}
	case ".csv":
		if rows, err := csv.NewReader(strings.NewReader(body)).ReadAll(); err != nil || len(rows) == 0 {
			t.Errorf("%s: %d rows, %v", path, len(rows), err)
		}
	case ".xlsx", ".zip":
		if _, err := zip.NewReader(strings.NewReader(body), int64(len(body))); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestHelpTracker(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.visit(t).get("/help/telegram-tracker").shows(t, http.StatusOK, "Moving from telegram-tracker", "msgs_dataset.csv", "ast.literal_eval")
	_, b := lookedAt(t)
	b.get("/tabs/dataset").shows(t, http.StatusOK, `href="/help/telegram-tracker"`)
}
