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
	return f.at(w, max(f.level, atLeast))
}

// audit writes to w whatever the level of the flags: who turns the log down
// does not turn the record of writes off.
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
