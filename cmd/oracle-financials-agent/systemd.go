package main

import (
	"context"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/hashicorp/go-hclog"
)

// What systemd is told, as sd_notify(3) has it.
const (
	ready     = daemon.SdNotifyReady
	reloading = daemon.SdNotifyReloading
	stopping  = daemon.SdNotifyStopping
	alive     = daemon.SdNotifyWatchdog
)

// systemd is who started the daemon, if it is that at all: elsewhere nothing is told and nothing is watched.
type systemd struct{ log hclog.Logger }

func (s systemd) tell(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.log.Warn("systemd was not told", "state", state, "error", err)
	}
}

// watch feeds the watchdog, if there is one, for as long as the daemon is healthy.
func (s systemd) watch(ctx context.Context, healthy func() bool) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil || limit <= 0 {
		return
	}
	ticker := time.NewTicker(limit / 3)
	defer ticker.Stop()
	for {
		if healthy() {
			s.tell(alive)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// reloads loads the configuration again at every signal. What is wrong with it the daemon logs.
func (s systemd) reloads(ctx context.Context, signals <-chan os.Signal, reload func() error) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			s.tell(reloading + "\n" + daemon.SdNotifyMonotonicUsec())
			_ = reload() // logged there; the old configuration is in force
			s.tell(ready)
		}
	}
}
