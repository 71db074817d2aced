package dataset

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
)

// TestCleanMessages: messages are cleaned as by reflection, each field of them, and
// no list is written through.
func TestCleanMessages(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 6))
	for i := range reflect.TypeFor[collector.Message]().NumField() {
		for range 20 {
			var m collector.Message
			invent(r, &m)
			makeOdd(r, reflect.ValueOf(&m).Elem().Field(i))
			cleanAlike(t, m)
		}
	}
	for range 500 {
		cleanAlike(t, oddMessage(r))
	}
}

func cleanAlike(t *testing.T, m collector.Message) {
	t.Helper()
	want, got, before := m, m, m
	before.Entities, before.Links = slices.Clone(m.Entities), slices.Clone(m.Links)
	before.Reactions, before.TMeLinks, before.PollResults = slices.Clone(m.Reactions), slices.Clone(m.TMeLinks), slices.Clone(m.PollResults)
	before.Mentions, before.Hashtags = slices.Clone(m.Mentions), slices.Clone(m.Hashtags)
	part.CleanMessages([]*collector.Message{&got})
	if !reflect.DeepEqual(m, before) {
		t.Fatal("a list was written through")
	}
	part.Clean(&want)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("cleaned: %+v\nby reflection: %+v", got, want)
	}
}
