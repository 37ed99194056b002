package backend

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Whoever follows a mount by what changed since, while it is written to and read anew all the time, hears of everything: what
// is not said in full was compared within one epoch, and whatever was written is listed by the end.
func TestWhoFollowsTheChangesHearsOfEverything(t *testing.T) {
	t.Parallel()
	const names, rounds, followers = 200, 120, 3
	v := &view{mounted: emptyMount(), deleted: map[string]int64{}}
	v.install(emptyMount(), 0, 0)
	var written atomic.Bool
	var work sync.WaitGroup
	for range followers {
		work.Go(func() { follow(t, v, &written, names, rounds) })
	}
	work.Go(func() {
		for !written.Load() {
			v.install(v.copied())
		}
	})
	for range rounds {
		for n := range names {
			v.put(fmt.Sprint(n), func(k *known) { k.entry.Writes++ })
		}
	}
	written.Store(true)
	work.Wait()
}

// copied is what storage holds, and how many writes that are.
func (v *view) copied() (fresh mounted, before, drops int64) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	fresh = emptyMount()
	fresh.integrations = maps.Clone(v.integrations)
	for name, k := range fresh.integrations {
		k.revision = 0
		fresh.integrations[name] = k
	}
	return fresh, v.writes, v.drops
}

// follow asks for what changed until everything is written, and once more.
func follow(t *testing.T, v *view, written *atomic.Bool, names int, rounds int64) {
	t.Helper()
	heard, since := map[string]int64{}, ""
	for last := false; !last; {
		last = written.Load()
		now, err := v.changed(since)
		if err != nil {
			t.Error(err)
			return
		}
		before, _, _ := strings.Cut(since, "-")
		if epoch, _, _ := strings.Cut(now.token, "-"); !now.full && epoch != before {
			t.Errorf("what changed since %s is said up to %s, of another epoch", since, now.token)
			return
		}
		for _, name := range now.names {
			k, _ := v.known(name)
			heard[name] = k.entry.Writes
		}
		since = now.token
	}
	current := 0
	for _, writes := range heard {
		if writes == rounds {
			current++
		}
	}
	if current != names {
		t.Errorf("of %d names, %d are known as they are", names, current)
	}
}
