package agent

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Run ticks until ctx ends, and returns when everything it started has ended. A mount that hangs delays no tick.
func (a *Agent) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	var session *link
	stop := func() {} // the last one ends with ctx
	for ctx.Err() == nil {
		t := a.current()
		if session != t.link {
			stop()
			t.link.began = time.Now()
			session, stop = t.link, start(ctx, &work, t.link.Run)
		}
		a.serve(ctx, t, &work)
	}
	return nil
}

// start runs something until what it gives is called.
func start(ctx context.Context, work *sync.WaitGroup, run func(context.Context)) (stop context.CancelFunc) {
	ctx, stop = context.WithCancel(ctx)
	work.Go(func() { run(ctx) })
	return stop
}

// serve ticks for as long as a configuration is in force. What is still being asked under it then is broken off.
func (a *Agent) serve(ctx context.Context, t *term, work *sync.WaitGroup) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	places := make(chan struct{}, visitsAtOnce)
	first := time.Now()
	for now := first; ; now = time.Now() {
		for _, mount := range a.tick(t, now) {
			work.Go(func() { a.visit(ctx, t, places, mount) })
		}
		timer := time.NewTimer(nextTick(first, t.config.Interval, a.phase, now).Sub(now))
		select {
		case <-timer.C:
		case <-t.over:
			timer.Stop()
			return
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// tick gives what is to be visited now, and marks it.
func (a *Agent) tick(t *term, now time.Time) []errand {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.term != t {
		return nil
	}
	a.ticked = now
	var errands []errand
	errands, a.known = due(a.known)
	return errands
}

// errand is the visit of a mount.
type errand struct {
	mount    string
	revision string // the last report's; empty: never read to its end
}

// due gives what a tick visits, and what is known with that marked. A mount whose visit by an earlier tick still goes on
// gets no second one.
func due(all []known) (errands []errand, marked []known) {
	marked = slices.Clone(all)
	for i, k := range marked {
		if !k.busy {
			marked[i].busy = true
			errands = append(errands, errand{mount: k.mount.Path, revision: k.mount.Revision})
		}
	}
	return errands, marked
}
