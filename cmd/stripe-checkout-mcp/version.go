package main

import (
	"runtime/debug"
	"strings"
)

// Set by the release build; `go install` and `go build` leave them empty.
var (
	releaseVersion string
	releaseCommit  string
	releaseDate    string
)

// version returns the release's version, or else what the Go toolchain recorded
// about this build. It is what clients, Stripe and the REST documentation see.
func version() string {
	if releaseVersion != "" {
		return releaseVersion
	}
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return "devel"
}

// versionDetails returns the version with the commit and its date.
func versionDetails() string {
	commit, date := releaseCommit, releaseDate
	if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				commit = s.Value
			case "vcs.time":
				date = s.Value
			}
		}
	}
	if commit == "" {
		return version()
	}
	return version() + " (" + commit + ", " + date + ")"
}
