package catalog

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
)

// Links are the addresses of messages at Telegram, by the usernames that channels
// have now: what a row calls its channel may be another's by the time it is read.
type Links struct {
	usernames map[int64]string
}

// linkable is a username that an address can hold as it is.
var linkable = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)

// Links returns the addresses of the messages of one channel, or of all when
// channelID is 0. A channel whose username is not known, or was seen with another
// channel since, is addressed by its number.
func (d *Catalog) Links(ctx context.Context, channelID int64) (Links, error) {
	ids, err := d.Scanned(ctx, channelID)
	if err != nil {
		return Links{}, err
	}
	names, err := d.Names(ctx)
	if err != nil {
		return Links{}, err
	}
	afterAll := time.UnixMicro(math.MaxInt64 - 1) // every look
	out := Links{make(map[int64]string, len(ids))}
	for _, id := range ids {
		username, err := d.usernameOf(ctx, id)
		if err != nil {
			return Links{}, fmt.Errorf("read what channel %d is called: %w", id, err)
		}
		bearer := names.Bearer(username, afterAll)
		if linkable.MatchString(username) && !bearer.Ambiguous && (bearer.ID == id || bearer.ID == 0) {
			out.usernames[id] = username
		}
	}
	return out, nil
}

// usernameOf is a channel's username by its newest details; where there are none, by
// its newest message.
func (d *Catalog) usernameOf(ctx context.Context, id int64) (string, error) {
	var ch collector.Channel
	err := fold.Retry(func() (err error) {
		var described bool
		if ch, described, err = d.Describe(ctx, id); err != nil || described {
			return err
		}
		p, err := d.Plan(ctx, id)
		if err != nil {
			return err
		}
		return p.Guess(ctx, &ch)
	})
	return ch.Username, err
}

// To is the address of a message: https://t.me/<username>/<message id>, or
// https://t.me/c/<channel id>/<message id>, which opens for those who are in the
// channel. It is "" where there is none: of a channel that a file names by a username
// alone, which another one bears now.
func (l Links) To(channelID, messageID int64) string {
	return string(l.append(nil, channelID, messageID))
}

// append appends the address of a message.
func (l Links) append(dst []byte, channelID, messageID int64) []byte {
	return collector.AppendAddress(dst, l.usernames[channelID], channelID, messageID)
}
