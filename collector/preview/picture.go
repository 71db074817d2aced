package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // what pictures may be
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"net/url"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/preview/page"
)

// Picture is a channel's picture.
type Picture struct {
	Type string // image/jpeg, image/png or image/gif, from the bytes
	Body []byte
}

const (
	pictureLimit = 512 << 10 // bytes; real ones have some 20,000
	pictureSide  = 2048      // pixels
	mostPictures = 64        // remembered: those of the channels looked at last
)

// pictureHosts are where Telegram keeps the pictures of its preview.
var pictureHosts = []string{"telegram-cdn.org", "cdn-telegram.org", "telesco.pe"}

// pictureTypes are the formats that are passed on. SVG is excluded, because it may contain
// programs.
var pictureTypes = map[string]string{"jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif"}

// Picture fetches the picture of a channel that was looked at before; no other address is
// requested. NotFound: the channel has none, or was not looked at.
func (s *Site) Picture(ctx context.Context, username string) (Picture, error) {
	known, ok := s.pictures.get(strings.ToLower(username))
	if !ok {
		return Picture{}, &collector.Error{Kind: collector.NotFound, Detail: username}
	}
	if known.Body != nil {
		return known.Picture, nil
	}
	a, err := s.fetch(ctx, trip{spend: func(collector.Usage) {}},
		question{path: known.address, absolute: true, accept: "image/jpeg,image/png,image/gif", limit: pictureLimit})
	if errors.Is(err, page.ErrForeign) {
		return Picture{}, &collector.Error{Kind: collector.NotFound, Detail: username, Err: err}
	}
	if err != nil {
		return Picture{}, err
	}
	if a.missing || a.redirected {
		return Picture{}, &collector.Error{Kind: collector.NotFound, Detail: username, Err: errors.New("the picture is not at its address")}
	}
	p, err := readPicture(a.body)
	if err != nil {
		return Picture{}, &collector.Error{Kind: collector.NotFound, Detail: username, Err: err}
	}
	s.pictures.put(strings.ToLower(username), depicted{known.address, p})
	return p, nil
}

// readPicture determines the type from the first bytes.
func readPicture(b []byte) (Picture, error) {
	c, format, err := image.DecodeConfig(bytes.NewReader(b))
	kind, ok := pictureTypes[format]
	switch {
	case err != nil:
		return Picture{}, fmt.Errorf("%w: no picture: %w", page.ErrForeign, err)
	case !ok || http.DetectContentType(b) != kind:
		return Picture{}, fmt.Errorf("%w: a picture of a kind that is not passed on", page.ErrForeign)
	case c.Width < 1 || c.Height < 1 || c.Width > pictureSide || c.Height > pictureSide:
		return Picture{}, fmt.Errorf("%w: a picture of %d by %d pixels", page.ErrForeign, c.Width, c.Height)
	}
	return Picture{Type: kind, Body: b}, nil
}

// mayDepict reports whether a picture may be fetched from an address: only from the site or
// Telegram's hosts, so that a page cannot send this process elsewhere.
func (s *Site) mayDepict(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return false
	}
	if u.Scheme == s.base.Scheme && strings.EqualFold(u.Host, s.base.Host) {
		return true
	}
	if u.Scheme != "https" || u.Port() != "" {
		return false
	}
	for _, host := range pictureHosts {
		if strings.HasSuffix(strings.ToLower(u.Host), "."+host) {
			return true
		}
	}
	return false
}

// depicted is a picture's address and, once fetched, the picture.
type depicted struct {
	address string
	Picture
}
