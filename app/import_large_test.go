package main

import (
	"flag"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"telegramtrac/collector"
)

var largeImport = flag.Int("import.messages", 5_000, "messages of the large import")

var peakMemory = regexp.MustCompile(`VmHWM:\s+(\d+ kB)`)

// TestImportLarge uploads and imports one large file, and says how long that took
// and how much memory the program, with this test in it, had at most. Its long
// form:
//
//	go test ./app -run TestImportLarge -v -import.messages 500000
func TestImportLarge(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "large_news_5.ndjson")
	writeTelethon(t, path, *largeImport)
	v := newVisitor(t, startProgram(t))
	v.toImport()
	token := csrfField.FindStringSubmatch(page(v, "/import"))
	body, into := io.Pipe()
	form := multipart.NewWriter(into)
	go func() { // ends with the request
		err := form.WriteField("_csrf", token[1])
		var part io.Writer
		if err == nil {
			part, err = form.CreateFormFile("files", filepath.Base(path))
		}
		if err == nil {
			var f *os.File
			if f, err = os.Open(path); err == nil {
				_, err = io.Copy(part, f)
				f.Close()
			}
		}
		if err == nil {
			err = form.Close()
		}
		into.CloseWithError(err)
	}()
	began := time.Now()
	resp, err := v.client.Post(v.base+"/import", form.FormDataContentType(), body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	uploaded := time.Since(began)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	end := v.importEnd()
	if end.State != collector.Done || end.Sum.New != int64(*largeImport) {
		t.Fatalf("it ended as %s %s %v: %+v", end.State, end.Error, end.Fault, end.Sum)
	}
	status, _ := os.ReadFile("/proc/self/status")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages, %d MB: uploaded in %s, imported in %s; %s", *largeImport, info.Size()/1e6, uploaded.Round(time.Millisecond),
		end.FinishedAt.Sub(end.SubmittedAt).Round(time.Millisecond), peakMemory.Find(status))
}
