package static_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

var tokenForm = regexp.MustCompile(`--([a-z-]+): light-dark\(#([0-9a-fA-F]{6}), #([0-9a-fA-F]{6})\)`)

// TestContrast checks the colours against WCAG AA: 4.5 to 1 for text, 3 to 1 for the edges of
// fields and the focus ring.
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	schemes := [2]map[string]float64{{}, {}}
	for _, m := range tokenForm.FindAllStringSubmatch(string(css), -1) {
		schemes[0][m[1]], schemes[1][m[1]] = luminance(t, m[2]), luminance(t, m[3])
	}
	text := []string{"ink", "soft", "accent", "good", "wait", "bad"}
	grounds := []string{"paper", "card", "sunk"}
	for i, scheme := range []string{"light", "dark"} {
		l := schemes[i]
		check := func(front, ground string, least float64) {
			a, okA := l[front]
			b, okB := l[ground]
			if !okA || !okB {
				t.Fatalf("no token --%s or --%s", front, ground)
			}
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < least {
				t.Errorf("%s: --%s on --%s has %.2f to 1, wants %.1f", scheme, front, ground, ratio, least)
			}
		}
		for _, ground := range grounds {
			for _, front := range text {
				check(front, ground, 4.5)
			}
			check("focus", ground, 3)
		}
		check("edge", "card", 3)
		check("edge", "paper", 3)
		check("accent-ink", "accent", 4.5)
		check("ink", "accent-soft", 4.5)
		check("soft", "accent-soft", 4.5)
		check("ink", "bad-soft", 4.5)
		check("ink", "wait-soft", 4.5)
	}
}

// luminance is WCAG's relative luminance of a colour.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(shift int) float64 {
		v := float64(n>>shift&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}
