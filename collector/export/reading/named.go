package reading

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
)

// Named are whom messages name.
type Named map[catalog.PeerKey]bool

func (p Named) Keys() []catalog.PeerKey { return slices.Collect(maps.Keys(p)) }

// idKeys are the keys under which objects name peers, without the end that they share. They
// follow a quotation mark that is no text's, for those are escaped.
var idKeys = []struct{ key, kind string }{
	{`"channel`, collector.PeerChannel}, {`"user`, collector.PeerUser}, {`"chat`, collector.PeerChat}, {`"via_bot`, collector.PeerUser},
}

const (
	idEnd   = `_id":`
	manyIDs = `"users":[`
)

// InText adds everyone that an object in JSON names. It looks for the end of all keys at once.
func (p Named) InText(raw string) {
	for rest := raw; ; {
		at := strings.Index(rest, idEnd)
		if at < 0 {
			break
		}
		key := rest[:at]
		rest = rest[at+len(idEnd):]
		for _, k := range idKeys {
			if strings.HasSuffix(key, k.key) {
				rest = p.addAll(rest, k.kind)
				break
			}
		}
	}
	for rest := raw; ; {
		at := strings.Index(rest, manyIDs)
		if at < 0 {
			return
		}
		rest = p.addAll(rest[at+len(manyIDs):], collector.PeerUser)
	}
}

// addAll adds the ids that a text begins with, and returns what follows them.
func (p Named) addAll(text, kind string) string {
	for {
		end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '-' })
		if end <= 0 {
			return text
		}
		if id, err := strconv.ParseInt(text[:end], 10, 64); err == nil && id != 0 {
			p[catalog.PeerKey{Type: kind, ID: id}] = true
		}
		if text = text[end:]; text[0] != ',' {
			return text
		}
		text = text[1:]
	}
}

// NamedIn finds whom a channel's messages and details name.
func NamedIn(ctx context.Context, d Data) (Named, error) {
	ch, err := d.Channels(ctx)
	if err != nil {
		return nil, err
	}
	named := Named{{Type: collector.PeerChannel, ID: d.Channel}: true}
	named.InText(ch[0].Raw)
	type object struct {
		Raw string `parquet:"raw"`
	}
	for m, err := range fold.ScanColumns[object](ctx, d.Dataset.Rows, d.Channel) {
		if err != nil {
			return nil, err
		}
		named.InText(m.Raw)
	}
	return named, nil
}
