package backend_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// Where events are stored: the newest with the record, those before them in the history.

// happens makes a number of events.
func (m *mount) happens(events int) {
	m.t.Helper()
	for n := range events {
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 10 + n%2})
	}
}

// entry is what storage holds under a key; the fields are those of every version.
func (m *mount) entry(key string) (content map[string]any) {
	m.t.Helper()
	must(m.t, json.Unmarshal([]byte(m.stored()[key]), &content))
	return content
}

// counting counts what was asked of storage, by operation and the kind of entry.
type counting struct {
	logical.Storage
	mu   sync.Mutex
	seen map[string]int
}

func (s *counting) saw(operation, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind, _, _ := strings.Cut(key, "/")
	s.seen[operation+" "+kind]++
}

func (s *counting) Get(ctx context.Context, key string) (*logical.StorageEntry, error) {
	s.saw("get", key)
	return s.Storage.Get(ctx, key)
}

func (s *counting) Put(ctx context.Context, entry *logical.StorageEntry) error {
	s.saw("put", entry.Key)
	return s.Storage.Put(ctx, entry)
}

// take gives how often the record was written, and the history read and written, since it was last asked.
func (s *counting) take() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := map[string]int{}
	for _, what := range []string{"put record", "get history", "put history"} {
		if s.seen[what] > 0 {
			taken[what] = s.seen[what]
		}
	}
	clear(s.seen)
	return taken
}

func TestAChangeIsOneWriteOfTheRecord(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{}, "")
	storage := &counting{Storage: m.storage, seen: map[string]int{}}
	m.storage = storage
	m.restart()
	m.read("report")
	storage.take()
	pod := m.sim.Pod()
	change := func(password string) func() { return func() { must(t, pod.SetPassword(user, password)); m.checks() } }
	for _, step := range []struct {
		what string
		do   func()
		want map[string]int
	}{
		{"a create", func() { m.write() }, map[string]int{"put record": 1}},
		{"a check that finds nothing new", func() { m.checks() }, map[string]int{"put record": 1}},
		{"a check that is refused", change("Second-Horse-9"), map[string]int{"put record": 1}},
		{"a write", func() { m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"}) }, map[string]int{"put record": 1}},
		{"another read", func() { m.told("read") }, map[string]int{"get history": 1}},
	} {
		step.do()
		if got := storage.take(); !maps.Equal(got, step.want) {
			t.Errorf("%s: %v, not %v", step.what, got, step.want)
		}
	}
	m.happens(rotation.MaxRecent - 3)
	if got := storage.take(); !maps.Equal(got, map[string]int{"put record": rotation.MaxRecent - 3}) {
		t.Errorf("until the record is full: %v", got)
	}
	m.happens(1)
	if got, want := storage.take(), map[string]int{"put record": 1, "get history": 1, "put history": 1}; !maps.Equal(got, want) {
		t.Errorf("once it is full: %v, not %v", got, want)
	}
	m.told("after all of it")
}

func TestTimesChangeIsOneWriteOfTheRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		storage := &counting{Storage: &logical.InmemStorage{}, seen: map[string]int{}}
		m := clocked(t, storage, &clockedPod{login: oracle.LoginAccepted})
		defer m.backend.Cleanup(t.Context())
		m.ok(logical.UpdateOperation, "policies/default", map[string]any{"check_period": "200d"})
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"password_set_time": stamped(time.Now())}))
		synctest.Wait()
		storage.take()
		time.Sleep(77 * 24 * time.Hour)
		if got := storage.take(); !maps.Equal(got, map[string]int{"put record": 1}) {
			t.Errorf("expiring: %v", got)
		}
		if events := m.told("expiring"); len(events) != 2 {
			t.Errorf("told are %v", events)
		}
	})
}

// What the record holds is bounded, whatever happens, and no restart or check in between takes an event away.
func TestTheNewestEventsTravelWithTheRecord(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	for n := 2; n <= 30; n++ {
		m.happens(1)
		switch n % 3 {
		case 0:
			m.restart()
		case 1:
			m.checks()
		}
		if events := m.told(fmt.Sprint(n)); len(events) != n || events[0]["seq"] != int64(1) {
			t.Fatalf("after %d events are told %v", n, events)
		}
		entry := m.entry("record/gl")
		kept, _ := entry["events"].([]any)
		size, err := json.Marshal(kept)
		must(t, err)
		if len(kept) > rotation.MaxRecent || len(size) > 200*rotation.MaxRecent {
			t.Errorf("the record holds %d events in %d bytes", len(kept), len(size))
		}
	}
}

func TestACheckWithoutNewsMakesRoom(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.happens(rotation.MaxRecent - 1)
	m.checks() // so that a rotation after it need not
	if _, kept := m.entry("record/gl")["events"]; kept {
		t.Errorf("the record is still full: %v", m.entry("record/gl"))
	}
	m.restart()
	if events := m.told("moved"); len(events) != rotation.MaxRecent {
		t.Errorf("told are %v", events)
	}
}

// A read that asks for the history while the record's events move there tells each once.
func TestAReadWhileEventsMove(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.happens(rotation.MaxRecent - 1)
	storage := &meanwhile{Storage: m.storage, key: "history/gl"}
	m.storage = storage
	m.restart()
	m.read("report")
	storage.do = func() { m.happens(1) }
	events := m.events()
	for i, event := range events {
		if event["seq"] != int64(i+1) {
			t.Errorf("told are %v", events)
		}
	}
	if len(events) < rotation.MaxRecent || storage.do != nil {
		t.Errorf("told are %v", events)
	}
	m.told("after it")
}

// meanwhile is storage in which something happens once, right after a key was read.
type meanwhile struct {
	logical.Storage
	key string
	do  func()
}

func (s *meanwhile) Get(ctx context.Context, key string) (*logical.StorageEntry, error) {
	entry, err := s.Storage.Get(ctx, key)
	if do := s.do; do != nil && key == s.key {
		s.do = nil
		do()
	}
	return entry, err
}

// What another process stored while this one slept is gone on from.
func TestEventsOfAnotherProcessAreKept(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.happens(2)
	asleep := m.backend
	m.restart()
	m.happens(rotation.MaxRecent + 1)
	m.backend = asleep
	m.checks()
	m.happens(1)
	if events := m.told("awake"); len(events) != rotation.MaxRecent+5 {
		t.Errorf("told are %v", events)
	}
}

func TestARotationKeepsTheEventsBeforeIt(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{}, "domain")
	for n := 2; n <= rotation.MaxRecent+3; n++ {
		m.ok(logical.UpdateOperation, "rotate/gl", nil)
		if events := m.told("rotated"); len(events) != n || events[n-1]["kind"] != "rotation" {
			t.Fatalf("after %d events are told %v", n, events)
		}
		if n%4 == 0 {
			m.restart()
		}
	}
}
