package guard

import "testing"

func TestNetworks(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "[2001:db8:1:2::9]:80": "2001:db8:1:2::/64",
		"127.0.0.1": "", "::1": "", "fe80::1%eth0": "fe80::/64", "<script>": "unknown", "": "unknown",
	} {
		if got := networkOf(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}
