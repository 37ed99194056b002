package backend

import (
	"context"
	"strings"
	"sync"
	"time"
)

// served keeps in memory the credentials that were read, so that reading one again asks storage nothing: that one question
// would cost a third of the reads that a plugin can answer. It is on only where this process alone writes, on the active
// node. It never holds what is older than storage: a credential leaves before a write of it begins, nothing comes in
// while one is under way, and after a write whose outcome is not known storage is asked until another succeeds.
//
// A process that was stopped for a while, with its machine or alone, may have been replaced, and others may have written. It
// finds that out later than its readers ask; so what is kept holds only as long as reads follow each other closely.
type served struct {
	mu       sync.RWMutex
	on       bool
	last     time.Time // when somebody read, to readsApart/8
	entries  map[string]integrationEntry
	changes  int64          // writes that began or ended; what was read from storage before one may be old
	writing  map[string]int // by name, how many are under way
	doubtful map[string]bool
	doubts   chan struct{} // one place: a name became doubtful
}

// start begins to keep what is read.
func (s *served) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on, s.entries = true, map[string]integrationEntry{}
	s.changes++
}

// stop forgets everything and keeps nothing more.
func (s *served) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on, s.entries = false, nil
	s.changes++
}

// forget forgets everything: somebody else may have written.
func (s *served) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		s.entries = map[string]integrationEntry{}
	}
	s.changes++
}

// forgetOne forgets one credential: storage holds another one than this process wrote.
func (s *served) forgetOne(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, name)
	s.changes++
}

// readsApart is the longest pause between two reads after which memory is believed. It is not longer than raft's shortest
// election takes, before which no other node can have written.
const readsApart = time.Second

// paused is how long nobody read, by that clock which says more: the monotonic one may stand still while the machine sleeps.
func paused(last, now time.Time) time.Duration {
	return max(now.Sub(last), now.Round(0).Sub(last.Round(0)).Abs())
}

// awake notes that somebody reads, and forgets everything when nobody did for too long.
func (s *served) awake(now time.Time) {
	s.mu.RLock()
	pause := paused(s.last, now)
	s.mu.RUnlock()
	if pause < readsApart/8 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on && paused(s.last, now) >= readsApart {
		s.entries = map[string]integrationEntry{}
		s.changes++
	}
	s.last = now
}

// read gives an entry from memory, else by load, and keeps it then. What it gives is shared and must not be changed.
func (s *served) read(ctx context.Context, name string, load func(context.Context, string) (integrationEntry, error)) (integrationEntry, error) {
	s.awake(time.Now())
	s.mu.RLock()
	entry, found := s.entries[name]
	before := s.changes
	s.mu.RUnlock()
	if found {
		return entry, nil
	}
	entry, err := load(ctx, name)
	if err != nil {
		return entry, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on && s.changes == before && s.writing[name] == 0 && !s.doubtful[name] {
		s.entries[name] = entry.onlyServed()
	}
	return entry, nil
}

// onlyServed is the entry without the passwords that nobody reads.
func (e integrationEntry) onlyServed() integrationEntry {
	kept := e.withoutPassword()
	kept.Password = e.Password
	return kept
}

// write is around every write to storage: of an integration it takes the old credential away before, and lets the new
// one be read after.
func (s *served) write(key string, do func() error) error {
	name, is := strings.CutPrefix(key, integrationPrefix)
	if !is || s == nil {
		return do()
	}
	s.begin(name)
	err := do()
	s.end(name, err == nil)
	return err
}

func (s *served) begin(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing == nil {
		s.writing, s.doubtful = map[string]int{}, map[string]bool{}
	}
	delete(s.entries, name)
	s.writing[name]++
	s.changes++
}

func (s *served) end(name string, well bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	if s.writing[name]--; s.writing[name] == 0 {
		delete(s.writing, name)
	}
	if well {
		delete(s.doubtful, name)
		return
	}
	s.doubtful[name] = true
	signal(s.doubts)
}
