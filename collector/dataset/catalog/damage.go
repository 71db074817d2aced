package catalog

import (
	"context"
	"fmt"

	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
)

// Damage lists what is lost and was not looked at again since, by channels.
func (d *Catalog) Damage(ctx context.Context) ([]fold.Damage, error) {
	var out []fold.Damage
	err := d.MessageParts.Each(func(id int64, f *bucket.Index[*part.Part]) error {
		parts, _, err := f.Snapshot(ctx)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if left := p.Lost.Left(parts); p.Lost.Rows > 0 && len(left) > 0 {
				out = append(out, fold.Damage{ChannelID: id, Ranges: left, Rows: p.Lost.Rows, File: p.Name})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for what is lost: %w", err)
	}
	names, err := d.Damaged(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		out = append(out, fold.Damage{ChannelID: fold.ChannelOf(name), File: name})
	}
	return out, nil
}
