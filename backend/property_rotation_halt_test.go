package backend_test

import (
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// A process that a signal stops in the middle of something, and that goes on later: alone, or when another has taken
// over and gone on.

// halt is what becomes of a process that a signal stops.
type halt struct {
	// another takes over at once, and the stopped one goes on when the sequence says so.
	another bool
	// alone, it goes on after this long.
	after time.Duration
}

// wait lets an operation wait as long as its process is stopped.
func (d *drive) wait() {
	d.mu.Lock()
	gate := d.gate
	d.mu.Unlock()
	if gate != nil {
		<-gate
	}
}

// goOn lets a stopped process go on. Demoted, it can write no more.
func (d *drive) goOn(demoted bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.demoted = d.demoted || demoted
	if d.gate != nil {
		close(d.gate)
		d.gate, d.halted = nil, make(chan struct{})
	}
}

// whenHalted is closed when a signal stops the process.
func (d *drive) whenHalted() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.halted
}

func (d *drive) isStopped() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gate != nil
}

func (d *drive) isDemoted() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.demoted
}

// pass is one end of a call of Oracle, at which a process may be stopped. It says whether the process lives.
func (d *drive) pass() bool {
	if _, err := d.next(aCall); err != nil {
		return false
	}
	d.wait()
	return !d.isDead()
}

// halts lets a signal stop the process at one of its next operations.
func (w *world) halts(rt *rapid.T) {
	if w.stopped != nil {
		rt.Skip()
	}
	what := rapid.SampledFrom([]trouble{haltBefore, haltAfter}).Draw(rt, "trouble")
	n := rapid.IntRange(1, 30).Draw(rt, "operation")
	h := halt{another: rapid.IntRange(0, 3).Draw(rt, "another takes over") > 0}
	if !h.another {
		h.after = rapid.SampledFrom([]time.Duration{10 * time.Second, 50 * time.Second, 3 * time.Minute, 3 * time.Hour}).Draw(rt, "goes on after")
	}
	w.log("  at operation %d %s, %+v", n, what, h)
	w.drive.takeover = h
	w.drive.arm(what, n)
}

// signalled is called when the process was stopped.
func (w *world) signalled() {
	w.doubtful()
	h := w.drive.takeover
	if !h.another {
		w.log("  the process is stopped for %v", h.after)
		w.stage.tally.add("processes stopped for a while", 1)
		time.Sleep(h.after)
		w.drive.goOn(false)
		synctest.Wait()
		w.tick()
		w.revive()
		return
	}
	w.log("  the process is stopped, and another takes over")
	w.stage.tally.add("processes stopped and taken over", 1)
	w.stopped = w.process
	w.boot()
}

// goesOn lets the stopped process go on for a moment, until Vault ends it: it was the active one.
func (w *world) goesOn(rt *rapid.T) {
	if w.stopped == nil {
		rt.Skip()
	}
	demoted := rapid.IntRange(0, 2).Draw(rt, "demoted") > 0
	moment := time.Duration(rapid.IntRange(0, 70).Draw(rt, "seconds")) * time.Second
	w.log("  demoted %v, for %v", demoted, moment)
	w.stopped.drive.goOn(demoted)
	w.doubtful()
	w.sleep(moment)
	w.endStopped()
}

// endStopped ends the stopped process as Vault does.
func (w *world) endStopped() {
	if w.stopped == nil {
		return
	}
	w.stage.tally.add("stopped processes that went on", 1)
	w.stopped.drive.goOn(true)
	w.stopped.stop()
	w.stopped = nil
	w.doubtful()
}
