package tl_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl/telethon"
)

// TestRowsOverRows: rows that are written over those of an earlier page have nothing of
// these.
func TestRowsOverRows(t *testing.T) {
	var all []tg.MessageClass
	eachLine(t, func(_ string, _ int, line []byte) {
		if obj, _, err := telethon.DecodeTelethon(line); err == nil {
			if m, ok := obj.(tg.MessageClass); ok && len(all) < 60 {
				all = append(all, m)
			}
		}
	})
	all = append(all, plain(t), typical(t))
	var rows []collector.Message
	for n := range all {
		page := append(slices.Clone(all[n:]), all[:n/2]...)
		want := personal.Messages(page, nil, nil)
		got := personal.MessagesInto(rows, page, nil, nil)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("page %d differs", n)
		}
		rows = got.Messages
	}
}

// TestMessagesAllocateLittle: a plain message with a link takes its raw JSON, two lists, and
// what is behind four pointers; nothing else, and no row.
func TestMessagesAllocateLittle(t *testing.T) {
	page := make([]tg.MessageClass, 100)
	for i := range page {
		page[i] = plain(t)
	}
	rows := private.Messages(page, nil, nil).Messages
	each := testing.AllocsPerRun(20, func() { rows = private.MessagesInto(rows, page, nil, nil).Messages }) / float64(len(page))
	if each > 8.5 {
		t.Errorf("a message took %.1f allocations", each)
	}
	t.Logf("%.2f allocations a message", each)
}
