package web

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"
	"strings"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// picturePrefix begins the path of channels' pictures.
const picturePrefix = "file/"

// pictureSide is the side of a picture in pixels.
const pictureSide = 160

// depicted reports whether a channel has a picture.
func depicted(c *world.Channel) bool {
	_, ok := c.TL.Photo.(*tg.ChatPhoto)
	return ok
}

// pictureAddress is where a channel's picture is; "" where it has none.
func pictureAddress(origin string, c *world.Channel) string {
	if !depicted(c) {
		return ""
	}
	return fmt.Sprintf("%s/%s%d.png", origin, picturePrefix, c.TL.ID)
}

// origin returns scheme and host of a request: like Telegram, pages link pictures by absolute
// URLs.
func origin(r *http.Request) string {
	scheme := r.URL.Scheme
	if scheme == "" {
		scheme = "http"
	}
	return scheme + "://" + r.Host
}

// picture sends the picture of a channel.
func (h *Handler) picture(w http.ResponseWriter, name string) {
	id, err := strconv.ParseInt(strings.TrimSuffix(name, ".png"), 10, 64)
	c, ok := h.world.Channel(id)
	if err != nil || !ok || !depicted(c) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var b bytes.Buffer
	if err := png.Encode(&b, painted(uint64(id))); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(b.Bytes()) // the browser has gone: nothing to do
}

// painted draws an invented picture: a sun over hills, in colours derived from the number.
func painted(seed uint64) image.Image {
	seed = seed*0x9e3779b97f4a7c15 + 0x632be59bd9b4e019
	part := func(n int) int { return int(seed >> (8 * n) & 0xff) }
	sky := color.RGBA{uint8(90 + part(0)/3), uint8(120 + part(1)/3), uint8(150 + part(2)/3), 255}
	land := color.RGBA{uint8(part(3) / 3), uint8(60 + part(4)/4), uint8(part(5) / 3), 255}
	sun := color.RGBA{255, uint8(190 + part(6)/5), uint8(part(7) / 2), 255}
	m := image.NewPaletted(image.Rect(0, 0, pictureSide, pictureSide), color.Palette{sky, land, sun})
	cx, cy, r := 30+part(1)*100/255, 30+part(2)*40/255, 14+part(3)*14/255
	for y := range pictureSide {
		for x := range pictureSide {
			hill := 105 + (x-part(4)*pictureSide/255)*(x-part(4)*pictureSide/255)/(120+part(5))
			switch {
			case y > hill || y > 140:
				m.SetColorIndex(x, y, 1)
			case (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r:
				m.SetColorIndex(x, y, 2)
			}
		}
	}
	return m
}
