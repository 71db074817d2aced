package collector

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}
	for want, info := range map[string]debug.BuildInfo{
		"v1.2.3": {Main: debug.Module{Version: "v1.2.3"}},
		"v0.0.0-20261130021146-f61b15b0c0de+dirty": {Main: debug.Module{Version: "v0.0.0-20261130021146-f61b15b0c0de+dirty"},
			Settings: []debug.BuildSetting{commit}},
		"devel": {Main: debug.Module{Version: "(devel)"}},
		"devel-0123456789ab": {Main: debug.Module{Version: "(devel)"},
			Settings: []debug.BuildSetting{commit, {Key: "vcs.modified", Value: "false"}}},
		"devel-0123456789ab+dirty": {Settings: []debug.BuildSetting{commit, {Key: "vcs.modified", Value: "true"}}},
		"devel-abc":                {Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}}},
	} {
		if got := versionOf(&info); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if Version() == "" {
		t.Error("this program has no version")
	}
}
