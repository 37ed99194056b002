package backend_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const knownRefused = "Oracle refused this very password"

func TestARefusedPasswordIsKnownAgain(t *testing.T) {
	t.Parallel()
	wrong := map[string]any{"password": "Wrong-Horse-9"}
	tests := map[string]func(*mount) string{
		"another create": func(m *mount) string {
			return m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(wrong))
		},
		"another name": func(m *mount) string {
			return m.refused(400, logical.UpdateOperation, "integrations/other", m.fields(wrong))
		},
		"another case": func(m *mount) string {
			return m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(wrong, map[string]any{"username": strings.ToLower(user)}))
		},
		"another process": func(m *mount) string {
			m.restart()
			return m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(wrong))
		},
		"with a directory": func(m *mount) string {
			return m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(wrong, map[string]any{"directory": "domain"}))
		},
		"the other's names": func(m *mount) string {
			fields := m.fields()
			delete(fields, "password")
			return m.refused(400, logical.UpdateOperation, "integrations/gl", laid(fields, map[string]any{"oracle-financials-password": "Wrong-Horse-9"}))
		},
		"after a delete": func(m *mount) string {
			m.ok(logical.DeleteOperation, "integrations/gl", nil)
			return m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(wrong))
		},
		"within the hour": func(m *mount) string {
			m.later(59 * time.Minute)
			return m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(wrong))
		},
	}
	for name, again := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := watched(t, oraclesim.Switches{}, "")
			m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(wrong))
			text := again(m)
			if !strings.Contains(text, knownRefused) || !strings.Contains(text, "no login was spent") || strings.Contains(text, "Wrong-Horse-9") {
				t.Errorf("it says %q", text)
			}
			if n := len(m.sim.Pod().Logins(user)); n != 1 {
				t.Errorf("%d logins were spent", n)
			}
		})
	}
}

func TestAPatchToARefusedPassword(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.sim.Pod().ResetLogs()
	for range 3 {
		m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Wrong-Horse-9"})
	}
	if n := len(m.sim.Pod().Logins(user)); n != 1 {
		t.Errorf("%d logins were spent", n)
	}
	shows(t, "the stored one", m.read("creds/gl"), map[string]any{"password": password, "credential_version": 1})
	// The one that a check found refused is known, too.
	must(t, m.sim.Pod().SetPassword(user, "Second-Horse-9"))
	m.ok(logical.UpdateOperation, "check/gl", map[string]any{"force": true})
	m.ok(logical.DeleteOperation, "integrations/gl", nil)
	if text := m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields()); !strings.Contains(text, knownRefused) {
		t.Errorf("it says %q", text)
	}
}

func TestWhenARefusedPasswordMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*mount){
		"the window is over": func(m *mount) { m.later(61 * time.Minute) },
		"an accepted login":  func(m *mount) { m.ok(logical.UpdateOperation, "check/gl", map[string]any{"force": true}) },
		"an unlock that the directory shows": func(m *mount) {
			m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": "domain"})
			must(m.t, m.sim.Pod().Lock(user))
			m.is("locked", map[string]any{"state": "locked"})
			must(m.t, m.sim.Pod().Unlock(user))
			m.checks()
		},
	}
	for name, arrange := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := watched(t, oraclesim.Switches{NoAPILockLag: true}, "")
			m.write()
			m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
			arrange(m)
			must(t, m.sim.Pod().SetPassword(user, "Second-Horse-9"))
			m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
			shows(t, name, m.read("status/gl"), map[string]any{"state": "ok", "credential_version": 2, "refused_logins": 0})
		})
	}
}

func TestAWindowLongerThanAnHourIsWaitedFor(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "policies/default", map[string]any{"operator_login_window": "3h"})
	m.write()
	m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
	m.later(2 * time.Hour)
	if text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"}); !strings.Contains(text, knownRefused) {
		t.Errorf("after two of three hours it says %q", text)
	}
}

func TestARefusedPasswordThatIsStoredAllTheSame(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.write()
	m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Wrong-Horse-9"})
	m.sim.Pod().ResetLogs()
	answer := m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Wrong-Horse-9", "verify_connection": false})
	if text := strings.Join(answer.Warnings, " "); !strings.Contains(text, knownRefused) || !strings.Contains(text, "action=release") {
		t.Errorf("it warns %q", text)
	}
	shows(t, "stored", m.read("creds/gl"), map[string]any{"password": "Wrong-Horse-9", "credential_version": 2})
	for range 3 {
		shows(t, "held", m.checks(), map[string]any{"state": "unchecked", "held": true, "refused_logins": 1})
		m.later(10 * time.Minute)
	}
	if n := len(m.sim.Pod().Logins(user)); n != 0 {
		t.Errorf("%d logins tried it by themselves", n)
	}
	// Another one is tried, on the budget of who wrote it.
	must(t, m.sim.Pod().SetPassword(user, "Second-Horse-9"))
	answer = m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9", "verify_connection": false})
	if text := strings.Join(answer.Warnings, " "); strings.Contains(text, knownRefused) {
		t.Errorf("another password is told %q", text)
	}
	shows(t, "another", m.checks(), map[string]any{"state": "ok"})
}

// rejectionsOf are the fingerprints in every account of logins.
func (m *mount) rejectionsOf() []string {
	m.t.Helper()
	var all []string
	for key, text := range m.stored() {
		if !strings.HasPrefix(key, "ledger/") {
			continue
		}
		var entry struct {
			Ledger struct {
				Rejections []struct{ Fingerprint string }
			}
		}
		must(m.t, json.Unmarshal([]byte(text), &entry))
		for _, r := range entry.Ledger.Rejections {
			all = append(all, r.Fingerprint)
		}
	}
	return all
}

func TestFingerprintsShowNothing(t *testing.T) {
	t.Parallel()
	prints := func() (*mount, []string) {
		m := newMount(t, someUsers(2)...)
		for _, name := range []string{"API_0", "API_1"} {
			m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(map[string]any{"username": name, "password": "Wrong-Horse-9"}))
		}
		return m, m.rejectionsOf()
	}
	m, first := prints()
	_, second := prints()
	all := append(first, second...)
	for i, print := range all {
		for _, other := range all[i+1:] {
			if print == other || print == "" {
				t.Errorf("the same password of two users, or on two mounts, shows: %v", all)
			}
		}
	}
	if len(all) != 4 {
		t.Fatalf("%d fingerprints were kept", len(all))
	}
	key := m.stored()["fingerprint_key"]
	if key == "" {
		t.Fatal("there is no key")
	}
	m.write(map[string]any{"username": "API_0", "verify_connection": false})
	for _, path := range []string{"status/gl", "history/gl", "report", "integrations/gl", "creds/gl", "config", "info"} {
		if text := fmt.Sprint(m.read(path)); strings.Contains(text, key) || strings.Contains(text, all[0]) {
			t.Errorf("%s shows the key or a fingerprint: %s", path, text)
		}
	}
	if special := m.backend.SpecialPaths().SealWrapStorage; !strings.Contains(fmt.Sprint(special), "fingerprint_key") || !strings.Contains(fmt.Sprint(special), "directory/") {
		t.Errorf("sealed are %v", special)
	}
}

// keyless is storage that does not give the key of fingerprints.
type keyless struct{ logical.Storage }

func (s keyless) Get(ctx context.Context, key string) (*logical.StorageEntry, error) {
	if key == "fingerprint_key" {
		return nil, errDisk
	}
	return s.Storage.Get(ctx, key)
}

func TestWithoutItsKeyNoLoginIsSpent(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{}, "domain")
	m.sim.Pod().ResetLogs()
	m.storage = keyless{m.storage}
	m.restart()
	m.refused(500, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
	m.refused(500, logical.UpdateOperation, "check/gl", nil)
	m.refused(500, logical.PatchOperation, "directories/domain", map[string]any{"client_secret": "Second-Horse-9"})
	if n := len(m.sim.Pod().Requests()); n != 0 {
		t.Errorf("%d requests were made", n)
	}
	if m.read("creds/gl")["password"] != password {
		t.Error("creds must be served all the same")
	}
}
