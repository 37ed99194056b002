package backend_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// dying is storage of a process that dies at its n-th operation: from then on nothing works. The n-th
// itself is made or not.
type dying struct {
	logical.Storage
	mu   sync.Mutex
	left int
	made bool
	dead bool
}

func (s *dying) step() (works, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left--
	switch {
	case s.left > 0:
		return true, false
	case s.left == 0:
		s.dead = true
		return s.made, true
	}
	return false, false
}

func (s *dying) do(operation func() error) error {
	works, last := s.step()
	if !works {
		return errDisk
	}
	if err := operation(); err != nil || !last {
		return err
	}
	return errDisk
}

func (s *dying) Get(ctx context.Context, key string) (entry *logical.StorageEntry, err error) {
	err = s.do(func() (err error) {
		entry, err = s.Storage.Get(ctx, key)
		return err
	})
	if err != nil {
		entry = nil
	}
	return entry, err
}

func (s *dying) List(ctx context.Context, prefix string) (keys []string, err error) {
	err = s.do(func() (err error) {
		keys, err = s.Storage.List(ctx, prefix)
		return err
	})
	return keys, err
}

func (s *dying) Put(ctx context.Context, entry *logical.StorageEntry) error {
	return s.do(func() error { return s.Storage.Put(ctx, entry) })
}

func (s *dying) Delete(ctx context.Context, key string) error {
	return s.do(func() error { return s.Storage.Delete(ctx, key) })
}

// dies runs what at every operation of storage at which its process can die, and hands the mount of the next
// process to after.
func dies(t *testing.T, arrange func(*mount), what func(*mount), after func(m *mount, point string)) {
	t.Helper()
	t.Parallel()
	points := 0
	for n := 1; ; n++ {
		reached := false
		for _, made := range []bool{false, true} {
			m := watched(t, oraclesim.Switches{}, "")
			arrange(m)
			disk := &dying{Storage: m.storage, left: n, made: made}
			m.storage = disk
			m.restart()
			what(m)
			m.storage = disk.Storage
			m.sim.Pod().ResetLogs()
			if !disk.dead {
				continue
			}
			reached = true
			points++
			m.later(10 * time.Minute) // a login whose answer nobody stored can no longer arrive
			after(m, fmt.Sprintf("at operation %d, made %v", n, made))
		}
		if !reached {
			break
		}
	}
	if points < 10 {
		t.Errorf("only %d points were tried", points)
	}
}

func TestHistoryOutlivesItsProcess(t *testing.T) {
	refuse := func(m *mount) { must(m.t, m.sim.Pod().SetPassword(user, "Second-Horse-9")) }
	tests := map[string]struct {
		arrange func(*mount)
		what    func(*mount) (*logical.Response, error)
	}{
		"a check that is refused": {refuse, func(m *mount) (*logical.Response, error) { return m.do(logical.UpdateOperation, "check/gl", nil) }},
		"a check that sees a lock": {
			func(m *mount) {
				m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": "domain"})
				must(m.t, m.sim.Pod().Lock(user))
			},
			func(m *mount) (*logical.Response, error) { return m.do(logical.UpdateOperation, "check/gl", nil) },
		},
		"a release": {
			func(m *mount) { refuse(m); m.checks(); must(m.t, m.sim.Pod().SetPassword(user, password)) },
			func(m *mount) (*logical.Response, error) {
				return m.do(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"})
			},
		},
		"a new password": {refuse, func(m *mount) (*logical.Response, error) {
			return m.do(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
		}},
		"a password unproved": {refuse, func(m *mount) (*logical.Response, error) {
			return m.do(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9", "verify_connection": false})
		}},
		"another timeout": {func(*mount) {}, func(m *mount) (*logical.Response, error) {
			return m.do(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 7})
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var acknowledged bool
			dies(t, func(m *mount) {
				m.write()
				tt.arrange(m)
			}, func(m *mount) {
				answer, err := tt.what(m)
				acknowledged = err == nil && !answer.IsError() && len(answer.Warnings) == 0
			}, func(m *mount, point string) {
				before := m.read("status/gl")
				if acknowledged && strings.HasPrefix(name, "a") && before["event_seq"].(int64) < 2 {
					m.t.Errorf("%s: what was acknowledged is not counted: %v", point, before)
				}
				m.checks()
				m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 8})
				m.told(point)
				if after := m.read("status/gl"); after["event_seq"].(int64) <= before["event_seq"].(int64) {
					m.t.Errorf("%s: the count went from %v to %v", point, before["event_seq"], after["event_seq"])
				}
			})
		})
	}
}

func TestACreateThatDies(t *testing.T) {
	dies(t, func(*mount) {}, func(m *mount) {
		req := &logical.Request{Operation: logical.CreateOperation, Path: "integrations/gl", Data: m.fields(), Storage: m.storage}
		_, _ = m.backend.HandleRequest(m.t.Context(), req)
	}, func(m *mount, point string) {
		if _, err := m.do(logical.ReadOperation, "integrations/gl", nil); err != nil {
			m.write()
		}
		m.checks()
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 8})
		m.told(point)
		shows(m.t, point, m.read("status/gl"), map[string]any{"state": "ok", "refused_logins": 0})
	})
}
