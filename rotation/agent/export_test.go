package agent

import (
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// What the tests of this package reach inside.
var (
	IsHealthy       = healthy
	NextTick        = nextTick
	WaitsForRestart = waitsForRestart
	InWords         = inWords
	KeepsSession    = keepsSession
)

const (
	VisitsAtOnce = visitsAtOnce
	Patience     = patience
	RequestLimit = requestLimit
	PageSize     = engine.PageSize
)

// KnownMount is what the daemon knows of a mount.
type KnownMount = known

// Known is what the daemon knows of a mount.
func Known(mount estate.Mount, fault, sweep engine.Kind) KnownMount {
	return known{mount: mount, fault: fault, sweep: sweep}
}

// Visited is a mount before and after a visit, and what is logged of it.
func Visited(k KnownMount, pages []estate.Report, fault, sweep error, at time.Time) (after KnownMount, lines []string) {
	after = k.after(outcome{pages: pages, fault: fault, sweep: sweep, at: at})
	for _, c := range changes(k, after) {
		lines = append(lines, c.level.String()+": "+c.message)
	}
	return after, lines
}

// TickAfter ticks under the configuration that was in force before something happened, and counts the visits.
func TickAfter(a *Agent, happened func()) int {
	t := a.current()
	happened()
	return len(a.tick(t, time.Now()))
}

// LearnAfter takes over a visit under the configuration that was in force before something happened.
func LearnAfter(a *Agent, mount string, page estate.Report, happened func()) {
	t := a.current()
	happened()
	a.settle(t, mount, outcome{pages: []estate.Report{page}, at: time.Now()})
}

// Mount is what others see of it.
func (k known) Mount() estate.Mount { return k.mount }

// Read reads a report page by page, as a visit does.
func Read(since string, page func(since, after string) (estate.Report, error)) ([]estate.Report, error) {
	r := reading{since: since}
	for done := false; !done; {
		came, err := page(r.next())
		if err != nil {
			return nil, err
		}
		if r, done, err = r.with(came); err != nil {
			return nil, err
		}
	}
	return r.pages, nil
}
