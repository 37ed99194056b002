package backend_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"
)

// Going back to a version that does not know the storage must not cost a login or a password: where an entry is of a later
// version, everything that would act on it says so and stops, creds/ is served as long as its own entry can be read, and
// nothing is written over.
func TestStorageOfALaterVersionIsLeftAlone(t *testing.T) {
	t.Parallel()
	for prefix, served := range map[string]bool{"integration/": false, "policy/": true, "config": true, "ledger/": true} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			m := newMount(t)
			m.write()
			m.ok(logical.UpdateOperation, "policies/p", map[string]any{"check_period": "2h"})
			must(t, m.sim.Pod().SetPassword(user, "Somebody-Elses-1"))
			m.ok(logical.UpdateOperation, "check/gl", nil) // refused, so that there is a ledger
			key := m.entryOf(prefix)
			later := m.ofLaterVersion(key)
			m.sim.Pod().ResetLogs()
			m.restart()
			for path, operation := range map[string]logical.Operation{
				"status/gl": logical.ReadOperation, "report": logical.ReadOperation, "check/gl": logical.UpdateOperation, "rotate/gl": logical.UpdateOperation,
			} {
				if text := m.refused(500, operation, path, nil); !strings.Contains(text, "later version of the engine") || !strings.Contains(text, "upgrade the plugin") {
					t.Errorf("%s: %s", path, text)
				}
			}
			if served {
				if creds := m.read("creds/gl"); creds["password"] == "" {
					t.Errorf("creds/ answered %v", creds)
				}
			} else {
				m.refused(500, logical.ReadOperation, "creds/gl", nil)
			}
			if requests := m.sim.Pod().Requests(); len(requests) != 0 {
				t.Errorf("it asked Oracle: %v", requests)
			}
			if now := m.stored()[key]; now != later {
				t.Errorf("the entry is another one now: %s", now)
			}
		})
	}
}

// entryOf is the key of the one entry with a prefix.
func (m *mount) entryOf(prefix string) string {
	m.t.Helper()
	keys := slices.DeleteFunc(slices.Collect(maps.Keys(m.stored())), func(key string) bool { return !strings.HasPrefix(key, prefix) })
	if len(keys) != 1 {
		m.t.Fatalf("storage has of %s the entries %q, want one", prefix, keys)
	}
	return keys[0]
}

// ofLaterVersion marks an entry as written by the next version of the storage, and gives what it is then.
func (m *mount) ofLaterVersion(key string) string {
	m.t.Helper()
	var entry map[string]any
	must(m.t, json.Unmarshal([]byte(m.stored()[key]), &entry))
	if entry["storage_version"] != 1.0 {
		m.t.Fatalf("%s has the storage version %v: docs/upgrade.md and this test speak of 1", key, entry["storage_version"])
	}
	entry["storage_version"] = 2
	text, err := json.Marshal(entry)
	must(m.t, err)
	must(m.t, m.storage.Put(m.t.Context(), &logical.StorageEntry{Key: key, Value: text}))
	return string(text)
}
