package backend_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	adminUser   = "VAULT_ADMIN"
	adminSecret = "Admin-Horse-77"
	clientID    = "0a1b2c"
	clientKey   = "Client-Horse-55"
)

// newGuardedMount is a mount beside a pod with an identity domain and an administrator.
func newGuardedMount(t *testing.T, switches oraclesim.Switches) *mount {
	t.Helper()
	sim, err := oraclesim.Start(oraclesim.Config{
		Switches: switches, Domain: true,
		Users: []oraclesim.User{
			{Name: user, Password: password},
			{Name: adminUser, Password: adminSecret, IdentityAdmin: true},
			{Name: "CFO", Password: "Victim-Horse-1"},
		},
		Clients: []oraclesim.Client{{ID: clientID, Secret: clientKey}},
	})
	must(t, err)
	t.Cleanup(sim.Close)
	m := &mount{t: t, sim: sim, storage: &logical.InmemStorage{}}
	m.restart()
	m.ok(logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "localhost,127.0.0.1"})
	return m
}

func (m *mount) fusion(more map[string]any) map[string]any {
	return laid(map[string]any{
		"type": "fusion", "url": m.sim.URL(), "username": adminUser, "password": adminSecret,
		"allowed_usernames": "API_*", "ca_cert": string(m.sim.CACertPEM()),
	}, more)
}

func (m *mount) domain(more map[string]any) map[string]any {
	return laid(map[string]any{
		"type": "identity_domain", "url": m.sim.DomainURL(), "client_id": clientID, "client_secret": clientKey,
		"allowed_usernames": "API_*", "allowed_server_hosts": "localhost", "ca_cert": string(m.sim.CACertPEM()),
	}, more)
}

func laid(fields, more map[string]any) map[string]any {
	for name, value := range more {
		fields[name] = value
	}
	return fields
}

// kinds are both types of directory.
func (m *mount) kinds() map[string]map[string]any {
	return map[string]map[string]any{"fusion": m.fusion(nil), "identity_domain": m.domain(nil)}
}

func TestADirectoryIsReadWithoutItsSecret(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	for kind, fields := range m.kinds() {
		answer := m.ok(logical.UpdateOperation, "directories/"+kind, fields)
		if answer.Data["state"] != "ok" || len(answer.Warnings) != 0 {
			t.Errorf("%s: the write answered %v %v", kind, answer.Data, answer.Warnings)
		}
		got := maps.Clone(m.read("directories/" + kind))
		if got["last_success_time"] == nil || got["message"] != "Answers." {
			t.Errorf("%s: read %v", kind, got)
		}
		delete(got, "last_success_time")
		delete(got, "message")
		want := map[string]any{
			"type": kind, "url": m.sim.URL(), "username": adminUser, "allowed_usernames": []string{"API_*"},
			"ca_cert": strings.TrimSpace(string(m.sim.CACertPEM())), "timeout": int64(30), "secret_set": true, "state": "ok", "rotation_phase": "idle",
		}
		if kind == "identity_domain" {
			want["url"], want["client_id"], want["allowed_server_hosts"] = m.sim.DomainURL(), clientID, []string{"localhost"}
			delete(want, "username")
		}
		if !cmp.Equal(got, want) {
			t.Errorf("%s: read\n%s", kind, cmp.Diff(want, got))
		}
	}
	if keys := m.ok(logical.ListOperation, "directories/", nil).Data["keys"]; fmt.Sprint(keys) != "[fusion identity_domain]" {
		t.Errorf("listed %v", keys)
	}
	for _, answer := range []any{
		m.read("directories/fusion"), m.read("directories/identity_domain"), m.read("report"), m.ok(logical.ListOperation, "directories/", nil).Data,
	} {
		if text := fmt.Sprint(answer); strings.Contains(text, adminSecret) || strings.Contains(text, clientKey) {
			t.Errorf("a secret is shown: %s", text)
		}
	}
}

func TestADirectoryReadMayBeWrittenBack(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	for kind, fields := range m.kinds() {
		path := "directories/" + kind
		m.ok(logical.UpdateOperation, path, laid(fields, map[string]any{"timeout": "7s", "allowed_usernames": []any{"API_*", "INT_1"}}))
		m.sim.Pod().ResetLogs()
		before := m.read(path)
		for _, operation := range []logical.Operation{logical.UpdateOperation, logical.PatchOperation} {
			m.ok(operation, path, asJSON(t, before))
		}
		if after := m.read(path); !cmp.Equal(before, after) {
			t.Errorf("%s: written back it changed:\n%s", kind, cmp.Diff(before, after))
		}
		if requests := m.sim.Pod().Requests(); len(requests) != 0 {
			t.Errorf("%s: it asked Oracle: %v", kind, requests)
		}
	}
}

func TestADirectoryWriteKeepsWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/d", m.domain(nil))
	for _, operation := range []logical.Operation{logical.UpdateOperation, logical.PatchOperation} {
		m.ok(operation, "directories/d", map[string]any{"timeout": 9})
		m.ok(operation, "directories/d", map[string]any{"allowed_usernames": "INT_*, API_*"})
	}
	got := m.read("directories/d")
	if got["timeout"] != int64(9) || fmt.Sprint(got["allowed_usernames"]) != "[INT_* API_*]" || fmt.Sprint(got["allowed_server_hosts"]) != "[localhost]" || got["state"] != "ok" {
		t.Errorf("read %v", got)
	}
	m.ok(logical.PatchOperation, "directories/d", map[string]any{"timeout": nil, "verify_connection": nil})
	if got := m.read("directories/d")["timeout"]; got != int64(30) {
		t.Errorf("null gave a timeout of %v", got)
	}
	m.restart()
	if after := m.read("directories/d"); after["timeout"] != int64(30) || after["state"] != "ok" || after["client_id"] != clientID {
		t.Errorf("after a restart read %v", after)
	}
}

func TestDirectoryNames(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	if text := m.refused(404, logical.ReadOperation, "directories/no", nil); !strings.Contains(text, `no directory is named "no"`) {
		t.Errorf("an unknown name is told %q", text)
	}
	m.refused(404, logical.PatchOperation, "directories/no", map[string]any{"timeout": 5})
	m.ok(logical.DeleteOperation, "directories/no", nil)
	for path, want := range map[string]bool{"directories/d": true, "directories/no": false} {
		if want {
			m.ok(logical.UpdateOperation, path, m.fusion(nil))
		}
		req := &logical.Request{Operation: logical.UpdateOperation, Path: path, Storage: m.storage, Data: map[string]any{"password": []any{canary}}}
		if found, exists, err := m.backend.HandleExistenceCheck(t.Context(), req); err != nil || !found || exists != want {
			t.Errorf("the existence check of %s says %v %v %v", path, found, exists, err)
		}
	}
}

func TestADirectoryInUseIsNotDeleted(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/d", m.fusion(nil))
	m.write(map[string]any{"directory": "d"})
	if text := m.refused(400, logical.DeleteOperation, "directories/d", nil); !strings.Contains(text, "used by gl") {
		t.Errorf("it says %q", text)
	}
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": nil})
	m.ok(logical.DeleteOperation, "directories/d", nil)
	m.refused(404, logical.ReadOperation, "directories/d", nil)
	for key := range m.stored() {
		if strings.HasPrefix(key, "directory/") || strings.HasPrefix(key, "health/") {
			t.Errorf("left in storage: %s", key)
		}
	}
	m.restart()
	if keys := m.ok(logical.ListOperation, "directories/", nil).Data["keys"]; keys != nil {
		t.Errorf("listed %v", keys)
	}
}

func TestADirectoryThatCannotBeReadCanBeDeleted(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/good", m.domain(nil))
	m.ok(logical.UpdateOperation, "directories/bad", m.fusion(nil))
	m.write(map[string]any{"directory": "good"})
	m.spoil("directory/bad")
	m.spoil("health/good")
	if got := m.read("directories/good"); got["state"] != "unchecked" {
		t.Errorf("with a spoilt note of its health the other one reads %v", got)
	}
	m.refused(404, logical.ReadOperation, "directories/bad", nil)
	if text := m.refused(500, logical.UpdateOperation, "directories/bad", m.fusion(nil)); !strings.Contains(text, "delete the name") {
		t.Errorf("a write says %q", text)
	}
	m.ok(logical.DeleteOperation, "directories/bad", nil)
	m.ok(logical.UpdateOperation, "directories/bad", m.fusion(nil))
	m.ok(logical.UpdateOperation, "check/gl", nil)
	if got := m.read("directories/good"); got["state"] != "ok" {
		t.Errorf("after a check it reads %v", got)
	}
}
