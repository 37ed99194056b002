package web

import (
	"context"
	"log/slog"

	"github.com/hashicorp/go-hclog"
)

// slogger is the agent's log for a library that wants Go's own.
func slogger(log hclog.Logger) *slog.Logger { return slog.New(logHandler{log}) }

// logHandler hands lines on. Groups are not kept apart: nothing here uses them.
type logHandler struct{ log hclog.Logger }

func (h logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return levelOf(level) >= h.log.GetLevel()
}

func (h logHandler) Handle(_ context.Context, line slog.Record) error {
	var facts []any
	line.Attrs(func(a slog.Attr) bool {
		facts = append(facts, a.Key, a.Value.Any())
		return true
	})
	h.log.Log(levelOf(line.Level), line.Message, facts...)
	return nil
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var facts []any
	for _, a := range attrs {
		facts = append(facts, a.Key, a.Value.Any())
	}
	return logHandler{h.log.With(facts...)}
}

func (h logHandler) WithGroup(string) slog.Handler { return h }

func levelOf(level slog.Level) hclog.Level {
	switch {
	case level < slog.LevelInfo:
		return hclog.Debug
	case level < slog.LevelWarn:
		return hclog.Info
	case level < slog.LevelError:
		return hclog.Warn
	}
	return hclog.Error
}
