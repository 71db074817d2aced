package collector

import "runtime/debug"

// Version returns the program's version from the build: a tag, or the commit with its date,
// with "+dirty" if files were changed since; "devel" if the build has none, as with go run.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unversioned
	}
	return versionOf(info)
}

const unversioned = "devel"

func versionOf(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	noted := map[string]string{}
	for _, s := range info.Settings {
		noted[s.Key] = s.Value
	}
	commit := noted["vcs.revision"]
	if commit == "" {
		return unversioned
	}
	out := unversioned + "-" + commit[:min(12, len(commit))]
	if noted["vcs.modified"] == "true" {
		out += "+dirty"
	}
	return out
}
