package main

import "runtime/debug"

// Set by the release build; `go install` and `go build` leave them empty.
var (
	releaseVersion string
	releaseCommit  string
	releaseDate    string
)

// version is the release's version, commit and date, or what the Go toolchain
// recorded of this build.
func version() string {
	v, commit, date := releaseVersion, releaseCommit, releaseDate
	if info, ok := debug.ReadBuildInfo(); ok && v == "" {
		v = info.Main.Version
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				commit = s.Value
			case "vcs.time":
				date = s.Value
			}
		}
	}
	if v == "" {
		v = "(devel)"
	}
	if commit != "" {
		v += " (" + commit + ", " + date + ")"
	}
	return v
}
