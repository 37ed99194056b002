package agent

import (
	"context"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

const (
	// visitsAtOnce bounds how many mounts are asked at a time, so that many do not fall upon one Vault together.
	visitsAtOnce = 8

	// patience is how long a visit keeps its place. What takes longer hangs, or reads much: it goes on without one, so
	// that mounts which hang never keep the others waiting for longer than this.
	patience = 5 * time.Second

	// requestLimit is how long one request may take: the engine answers within 45 s by its own deadline.
	requestLimit = time.Minute

	// loginGrace is how long a session that has just begun may take to log in before a mount is blamed for it. Until then a
	// visit that is denied asks again, first after earlyRetry and at last every lateRetry; without a token that asks nobody.
	loginGrace = 10 * time.Second
	earlyRetry = 100 * time.Millisecond
	lateRetry  = time.Second
)

// visit starts a sweep of a mount and reads its report.
func (a *Agent) visit(ctx context.Context, t *term, places chan struct{}, e errand) {
	select {
	case places <- struct{}{}:
	case <-ctx.Done():
		return
	}
	leave := sync.OnceFunc(func() { <-places })
	defer leave()
	impatient := time.AfterFunc(patience, leave)
	defer impatient.Stop()

	came := askAnew(ctx, t.link, e)
	if ctx.Err() != nil {
		return // nobody asks for it any more, and that says nothing about the mount
	}
	a.settle(t, e.mount, came)
}

// askAnew asks, and again for as long as it may only be too early.
func askAnew(ctx context.Context, from *link, e errand) outcome {
	for pause := earlyRetry; ; pause = min(2*pause, lateRetry) {
		came := ask(ctx, from.Engine, e)
		came.at = time.Now()
		if !tooEarly(came, from.began) {
			return came
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return came
		}
	}
}

// tooEarly says whether a visit may have been denied only because the session has not logged in yet.
func tooEarly(came outcome, sessionBegan time.Time) bool {
	return kindOf(came.fault) == engine.Denied && came.at.Sub(sessionBegan) < loginGrace
}

// ask starts a sweep and reads the report to its end.
func ask(ctx context.Context, from Engine, e errand) outcome {
	swept := limited(ctx, func(ctx context.Context) error {
		_, err := from.Sweep(ctx, e.mount, engine.SweepRequest{})
		return err
	})
	if !worthReading(kindOf(swept)) {
		return outcome{fault: swept}
	}
	pages, err := read(ctx, from, e)
	return outcome{pages: pages, fault: err, sweep: swept}
}

// worthReading says whether a report is still asked for after a sweep that failed like this. Where Vault gives no answers
// at all, a second question only waits for the same one.
func worthReading(kind engine.Kind) bool {
	return kind != engine.Unreachable && kind != engine.Sealed && kind != engine.Standby
}

// read reads a report to its end: every page, or none.
func read(ctx context.Context, from Engine, e errand) ([]estate.Report, error) {
	reading := reading{since: e.revision}
	for done := false; !done; {
		var page estate.Report
		err := limited(ctx, func(ctx context.Context) (err error) {
			since, after := reading.next()
			page, err = from.Report(ctx, e.mount, since, after)
			return err
		})
		if err != nil {
			return nil, err
		}
		if reading, done, err = reading.with(page); err != nil {
			return nil, err
		}
	}
	return reading.pages, nil
}

// limited makes one request, for as long as one may take.
func limited(ctx context.Context, request func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	return request(ctx)
}

// settle takes over what a visit came to, unless another configuration is in force by now.
func (a *Agent) settle(t *term, mount string, came outcome) {
	for _, c := range a.learn(t, mount, came) {
		a.options.Log.Log(c.level, c.message, append([]any{"mount", mount}, c.facts...)...)
	}
}

// learn takes it over, and says what changed by it.
func (a *Agent) learn(t *term, mount string, came outcome) []change {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.term != t {
		return nil
	}
	for i, before := range a.known {
		if before.mount.Path != mount {
			continue
		}
		after := before.after(came)
		a.known[i] = after
		a.taken = came.at
		a.ready = a.ready || snapshot(a.known, a.taken).Read()
		return changes(before, after)
	}
	return nil
}
