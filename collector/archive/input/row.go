package input

import (
	"slices"
	"strings"

	"telegramtrac/collector"
)

// AddButton adds the address of a button to a row's links, after those of its text.
func (r *Reader) AddButton(row *collector.Message, address string) {
	address = collector.PrivateLink(address, r.Conv.Pseudonym)
	if address == "" || slices.Contains(row.Links, address) {
		return
	}
	row.Links = append(row.Links, address)
	if link, ok := collector.ParseTMe(address); ok {
		row.TMeLinks = append(row.TMeLinks, link)
	}
}

// SetReactions sets the count of each reaction; a paid one counts stars.
func SetReactions(row *collector.Message, list []collector.Reaction) {
	var total int64
	for _, re := range list {
		if re.Paid {
			row.Stars = &re.Count
			continue
		}
		row.Reactions = append(row.Reactions, re)
		total += re.Count
	}
	if len(list) > 0 {
		row.ReactionsTotal = &total
	}
}

// SetContact sets a shared contact, unless the import is private.
func (r *Reader) SetContact(row *collector.Message, phone, first, last string) {
	if r.Conv.Pseudonym == nil {
		row.ContactPhone, row.ContactName = phone, strings.TrimSpace(first+" "+last)
	}
}

// SetPoint sets a place, of the row's media.
func SetPoint(row *collector.Message, latitude, longitude *float64) {
	if latitude != nil && longitude != nil {
		row.GeoType, row.Latitude, row.Longitude = row.MediaType, latitude, longitude
	}
}

// SetWebPage sets a link preview.
func SetWebPage(row *collector.Message, url, title, description string) {
	row.MediaType, row.Domain = "MessageMediaWebPage", collector.Domain(url)
	row.URL, row.URLTitle, row.URLDescription = url, title, description
}
