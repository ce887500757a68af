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

// version is the release's version, or what the Go toolchain recorded of this
// build: what clients, Stripe and the REST document are told.
func version() string {
	if releaseVersion != "" {
		return releaseVersion
	}
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return "devel"
}

// versionDetails adds the commit and its date.
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
