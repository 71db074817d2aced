package content

import (
	"fmt"
	"telegramtrac/collector/export"
	"telegramtrac/views"
)

// downloads lists the files of the workspace under their headings.
func downloads() []views.Downloads {
	var out []views.Downloads
	for _, f := range export.Files() {
		if !f.ForAll() {
			continue
		}
		if n := len(out); n == 0 || out[n-1].Heading != f.Group {
			out = append(out, views.Downloads{Heading: f.Group})
		}
		last := &out[len(out)-1]
		last.Files = append(last.Files, download(f, "/files/"+f.Name))
	}
	return out
}

func download(f export.File, href string) views.Download {
	out := views.Download{Name: f.Name, Href: href, What: f.What}
	for _, v := range f.Variants() {
		out.Variants = append(out.Variants, views.Variant{Href: href + "?" + v.Query, What: v.What})
	}
	return out
}

// downloadsOf lists the files under one heading.
func DownloadsOf(heading string) []views.Download {
	for _, d := range downloads() {
		if d.Heading == heading {
			return d.Files
		}
	}
	return nil
}

// channelDownloads lists the files of one channel.
func channelDownloads(id int64) []views.Download {
	var out []views.Download
	for _, f := range export.Files() {
		if f.ForChannel() {
			out = append(out, download(f, fmt.Sprintf("/files/channels/%d/%s", id, f.Name)))
		}
	}
	return out
}
