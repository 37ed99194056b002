package backend

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// listing is what a report says of a mount at one instant.
type listing struct {
	names    []string // what is reported, in order
	deleted  []string
	token    string // names this instant for report's since
	epoch    string
	revision int64
}

// changed lists what changed since a revision, or with a negative one everything; and what was deleted since.
func (v *view) changed(from int64) listing {
	v.mu.RLock()
	defer v.mu.RUnlock()
	all := listing{epoch: v.epoch, revision: v.revision, token: v.epoch + "-" + strconv.FormatInt(v.revision, 10), deleted: []string{}}
	for name, k := range v.integrations {
		if k.revision > from || from < 0 {
			all.names = append(all.names, name)
		}
	}
	for name, revision := range v.deleted {
		if from >= 0 && revision > from {
			all.deleted = append(all.deleted, name)
		}
	}
	slices.Sort(all.names)
	slices.Sort(all.deleted)
	return all
}

// since reads the revision of an earlier listing. One of another epoch, of another process that is, cannot be compared:
// then it is negative.
func (v *view) since(text string) (revision int64, err error) {
	if text == "" {
		return -1, nil
	}
	epoch, number, found := strings.Cut(text, "-")
	revision, parseErr := strconv.ParseInt(number, 10, 64)
	if !found || parseErr != nil || revision < 0 {
		return -1, badRequest("since must be the revision of an earlier report")
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	if epoch != v.epoch || revision > v.revision {
		return -1, nil
	}
	return revision, nil
}

// tally remembers the state of every integration, so that counting a mount costs as much as what changed in it. What a
// state depends on either gives the integration a new revision or comes up by time, and then it gets one, too. Its zero
// value is ready.
type tally struct {
	mu     sync.Mutex
	epoch  string
	states map[string]counted
}

// counted is an integration's state, and the revision that it was judged at.
type counted struct {
	revision int64
	state    rotation.State
}

// counts counts the states of a mount; judge says what the state of a snapshot is.
func (t *tally) counts(v *view, judge func(rotation.Snapshot) rotation.State) map[string]any {
	t.mu.Lock()
	defer t.mu.Unlock()
	v.mu.RLock()
	defer v.mu.RUnlock()
	if t.epoch != v.epoch || len(t.states) > 2*len(v.integrations) { // another load, or most were deleted
		t.epoch, t.states = v.epoch, make(map[string]counted, len(v.integrations))
	}
	numbers := map[rotation.State]int{}
	for name, k := range v.integrations {
		known, found := t.states[name]
		if !found || known.revision != k.revision {
			known = counted{k.revision, judge(v.snapshotOf(name, k))}
			t.states[name] = known
		}
		numbers[known.state]++
	}
	counts := map[string]any{}
	for state, n := range numbers {
		counts[string(state)] = n
	}
	return counts
}
