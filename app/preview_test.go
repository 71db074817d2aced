package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/web"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/static/browsertest"
)

// quay is a world with one channel of 70 messages.
func quay(t *testing.T) *world.World {
	t.Helper()
	w := world.New()
	ch := &world.Channel{TL: tg.Channel{ID: 7001, Title: "Quay News", Username: "quay_news", Broadcast: true}}
	ch.Full.ParticipantsCount = 12_345
	w.AddChannel(ch)
	for id := 1; id <= 70; id++ {
		m := &tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 7001}, Date: 1_700_000_000 + id*600, Post: true,
			Message: "the quay, day " + strings.Repeat("I", id%9+1)}
		m.SetViews(id * 400)
		if err := ch.Log.Append(m); err != nil {
			t.Fatal(err)
		}
	}
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 7002, Title: "Talk", Username: "quay_talk", Megagroup: true}})
	return w
}

// TestNoAccount goes from "No account" straight to the trac form, looks first,
// collects, and finds everything again after leaving.
func TestNoAccount(t *testing.T) {
	t.Parallel()
	w := quay(t)
	pages := web.New(w)
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	v := newVisitor(t, startProgram(t, "--preview-url", server.URL))
	status, at, body := v.post("/", "/signin/credentials", url.Values{"source": {"preview"}})
	if status != http.StatusOK || at != "/collections/new" {
		t.Fatalf("no account led to %s with %d:\n%s", at, status, body)
	}
	_, _, body = v.post("/collections/new", "/look", url.Values{"channels": {"@quay_news, quay_talk; @nobody_here"}})
	for _, want := range []string{"Quay News", "12,345 subscribers", "the quay, day", "@quay_talk is a group, and groups have no web preview",
		"Sign in to collect this one", "There is no channel @nobody_here", "@quay_news, quay_talk; @nobody_here</textarea>"} {
		if !strings.Contains(strings.ReplaceAll(body, "\u202f", ","), want) && !strings.Contains(body, want) {
			t.Errorf("looking first does not show %q", want)
		}
	}
	c := v.done(url.Values{"channels": {"@quay_news"}})
	if c.State != collector.Done || c.Messages != 70 || c.Channels[0].Source != collector.SourcePreview || c.Channels[0].Absent != 0 {
		t.Errorf("collection %+v", c)
	}
	got := rows(t, v.download("messages.parquet"))
	checkAgainstWorld(t, got, w, "quay_news")
	if m := got[len(got)-1]; m.Source != collector.SourcePreview || m.Views == nil || !m.ViewsRounded {
		t.Errorf("row %+v: want rounded views of the preview", m)
	}
	before := len(pages.Asked())
	if again := v.done(url.Values{"channels": {"@quay_news"}}); again.Channels[0].New != 0 || len(pages.Asked())-before > 4 {
		t.Errorf("again: %d new, %d requests", again.Channels[0].New, len(pages.Asked())-before)
	}
	if status, _, _ = v.post("/tabs/options", "/signout", url.Values{}); status != http.StatusOK {
		t.Errorf("leaving: %d", status)
	}
	v.post("/", "/signin/credentials", url.Values{"source": {"preview"}})
	if n := len(rows(t, v.download("messages.parquet"))); n != 70 {
		t.Errorf("%d messages found again, want 70", n)
	}
}

// TestLookWithAccount: looking first works in the sandbox's account, too, and its
// pages are the sandbox's own.
func TestLookWithAccount(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, startProgram(t, "--preview-url", "off"))
	v.signIn(sandbox.Phones()[0])
	_, _, body := v.post("/collections/new", "/look", url.Values{"channels": {"@open_quay"}})
	if !strings.Contains(body, `class="glimpse"`) || strings.Contains(body, "cannot be reached") {
		t.Errorf("looking first shows nothing:\n%s", body)
	}
}

// TestBrowserNoAccount: no account → look first → trac → tabs.
func TestBrowserNoAccount(t *testing.T) {
	long.Only(t) // a whole browser; what it shows is shown without one by TestNoAccount
	t.Parallel()
	base := startProgram(t)
	b := browsertest.Start(t)
	b.Open(base)
	b.Click("#sandbox-preview")
	b.Holds(`document.querySelector("#channels") !== null`)
	b.Fill("#channels", "@open_quay, @lenn_ostrava")
	b.Click("#look-first")
	b.Holds(`document.querySelectorAll(".glimpse li").length > 2`)
	b.Holds(`document.body.textContent.includes("@lenn_ostrava is a person or a bot, not a channel")`)
	b.Holds(`(i => i && i.complete && i.naturalWidth > 100)(document.querySelector(".glimpse img"))`)
	b.Picture("20-look-first")
	b.Fill("#channels", "@sable_notes")
	b.Click("button.big")
	b.Holds(`document.querySelector("#live-look") !== null`)
	b.Picture("21-no-account-done")
	b.Click("#live-look")
	b.Holds(`document.querySelectorAll(".message").length > 5`)
	for tab, shows := range map[string]string{
		"metadata": `document.querySelector("#main").textContent.includes("sable_notes")`,
		"dataset":  `document.querySelector("#main").textContent.includes("cannot be told apart")`,
		"network":  `document.querySelector("#network") !== null`,
		"options":  `document.querySelector("#main").textContent.includes("Delete this data")`,
	} {
		b.Open(base + "/tabs/" + tab)
		b.Holds(shows)
		if tab == "options" {
			b.Picture("22-no-account-options")
		}
	}
	b.Open(base + "/?source=sandbox")
	b.Holds(`document.querySelector("#main").textContent.includes("comes along: 1 channel")`)
	b.Picture("23-sign-in-along")
	b.Click("form.form button.main")
	b.Holds(`document.querySelector("#code") !== null`)
	b.Fill("#code", "22222")
	b.Click("form.form button.main")
	b.Holds(`document.querySelector("#came-along")?.textContent.startsWith("Your channel came along.")`)
	b.Picture("24-came-along")
}

// noAccount goes on without an account, in the sandbox's channels.
func (v *visitor) noAccount() {
	v.t.Helper()
	if status, at, body := v.post("/", "/signin/credentials", url.Values{"source": {"preview"}, "sandbox": {"1"}}); status != http.StatusOK ||
		at != "/collections/new" {
		v.t.Fatalf("no account led to %s with %d:\n%s", at, status, body)
	}
}

// TestSignInBringsAlong: signing in takes along what was collected without an
// account, says so, and the account fills it in.
func TestSignInBringsAlong(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, startProgram(t))
	v.noAccount()
	first := v.done(url.Values{"channels": {"@sable_notes @open_quay"}})
	without := rows(t, v.download("messages.parquet"))
	if len(without) == 0 || without[0].Source != collector.SourcePreview {
		t.Fatalf("%d rows without an account", len(without))
	}
	if _, body := v.get("/?source=sandbox"); !strings.Contains(body, "comes along: 2 channels") {
		t.Error("the form does not say what comes along")
	}
	phone := sandbox.Phones()[0]
	v.post("/?source=sandbox", "/signin/credentials",
		url.Values{"source": {"sandbox"}, "api_id": {strconv.Itoa(sandbox.APIID)}, "api_hash": {sandbox.APIHash}, "phone": {phone.Number}})
	status, _, body := v.post("/", "/signin/code", url.Values{"code": {phone.Code}})
	if status != http.StatusOK || !strings.Contains(body, "Your 2 channels came along.") {
		t.Errorf("signed in with %d:\n%s", status, body)
	}
	if got := rows(t, v.download("messages.parquet")); len(got) != len(without) {
		t.Errorf("%d rows came along, want %d", len(got), len(without))
	}
	if c, err := v.record(first.ID); err != nil || c.Messages != first.Messages {
		t.Errorf("the collection without an account: %+v, %v", c, err)
	}
	v.done(url.Values{"channels": {"@sable_notes @open_quay"}})
	got := rows(t, v.download("messages.parquet"))
	w := world.Generate(worldSeed)
	checkAgainstWorld(t, got, w, "sable_notes")
	checkAgainstWorld(t, got, w, "open_quay")
	for _, m := range got {
		if m.Source != collector.SourceSandbox || m.ViewsRounded || m.ReactionsRounded {
			t.Fatalf("message %d of channel %d is not the account's: %+v", m.ID, m.ChannelID, m)
		}
	}
}

// TestKilledWhileComingAlong kills the program as somebody signs in: after the
// restart nothing is lost and nothing is there twice.
func TestKilledWhileComingAlong(t *testing.T) {
	t.Parallel()
	w := world.Generate(worldSeed)
	moments := []time.Duration{100 * time.Millisecond}
	if long.Asked() {
		moments = append(moments, 25*time.Millisecond)
	}
	for _, after := range moments {
		t.Run(after.String(), func(t *testing.T) {
			data := t.TempDir()
			base, cmd := spawn(t, data)
			v := newVisitor(t, base)
			v.noAccount()
			v.done(url.Values{"channels": {"@sable_notes @open_quay"}})
			phone := sandbox.Phones()[0]
			v.post("/?source=sandbox", "/signin/credentials",
				url.Values{"source": {"sandbox"}, "api_id": {strconv.Itoa(sandbox.APIID)}, "api_hash": {sandbox.APIHash}, "phone": {phone.Number}})
			form := url.Values{"code": {phone.Code}, "_csrf": {v.csrf("/")}}
			done := make(chan struct{})
			go func() {
				defer close(done)
				if resp, err := v.client.PostForm(v.base+"/signin/code", form); err == nil {
					resp.Body.Close()
				}
			}()
			time.Sleep(after) // somewhere in the middle
			kill(cmd)
			<-done
			v.base, _ = spawn(t, data)
			// killed before it was signed in; the code may be spent
			if _, body := v.get("/tabs/options"); !strings.Contains(body, "Log out everywhere") {
				v.signIn(sandbox.Phones()[2])
			}
			var got []collector.Message
			for deadline := time.Now().Add(10 * time.Minute); ; time.Sleep(50 * time.Millisecond) { // only against a hang
				got = rows(t, v.download("messages.parquet"))
				if len(got) > 0 || time.Now().After(deadline) {
					break
				}
			}
			checkAgainstWorld(t, got, w, "sable_notes")
			checkAgainstWorld(t, got, w, "open_quay")
		})
	}
}
