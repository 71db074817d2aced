package dataset

import (
	"context"
	"fmt"
	"telegramtrac/collector/dataset/bucket"
)

// Damage lists what is lost and was not looked at again since, by channels.
func (d *Dataset) Damage(ctx context.Context) ([]Damage, error) {
	var out []Damage
	err := d.messageParts.Each(func(id int64, f *bucket.Index[*part]) error {
		parts, _, err := f.Snapshot(ctx)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if left := p.lost.left(parts); p.lost.Rows > 0 && len(left) > 0 {
				out = append(out, Damage{id, left, p.lost.Rows, d.within(p.path)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for what is lost: %w", err)
	}
	paths, err := d.Damaged(ctx)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		out = append(out, Damage{ChannelID: channelOf(path), File: d.within(path)})
	}
	return out, nil
}
