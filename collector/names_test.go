package collector

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// month is a day in a month, counted from January 2024.
func month(n int) time.Time { return time.Date(2024, time.Month(n), 15, 0, 0, 0, 0, time.UTC) }

func TestNames(t *testing.T) {
	type look struct {
		id    int64
		month int
		whole bool
		names []string
	}
	sure := func(id int64) Bearer { return Bearer{ID: id} }
	among := func(ids ...int64) Bearer { return Bearer{Ambiguous: true, Among: ids} }
	whole := func(id int64, month int, names ...string) look { return look{id, month, true, names} }
	main := func(id int64, month int, name string) look { return look{id, month, false, []string{name}} }
	for _, tt := range []struct {
		name  string
		looks []look
		want  map[int]Bearer // the bearer of @harbor, by month
	}{
		{"nobody", nil, map[int]Bearer{1: {}}},
		{"one channel", []look{whole(1, 5, "Harbor")}, map[int]Bearer{1: sure(1), 5: sure(1), 9: sure(1)}},
		{"one channel, seen often", []look{main(1, 5, "harbor"), main(1, 9, "harbor"), main(1, 2, "harbor"), main(1, 7, "harbor")},
			map[int]Bearer{1: sure(1), 6: sure(1), 12: sure(1)}},
		{"it changed hands", []look{whole(1, 3, "harbor"), whole(1, 5, "harbor"), whole(2, 8, "harbor")},
			map[int]Bearer{1: sure(1), 4: sure(1), 5: sure(1), 6: among(1, 2), 8: sure(2), 12: sure(2)}},
		{"it was given up, and is nobody's", []look{whole(1, 3, "harbor"), whole(1, 6, "old_harbor")},
			map[int]Bearer{1: sure(1), 3: sure(1), 4: among(1), 7: among(1)}},
		{"it was given up before it was taken", []look{whole(1, 3, "harbor"), whole(1, 5), whole(2, 8, "harbor")},
			map[int]Bearer{2: sure(1), 4: among(1, 2), 6: among(1, 2), 9: sure(2)}},
		{"it was taken after another name", []look{whole(1, 3, "quay"), whole(1, 6, "harbor")},
			map[int]Bearer{1: among(1), 4: among(1), 6: sure(1), 9: sure(1)}},
		{"it was lost and taken again", []look{whole(1, 2, "harbor"), whole(1, 4, "quay"), whole(1, 6, "harbor")},
			map[int]Bearer{1: sure(1), 3: among(1), 5: among(1), 7: sure(1)}},
		{"it came back", []look{whole(1, 2, "harbor"), whole(2, 4, "harbor"), whole(1, 6, "harbor")},
			map[int]Bearer{1: sure(1), 3: among(1, 2), 4: sure(2), 5: among(1, 2), 7: sure(1)}},
		{"one of several names", []look{whole(1, 2, "harbor", "quay"), main(1, 4, "quay"), whole(1, 6, "quay", "harbor")},
			map[int]Bearer{1: sure(1), 3: sure(1), 5: sure(1), 7: sure(1)}},
		{"the main name alone is no sign", []look{whole(1, 2, "harbor", "quay"), main(1, 4, "quay")}, map[int]Bearer{5: sure(1)}},
		{"another main name is one", []look{main(1, 2, "harbor"), main(1, 4, "quay")}, map[int]Bearer{2: sure(1), 5: among(1)}},
		{"a person took it", []look{whole(1, 2, "harbor"), main(Person, 4, "harbor")},
			map[int]Bearer{1: sure(1), 3: among(Person, 1), 5: sure(Person)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var n Names
			for _, l := range tt.looks {
				n.Saw(l.id, month(l.month), l.whole, l.names...)
			}
			n.Settle()
			for at, want := range tt.want {
				if diff := cmp.Diff(want, n.Bearer("HARBOR", month(at))); diff != "" {
					t.Errorf("in month %d (-want +got):\n%s", at, diff)
				}
			}
		})
	}
}
