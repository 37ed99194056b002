package rotation_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// A random search, always the same, for a sequence after which a live password is not stored, or the engine alone has
// locked an account or spent more than its budget, or nobody can settle it any more.
func TestSearchForALostPassword(t *testing.T) {
	t.Parallel()
	const walks, inOneBubble, steps = 1140, 57, 10
	for k := range kinds {
		for _, lockAfter := range []int{3, 5, 10} {
			t.Run(fmt.Sprintf("%s/%d", k, lockAfter), func(t *testing.T) {
				t.Parallel()
				for first := uint64(0); first < walks && !t.Failed(); first += inOneBubble {
					synctest.Test(t, func(t *testing.T) {
						for seed := first; seed < first+inOneBubble; seed++ {
							if searched(t, k, lockAfter, seed, steps, true); t.Failed() {
								searched(t, k, lockAfter, seed, steps, false)
								t.Fatalf("in walk %d", seed)
							}
						}
					})
				}
			})
		}
	}
}

// searched is one walk.
func searched(t *testing.T, k kind, lockAfter int, seed uint64, steps int, quiet bool) {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, uint64(lockAfter)*100+uint64(k)))
	w := newWorld(t, k)
	w.quiet = quiet
	for _, user := range w.users {
		user.lockAfter = lockAfter
	}
	o := newWalk(w, dice)
	if w.holding.Way == rotation.WaySelf && lockAfter == 3 { // the one exception, see trap 14
		o.strangers = false
	}
	for range steps {
		o.happens()
		if o.holds(); t.Failed() && quiet {
			break
		}
		if !quiet {
			w.say("%s", w.inStore())
		}
	}
	o.recovers()
	o.holds()
	for _, line := range w.trace {
		t.Log(line)
	}
}
