package live

import "testing"

func TestSameOrigin(t *testing.T) {
	tests := []struct {
		origin string
		secure bool
		host   string
		want   bool
	}{
		{"", true, "trac.example.org", true}, // a program
		{"https://trac.example.org", true, "trac.example.org", true},
		{"https://Trac.example.org:443", true, "trac.example.org", true},
		{"https://trac.example.org", true, "trac.example.org:443", true},
		{"http://127.0.0.1:8080", false, "127.0.0.1:8080", true},
		{"http://[::1]:8080", false, "[::1]:8080", true},
		{"http://trac.example.org", true, "trac.example.org", false},
		{"https://trac.example.org", false, "trac.example.org", false},
		{"https://trac.example.org:8443", true, "trac.example.org", false},
		{"http://127.0.0.1:8081", false, "127.0.0.1:8080", false},
		{"https://evil.example", true, "trac.example.org", false},
		{"ws://127.0.0.1:8080", false, "127.0.0.1:8080", false},
		{"null", true, "trac.example.org", false},
		{"https://", true, "", false},
	}
	for _, tt := range tests {
		if got := sameOrigin(tt.origin, tt.secure, tt.host); got != tt.want {
			t.Errorf("%q at %q, secure %v: got %v, want %v", tt.origin, tt.host, tt.secure, got, tt.want)
		}
	}
}
