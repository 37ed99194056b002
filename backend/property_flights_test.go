package backend_test

import (
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// flight is a login that may still arrive.
type flight struct {
	until  time.Time
	charge string   // its ID; empty: of one whose client gave up
	of     *process // a stopped one that may settle it yet; nil: nobody will
}

// inFlight notes that a login may still arrive.
func (w *world) inFlight(name string, f flight) {
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	a.flights = append(a.flights, f)
}

// waitForPending notes the logins of the processes that died or are stopped: until their time is over they may arrive.
func (w *world) waitForPending() {
	for name, ledger := range w.ledgers() {
		for _, charge := range ledger.Charges {
			if charge.State != rotation.ChargePending || time.Until(charge.Deadline) >= 2*time.Minute {
				continue
			}
			f := flight{until: charge.Deadline, charge: charge.ID}
			if w.stopped != nil {
				if own, pending := pendingOf(w.stopped.charge(name)); pending && own.ID == charge.ID {
					f.of = w.stopped
				}
			}
			w.inFlight(name, f)
		}
	}
}

// landed: a process that was stopped, and went on, stores what its own login came to, so that nothing of it arrives any
// more (protocol A1: only what was not answered is waited for).
func (w *world) landed(p *process, name string, stored rotation.Ledger) {
	own, pending := pendingOf(stored)
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	a.flights = slices.DeleteFunc(a.flights, func(f flight) bool {
		return f.of == p && (!pending || own.ID != f.charge)
	})
}
