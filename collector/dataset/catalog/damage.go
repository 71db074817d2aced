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
				out = append(out, fold.Damage{ChannelID: id, Ranges: left, Rows: p.Lost.Rows, File: d.Within(p.Path)})
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
		out = append(out, fold.Damage{ChannelID: fold.ChannelOf(path), File: d.Within(path)})
	}
	return out, nil
}
