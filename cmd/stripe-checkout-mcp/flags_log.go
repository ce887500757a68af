package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/pflag"
)

// logFlags say what to log. Logs always go to stderr: under stdio, stdout
// carries only JSON-RPC.
type logFlags struct {
	level  slog.Level
	format string
}

func (f *logFlags) register(flags *pflag.FlagSet) {
	flags.TextVar(&f.level, "log-level", slog.LevelInfo, "lowest `level` to log: debug, info, warn or error")
	flags.StringVar(&f.format, "log-format", "text", "`format` of the log: text or json")
}

// logger writes to w everything at or above the level in the flags and the
// given one, whichever is higher.
func (f *logFlags) logger(w io.Writer, atLeast slog.Level) (*slog.Logger, error) {
	return f.at(w, max(f.level, atLeast))
}

// audit writes to w at any level in the flags: turning down the log must not
// turn off the record of writes.
func (f *logFlags) audit(w io.Writer) (*slog.Logger, error) {
	log, err := f.at(w, slog.LevelInfo)
	if err != nil {
		return nil, err
	}
	return log.With("logger", "audit"), nil
}

func (f *logFlags) at(w io.Writer, level slog.Level) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level}
	switch f.format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	default:
		return nil, usageError{fmt.Errorf("--log-format is %q: use text or json", f.format)}
	}
}
