package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/pflag"
)

// logFlags say what is logged, always to stderr: in stdio, stdout is JSON-RPC
// only.
type logFlags struct {
	level  slog.Level
	format string
}

func (f *logFlags) register(flags *pflag.FlagSet) {
	flags.TextVar(&f.level, "log-level", slog.LevelInfo, "lowest `level` to log: debug, info, warn or error")
	flags.StringVar(&f.format, "log-format", "text", "`format` of the log: text or json")
}

// logger writes to w what is at least at the level of the flags, and at least
// at the given one.
func (f *logFlags) logger(w io.Writer, atLeast slog.Level) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: max(f.level, atLeast)}
	switch f.format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	default:
		return nil, fmt.Errorf("--log-format is %q: use text or json", f.format)
	}
}
