package handlers

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"telegramtrac/views"
)

func withQuery(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// slicePage is a page of rows, and the links between pages.
func slicePage[T any](rows []T, page, size int, address func(page string) string) ([]T, views.Pager) {
	from := min((page-1)*size, len(rows))
	if from == len(rows) && len(rows) > 0 { // beyond the end, as when a filter was narrowed: the first page
		page, from = 1, 0
	}
	to := min(from+size, len(rows))
	p := views.Pager{From: int64(from) + 1, To: int64(to), Total: int64(len(rows)), Plain: true}
	if page > 1 {
		p.Newer = address(strconv.Itoa(page - 1))
	}
	if to < len(rows) {
		p.Older = address(strconv.Itoa(page + 1))
	}
	return rows[from:to], p
}

// pager makes the links between pages of size rows.
func pager(path string, query url.Values, page, size, shown int, total int64) views.Pager {
	return pagerFrom(path, query, page, size, int64(page-1)*int64(size)+1, shown, total)
}

// pagerFrom is pager for a page that begins elsewhere than at a multiple of size.
func pagerFrom(path string, query url.Values, page, size int, from int64, shown int, total int64) views.Pager {
	p := views.Pager{Total: total, From: from}
	p.To = p.From + int64(shown) - 1
	link := func(n int) string {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		if n > 1 {
			q.Set("page", strconv.Itoa(n))
		}
		if len(q) == 0 {
			return path
		}
		return path + "?" + q.Encode()
	}
	p.Page, p.Pages, p.Action = int64(page), (total+int64(size)-1)/int64(size), path
	for _, k := range slices.Sorted(maps.Keys(query)) {
		for _, v := range query[k] {
			p.Kept = append(p.Kept, views.Field{Name: k, Value: v})
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
