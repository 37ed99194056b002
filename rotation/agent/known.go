package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// known is what the daemon knows of a mount.
type known struct {
	mount estate.Mount
	fault engine.Kind // why it could not be read at the last visit; empty: it could, or was not visited yet
	sweep engine.Kind // why no sweep could be started at the last visit that could read it; empty: it could
	busy  bool        // a visit goes on
}

// outcome is what a visit came to.
type outcome struct {
	pages []estate.Report // the report to its end; none where it could not be read
	fault error           // why not
	sweep error           // why no sweep could be started, where the report could be read all the same
	at    time.Time
}

// after is what is known after a visit.
func (k known) after(o outcome) known {
	k.busy, k.fault = false, kindOf(o.fault)
	if o.fault != nil {
		k.mount = k.mount.Down(sentence(o.fault))
		return k
	}
	k.mount = k.mount.With(o.pages...)
	k.mount.ReadAt, k.mount.SweepFault = o.at, sentence(o.sweep)
	k.sweep = kindOf(o.sweep)
	return k
}

// carry is what is known under a new configuration: what was known of mounts that stay.
func carry(before []known, mounts []string) []known {
	var all []known
	for _, path := range mounts {
		if slices.ContainsFunc(all, func(k known) bool { return k.mount.Path == path }) {
			continue
		}
		kept := known{mount: estate.Mount{Path: path, Fault: "it has not been read yet"}}
		if i := slices.IndexFunc(before, func(k known) bool { return k.mount.Path == path }); i >= 0 {
			kept = before[i]
			kept.busy = false // who was visiting it no longer counts
		}
		all = append(all, kept)
	}
	return all
}

// snapshot is what is known, for others.
func snapshot(all []known, taken time.Time) estate.Snapshot {
	shown := estate.Snapshot{Taken: taken, Mounts: make([]estate.Mount, 0, len(all))}
	for _, k := range all {
		shown.Mounts = append(shown.Mounts, k.mount)
	}
	return shown
}

// kindOf is the kind of a failed request; empty where it did not fail.
func kindOf(err error) engine.Kind {
	var fault *engine.Fault
	switch {
	case err == nil:
		return ""
	case errors.As(err, &fault):
		return fault.Kind
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return engine.Unreachable
	}
	return engine.Broken
}

// sentence is a failed request for people; empty where it did not fail.
func sentence(err error) string {
	var fault *engine.Fault
	switch {
	case err == nil:
		return ""
	case errors.As(err, &fault):
		return fault.Text
	}
	return err.Error()
}
