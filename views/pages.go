package views

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
)

// WithQuery is an address with the fields of v, if there are any.
func WithQuery(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// PageIn is the page that a field of an address asks for, 1 by default.
func PageIn(v url.Values, field string) int {
	const most = 1 << 24
	n, err := strconv.Atoi(v.Get(field))
	if err != nil {
		return 1
	}
	return min(max(1, n), most)
}

// SlicePage cuts a page out of rows, and links to the other pages.
func SlicePage[T any](rows []T, page, size int, address func(page string) string) ([]T, Pager) {
	from := min((page-1)*size, len(rows))
	if from == len(rows) && len(rows) > 0 { // beyond the end, as after narrowing a filter: the first page
		page, from = 1, 0
	}
	to := min(from+size, len(rows))
	p := Pager{From: int64(from) + 1, To: int64(to), Total: int64(len(rows)), Plain: true}
	if page > 1 {
		p.Newer = address(strconv.Itoa(page - 1))
	}
	if to < len(rows) {
		p.Older = address(strconv.Itoa(page + 1))
	}
	return rows[from:to], p
}

// NewPager makes the links between pages of size rows.
func NewPager(path string, query url.Values, page, size, shown int, total int64) Pager {
	return PagerFrom(path, query, page, size, int64(page-1)*int64(size)+1, shown, total)
}

// PagerFrom is NewPager for a page that begins elsewhere than at a multiple of size.
func PagerFrom(path string, query url.Values, page, size int, from int64, shown int, total int64) Pager {
	p := Pager{Total: total, From: from}
	p.To = p.From + int64(shown) - 1
	link := func(n int) string {
		q := url.Values{}
		maps.Copy(q, query)
		if n > 1 {
			q.Set("page", strconv.Itoa(n))
		}
		return WithQuery(path, q)
	}
	p.Page, p.Pages, p.Action = int64(page), (total+int64(size)-1)/int64(size), path
	for _, k := range slices.Sorted(maps.Keys(query)) {
		for _, v := range query[k] {
			p.Others = append(p.Others, Field{Name: k, Value: v})
		}
	}
	if page > 1 {
		p.Newer = link(page - 1)
	}
	if p.To < total {
		p.Older = link(page + 1)
	}
	return p
}
