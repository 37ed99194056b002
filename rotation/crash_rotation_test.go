package rotation_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// runs lets the sweep run that long. Whatever it does, the same is not due again before time has passed.
func (p *process) runs(d time.Duration) {
	p.t.Helper()
	end := time.Now().Add(d)
	for n := 0; !p.isDead(); n++ {
		action, due := p.due()
		if due.IsZero() || due.After(end) {
			break
		}
		if n > 10+int(d/time.Hour)*4 {
			p.t.Fatalf("%d sweeps in %v, a loop; %s", n, d, p.inStore())
		}
		time.Sleep(time.Until(due))
		p.sweeps(action)
		p.livePasswordIsStored()
		if next, again := p.due(); next == action && !p.isDead() && !again.IsZero() && !again.After(time.Now()) {
			p.t.Fatalf("due again at once, in %s", p.inStore())
		}
	}
	if left := time.Until(end); left > 0 {
		time.Sleep(left)
	}
}

// isRight says whether nothing is left to settle, and the stored password is the live one.
func (w *world) isRight() bool {
	w.carriesOut()
	return w.holding.Turn.InPhase() == rotation.PhaseIdle && w.target().Password.Reveal() == w.user().password
}

// personSettles is a person who says which password is live, until one is.
func (p *process) personSettles() {
	for _, statement := range []rotation.Statement{rotation.UsePending, rotation.UseCurrent, rotation.UsePrevious} {
		if p.isRight() {
			return
		}
		time.Sleep(time.Hour + time.Minute)
		_, _ = p.reconcile(rotation.ReconcileOptions{Statement: statement, Side: rotation.SideStandby})
	}
}

// A process that dies at any operation, before or after a write, leaves what another one settles, at the latest with a
// person who says which password is live.
func TestEveryCrashPointOfARotation(t *testing.T) {
	t.Parallel()
	answers := map[string][]setAnswer{
		"set": nil, "without effect": {saysSo}, "refused by rules": {breaksRule}, "denied": {denies},
		"lost": {lost, lost}, "lost but set": {lostButSet}, "set an hour later": {setsLater(time.Hour), lost}, "lags": {lags},
	}
	holders := map[string][]func(*world){"": nil, ", after one was proved": {proven}, ", with a budget of one": {budget(1)}}
	for k := range kinds {
		for name, sets := range answers {
			for whose, alter := range holders {
				t.Run(fmt.Sprintf("%s/%s%s", k, name, whose), func(t *testing.T) {
					t.Parallel()
					points := 0
					for dies := true; dies; points++ {
						synctest.Test(t, func(t *testing.T) {
							w := newWorld(t, k, append(alter, answering(sets...))...)
							dies = w.survives(points + 1)
						})
					}
					if points < 10 {
						t.Errorf("only %d points", points)
					}
				})
			}
		}
	}
}

// survives is a rotation whose process dies at its n-th operation, and what others make of that.
func (w *world) survives(n int) (died bool) {
	w.quiet = true
	refused := len(w.sets) > 0 && w.sets[0] == breaksRule
	first := w.process()
	first.stopsAt = n
	_, _ = first.rotate(rotation.ByEngine)
	w.livePasswordIsStored()
	second := w.process()
	second.runs(2*time.Hour + 30*time.Minute)
	if w.user().alone > 0 {
		w.t.Errorf("dies at %d: the engine alone locked the account", n)
	}
	if w.draws > 1 && !refused || w.draws > 2 {
		w.t.Errorf("dies at %d: %d passwords were drawn", n, w.draws)
	}
	second.personSettles()
	if !w.isRight() {
		w.t.Errorf("dies at %d: %s", n, w.inStore())
	}
	w.livePasswordIsStored()
	return first.isDead()
}
