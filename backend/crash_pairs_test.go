package backend_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// pairsOfMishaps is how many pairs of each way an ordinary run plays, the same in every run, so that a red run blames
// the change at hand. With RAPID_CHECKS (make soak) it is that many, drawn anew.
const pairsOfMishaps = 60

// TestNoPasswordIsLostByTwoMishaps lets something happen in what changes a password, and something else in what
// settles it. Where that spends the engine's budget a person is needed, who does what the message says.
func TestNoPasswordIsLostByTwoMishaps(t *testing.T) {
	t.Parallel()
	number, seed := pairsOfMishaps, uint64(20261122)
	if soak, err := strconv.Atoi(os.Getenv("RAPID_CHECKS")); err == nil {
		number, seed = soak, rand.Uint64()
	}
	for _, w := range ways() {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, string(w))
			d := dice{rand.New(rand.NewPCG(seed, 0)), triggers(t, s, w), map[string]int{}}
			excuses, sum := map[string]int{}, outcomes{}
			for sum.points < number {
				tg, first, second := d.draw(w)
				tried := tg.try(t, first, second)
				sum.add(t, fmt.Sprintf("seed %d: %s, %s, %+v, then %+v", seed, w, tg.name, first, second), tried)
				excuses[tried.excuse]++
				if !tried.reached {
					d.ends[d.key(tg, first)] = first.n
				}
			}
			delete(excuses, "")
			t.Logf("%-16s %s: %v", w, &sum, excuses)
		})
	}
}

// dice draw what happens.
type dice struct {
	*rand.Rand
	triggers []trigger
	ends     map[string]int // of a trigger and a kind of mishap: an n that was not reached
}

func (d dice) key(tg trigger, p point) string {
	_, ofNetwork := netMishaps()[p.what]
	return fmt.Sprint(tg.name, ofNetwork, p.domain)
}

func (d dice) draw(w way) (tg trigger, first, second point) {
	tg, first, second = d.triggers[d.IntN(len(d.triggers))], d.point(w), d.point(w)
	if end := d.ends[d.key(tg, first)]; end > 1 {
		first.n = 1 + first.n%(end-1)
	}
	return tg, first, second
}

// point draws an instant that is mostly reached.
func (d dice) point(w way) point {
	if d.IntN(3) > 0 {
		all := networkMishaps()
		return point{what: all[d.IntN(len(all))], domain: w == throughDomain && d.IntN(2) > 0, n: 1 + d.IntN(4)}
	}
	all := storageMishaps()
	return point{what: all[d.IntN(len(all))], n: 1 + d.IntN(12)}
}
