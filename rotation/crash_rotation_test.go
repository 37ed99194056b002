package rotation_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// runs lets the sweep run that long. Whatever it does, it is not due again before time has passed.
func (p *process) runs(d time.Duration) {
	p.t.Helper()
	end := time.Now().Add(d)
	for n := 0; ; n++ {
		_, due := p.due()
		if due.IsZero() || due.After(end) {
			break
		}
		if n > 10+int(d/time.Hour)*4 {
			p.t.Fatalf("%d sweeps in %v, a loop; %s", n, d, p.inStore())
		}
		time.Sleep(time.Until(due))
		p.sweep()
		p.livePasswordIsStored()
		if p.dead {
			return
		}
		if _, again := p.due(); !again.IsZero() && !again.After(time.Now()) {
			p.t.Fatalf("due again at once, in %s", p.inStore())
		}
	}
	if left := time.Until(end); left > 0 {
		time.Sleep(left)
	}
}

// A process that dies at any operation, before or after a write, leaves what another one settles.
func TestEveryCrashPointOfARotation(t *testing.T) {
	t.Parallel()
	answers := map[string][]setAnswer{
		"set": nil, "without effect": {saysSo}, "refused by rules": {breaksRule}, "denied": {denies},
		"lost": {lost, lost}, "lost but set": {lostButSet}, "set an hour later": {setsLater(time.Hour), lost}, "lags": {lags},
	}
	for k := range kinds {
		for name, sets := range answers {
			t.Run(fmt.Sprintf("%s/%s", k, name), func(t *testing.T) {
				t.Parallel()
				points := 0
				for dies := true; dies; points++ {
					for _, once := range []func(*world){budget(1)} {
						synctest.Test(t, func(t *testing.T) {
							w := newWorld(t, k, once, answering(sets...))
							dies = w.survives(points + 1)
						})
					}
				}
				if points < 12 {
					t.Errorf("only %d points", points)
				}
			})
		}
	}
}

// survives is a rotation whose process dies at its n-th operation, and what others make of that.
func (w *world) survives(n int) (died bool) {
	w.quiet = true
	first := w.process()
	first.stopsAt = n
	_, _ = first.rotate(rotation.ByEngine)
	w.livePasswordIsStored()
	second := w.process()
	second.runs(5 * time.Hour)
	if w.user().alone > 0 {
		w.t.Errorf("dies at %d: the engine alone locked the account", n)
	}
	if phase := w.holding.Turn.InPhase(); phase != rotation.PhaseIdle {
		w.t.Errorf("dies at %d: %s", n, w.inStore())
	}
	return first.dead
}
