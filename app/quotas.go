package main

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// readQuotas reads what one workspace may have and for how long it is kept. On a
// laptop nothing is limited unless it is asked for.
func (s *settings) readQuotas(values map[string]string, hosted bool) (err error) {
	byDefault := func(value, whenHosted string) string {
		if value == "" && !hosted {
			return "off"
		}
		return cmp.Or(value, whenHosted)
	}
	days, err := countOrOff("keep", byDefault(values["KEEP"], "30"), 36500)
	if err != nil {
		return err
	}
	s.keep = time.Duration(days) * 24 * time.Hour
	if s.quota.Bytes, err = sizeOrOff(byDefault(values["MAX_DISK"], "5GB")); err != nil {
		return err
	}
	if s.quota.Collections, err = countOrOff("max-collections", byDefault(values["MAX_COLLECTIONS"], "20"), math.MaxInt32); err != nil {
		return err
	}
	s.quota.Channels, err = countOrOff("max-channels", byDefault(values["MAX_CHANNELS"], "1000"), math.MaxInt32)
	return err
}

// countOrOff reads a number from 1; off is 0.
func countOrOff(name, value string, most int) (int, error) {
	if strings.EqualFold(value, "off") {
		return 0, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%s is a number from 1 to %d, or off, not %q", name, most, value)
	}
	return n, nil
}

// units are the sizes that people write.
var units = []struct {
	suffix string
	bytes  float64
}{{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}}

// sizeOrOff reads a size like 500MB; off is 0.
func sizeOrOff(value string) (int64, error) {
	if strings.EqualFold(value, "off") {
		return 0, nil
	}
	for _, u := range units {
		digits, ok := strings.CutSuffix(strings.ToUpper(strings.TrimSpace(value)), u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if bytes := n * u.bytes; err == nil && bytes >= 1 && bytes < math.MaxInt64 {
			return int64(bytes), nil
		}
	}
	return 0, fmt.Errorf("max-disk is a size like 500MB or 5GB, or off, not %q", value)
}
