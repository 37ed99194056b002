package backend_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// lying is storage whose n-th write or delete fails, or is made and said to have failed.
type lying struct {
	logical.Storage
	mu     sync.Mutex
	left   int
	lies   bool
	broken bool
}

func (s *lying) change(operation func() error) error {
	s.mu.Lock()
	s.left--
	fails := s.left == 0
	s.broken = s.broken || fails
	s.mu.Unlock()
	if fails && !s.lies {
		return errDisk
	}
	if err := operation(); err != nil || !fails {
		return err
	}
	return errLate
}

func (s *lying) Put(ctx context.Context, entry *logical.StorageEntry) error {
	return s.change(func() error { return s.Storage.Put(ctx, entry) })
}

func (s *lying) Delete(ctx context.Context, key string) error {
	return s.change(func() error { return s.Storage.Delete(ctx, key) })
}

// agrees: what memory shows of directories and integrations, and what a new process shows of the same
// storage: they must be one.
func (m *mount) agrees(what string) {
	m.t.Helper()
	shown := func() map[string]string {
		all := map[string]string{}
		for noun, list := range map[string]string{"directories/": "directories/", "integrations/": "integrations/", "status/": "integrations/"} {
			keys, _ := m.ok(logical.ListOperation, list, nil).Data["keys"].([]string)
			all[noun] = fmt.Sprint(keys)
			for _, name := range keys {
				read := map[string]any{}
				for field, value := range m.read(noun + name) {
					read[field] = value
				}
				for _, ofTheProcess := range []string{"usage", "last_success_time"} {
					delete(read, ofTheProcess)
				}
				all[noun+name] = fmt.Sprint(read)
			}
		}
		return all
	}
	before := shown()
	m.restart()
	if after := shown(); !cmp.Equal(before, after) {
		m.t.Errorf("%s: memory and storage differ:\n%s", what, cmp.Diff(before, after))
	}
}

// What is written while storage fails at its n-th write, which is made or not, changes nothing when it says
// so, or is there as a whole; and memory shows what storage holds.
func TestWritesWhoseStorageLies(t *testing.T) {
	t.Parallel()
	second := "Second-Horse-9"
	tests := map[string]struct {
		arrange func(*mount)
		what    func(*mount) (*logical.Response, error)
		made    func(*mount) bool
	}{
		"a directory is created": {
			func(*mount) {},
			func(m *mount) (*logical.Response, error) {
				return m.do(logical.UpdateOperation, "directories/new", m.fusion(nil))
			},
			func(m *mount) bool { return strings.Contains(m.listed("directories/"), "new") },
		},
		"a directory is changed": {
			func(m *mount) { must(m.t, m.sim.Pod().SetPassword(adminUser, second)) },
			func(m *mount) (*logical.Response, error) {
				return m.do(logical.PatchOperation, "directories/fusion", map[string]any{"password": second, "timeout": 7})
			},
			func(m *mount) bool { return m.read("directories/fusion")["timeout"] == int64(7) },
		},
		"a directory is changed unproved": {
			func(*mount) {},
			func(m *mount) (*logical.Response, error) {
				return m.do(logical.PatchOperation, "directories/fusion", map[string]any{"password": second, "timeout": 7, "verify_connection": false})
			},
			func(m *mount) bool { return m.read("directories/fusion")["timeout"] == int64(7) },
		},
		"a directory is deleted": {
			func(m *mount) { m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": nil}) },
			func(m *mount) (*logical.Response, error) {
				return m.do(logical.DeleteOperation, "directories/domain", nil)
			},
			func(m *mount) bool { return !strings.Contains(m.listed("directories/"), "domain") },
		},
		"an integration is given a directory": {
			func(*mount) {},
			func(m *mount) (*logical.Response, error) {
				return m.do(logical.PatchOperation, "integrations/gl", map[string]any{"directory": "fusion"})
			},
			func(m *mount) bool { return m.read("integrations/gl")["directory"] == "fusion" },
		},
		"an integration is given a password": {
			func(m *mount) { must(m.t, m.sim.Pod().SetPassword(user, second)) },
			func(m *mount) (*logical.Response, error) {
				return m.do(logical.PatchOperation, "integrations/gl", map[string]any{"password": second})
			},
			func(m *mount) bool { return m.read("creds/gl")["password"] == second },
		},
		"an integration is deleted": {
			func(*mount) {},
			func(m *mount) (*logical.Response, error) {
				return m.do(logical.DeleteOperation, "integrations/gl", nil)
			},
			func(m *mount) bool { return !strings.Contains(m.listed("integrations/"), "gl") },
		},
		"a check sees a lock": {
			func(m *mount) { must(m.t, m.sim.Pod().Lock(user)) },
			func(m *mount) (*logical.Response, error) { return m.do(logical.UpdateOperation, "check/gl", nil) },
			func(m *mount) bool { return m.read("status/gl")["state"] != "ok" },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			points := 0
			for n := 1; ; n++ {
				reached := false
				for _, lies := range []bool{false, true} {
					m := watched(t, oraclesim.Switches{}, "domain")
					tt.arrange(m)
					disk := &lying{Storage: m.storage, left: n, lies: lies}
					m.storage = disk
					m.restart()
					m.ok(logical.ListOperation, "integrations/", nil) // loaded
					answer, err := tt.what(m)
					if !disk.broken {
						continue
					}
					reached = true
					points++
					point := fmt.Sprintf("write %d, made %v", n, lies)
					refused := err != nil || answer.IsError()
					m.agrees(point)
					if !refused && !tt.made(m) {
						t.Errorf("%s: it said that it was done: %v", point, answer)
					}
					if refused && !lies && name != "a directory is deleted" && name != "an integration is deleted" && !strings.HasPrefix(name, "a check") && tt.made(m) {
						t.Errorf("%s: it said that it failed (%v), and was made", point, err)
					}
					for path, secret := range map[string]string{"integrations/gl": password, "directories/domain": clientKey} {
						if err != nil && strings.Contains(err.Error(), secret) {
							t.Errorf("%s: the error holds the secret of %s: %v", point, path, err)
						}
					}
				}
				if !reached {
					break
				}
			}
			if points == 0 {
				t.Error("no point of failure was met")
			}
		})
	}
}

// listed are the names at a path.
func (m *mount) listed(path string) string {
	m.t.Helper()
	return fmt.Sprint(m.ok(logical.ListOperation, path, nil).Data["keys"])
}

func TestADirectoryDeleteThatFailsCanBeRepeated(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 2; n++ {
		m := watched(t, oraclesim.Switches{}, "")
		healthy := m.storage
		m.storage = &failing{Storage: healthy, left: n}
		m.restart()
		m.refused(500, logical.DeleteOperation, "directories/domain", nil)
		m.ok(logical.DeleteOperation, "directories/domain", nil)
		m.storage = healthy
		m.restart()
		for key := range m.stored() {
			if strings.HasSuffix(key, "/domain") {
				t.Errorf("left in storage: %s", key)
			}
		}
	}
}

func TestADirectoryWhoseHealthCannotBeStored(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	disk := &wavering{Storage: m.storage}
	m.storage = disk
	m.restart()
	disk.decide(lose("health/"))
	answer := m.ok(logical.UpdateOperation, "directories/d", m.domain(nil))
	if text := strings.Join(answer.Warnings, " "); answer.Data["state"] != "unchecked" || !strings.Contains(text, "but not how it answered") {
		t.Errorf("it answered %v %q", answer.Data, text)
	}
	m.write(map[string]any{"directory": "d"})
	shows(t, "its user", m.checks(), map[string]any{"state": "ok"})
	m.agrees("while its health cannot be stored")
	disk.decide(nil)
	m.checks()
	shows(t, "stored", m.read("directories/d"), map[string]any{"state": "ok"})
}
