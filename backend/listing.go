package backend

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// listing is what a report says of a mount at one instant.
type listing struct {
	full    bool     // it is everything, and not what changed
	names   []string // what is reported, in order
	deleted []string
	token   string // names this instant for report's since
}

// changed lists what changed since the token of an earlier listing, and what was deleted; everything, where they cannot be
// compared. Both under one lock: another epoch may begin at any time.
func (v *view) changed(since string) (listing, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	from, err := v.comparable(since)
	if err != nil {
		return listing{}, err
	}
	all := listing{full: from < 0, token: v.epoch + "-" + strconv.FormatInt(v.revision, 10), deleted: []string{}}
	if all.full {
		all.names = slices.AppendSeq(make([]string, 0, len(v.integrations)), maps.Keys(v.integrations))
	} else {
		for _, name := range v.since(from) {
			if _, there := v.integrations[name]; there {
				all.names = append(all.names, name)
			} else {
				all.deleted = append(all.deleted, name)
			}
		}
	}
	slices.Sort(all.names)
	slices.Sort(all.deleted)
	return all, nil
}

// comparable reads the revision of an earlier listing. One of another epoch, of another process that is, cannot be compared:
// then it is negative. The caller holds mu.
func (v *view) comparable(text string) (revision int64, err error) {
	if text == "" {
		return -1, nil
	}
	epoch, number, found := strings.Cut(text, "-")
	revision, parseErr := strconv.ParseInt(number, 10, 64)
	if !found || parseErr != nil || revision < 0 {
		return -1, badRequest("since must be the revision of an earlier report")
	}
	if epoch != v.epoch || revision > v.revision {
		return -1, nil
	}
	return revision, nil
}

// tally remembers the state of every integration and counts them, so that counting a mount costs as much as what changed
// in it. What a state depends on either gives the integration a new revision or comes up by time, and then it gets one,
// too. Its zero value is ready.
type tally struct {
	mu       sync.Mutex
	epoch    string
	revision int64 // up to which it is right
	states   map[string]rotation.State
	numbers  map[rotation.State]int
}

// counts counts the states of a mount; judge says what the state of a snapshot is.
func (t *tally) counts(v *view, judge func(rotation.Snapshot) rotation.State) map[string]any {
	t.mu.Lock()
	defer t.mu.Unlock()
	v.mu.RLock()
	defer v.mu.RUnlock()
	changed := v.since(t.revision)
	if t.epoch != v.epoch {
		t.states, t.numbers = make(map[string]rotation.State, len(v.integrations)), map[rotation.State]int{}
		changed = slices.Collect(maps.Keys(v.integrations))
	}
	for _, name := range changed {
		t.count(v, name, judge)
	}
	t.epoch, t.revision = v.epoch, v.revision
	counts := map[string]any{}
	for state, n := range t.numbers {
		counts[string(state)] = n
	}
	return counts
}

// count counts one integration anew. The caller holds the locks of both.
func (t *tally) count(v *view, name string, judge func(rotation.Snapshot) rotation.State) {
	if before, counted := t.states[name]; counted {
		delete(t.states, name)
		if t.numbers[before]--; t.numbers[before] == 0 {
			delete(t.numbers, before)
		}
	}
	if k, found := v.integrations[name]; found {
		state := judge(v.snapshotOf(name, k))
		t.states[name] = state
		t.numbers[state]++
	}
}
