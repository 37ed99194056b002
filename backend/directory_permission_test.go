package backend_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func TestWhomADirectoryServes(t *testing.T) {
	t.Parallel()
	elsewhere := func(m *mount) map[string]any {
		return map[string]any{"server_url": strings.Replace(m.sim.URL(), "localhost", "127.0.0.1", 1)}
	}
	sends := func(fields map[string]any) func(*mount) map[string]any {
		return func(*mount) map[string]any { return fields }
	}
	tests := map[string]struct {
		directory map[string]any
		send      func(*mount) map[string]any
		says      string // empty: it is served
	}{
		"a user by a glob":           {nil, sends(nil), ""},
		"a user by another case":     {map[string]any{"allowed_usernames": "api_gl"}, sends(nil), ""},
		"a user of another case":     {nil, sends(map[string]any{"username": "api_gl"}), ""},
		"a user not named":           {nil, sends(map[string]any{"username": "CFO", "password": "Victim-Horse-1"}), "allowed_usernames does not permit this user"},
		"a glob anchored at the end": {map[string]any{"allowed_usernames": "API"}, sends(nil), "allowed_usernames does not permit this user"},
		"a glob of a part":           {map[string]any{"allowed_usernames": "PI_*"}, sends(nil), "allowed_usernames does not permit this user"},
		"its own user":               {map[string]any{"allowed_usernames": "*"}, sends(map[string]any{"username": adminUser, "password": adminSecret}), "own user"},
		"its own user, another case": {map[string]any{"allowed_usernames": adminUser}, sends(map[string]any{"username": strings.ToLower(adminUser), "password": adminSecret}), "own user"},
		"another host":               {nil, elsewhere, "does not serve this host"},
		"no such directory":          {nil, sends(map[string]any{"directory": canary}), "the directory does not exist"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newGuardedMount(t, oraclesim.Switches{})
			for kind, fields := range m.kinds() {
				if strings.Contains(tt.says, "own user") && kind == "identity_domain" {
					continue // its client is no user
				}
				m.ok(logical.UpdateOperation, "directories/d-"+kind, laid(fields, tt.directory))
				before := m.stored()
				m.sim.Pod().ResetLogs()
				send := laid(m.fields(map[string]any{"directory": "d-" + kind}), tt.send(m))
				if tt.says == "" {
					m.ok(logical.UpdateOperation, "integrations/gl", send)
					shows(t, kind, m.read("status/gl"), map[string]any{"state": "ok"})
					if m.read("status/gl")["directory_view"] == nil || m.read("integrations/gl")["directory"] != "d-"+kind {
						t.Errorf("%s: it was not asked", kind)
					}
					m.ok(logical.DeleteOperation, "integrations/gl", nil)
					continue
				}
				for _, more := range []map[string]any{nil, {"verify_connection": false}} {
					text := m.refused(400, logical.UpdateOperation, "integrations/gl", laid(send, more))
					if !strings.Contains(text, tt.says) || strings.Contains(text, canary) {
						t.Errorf("%s: it says %q, not %q", kind, text, tt.says)
					}
				}
				if after := m.stored(); !cmp.Equal(before, after) || len(m.sim.Pod().Requests()) != 0 {
					t.Errorf("%s: after %d requests storage changed:\n%s", kind, len(m.sim.Pod().Requests()), cmp.Diff(before, after))
				}
			}
		})
	}
}

func TestADirectoryIsTakenOffAnIntegration(t *testing.T) {
	t.Parallel()
	for name, empty := range map[string]any{"null": nil, "empty": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newGuardedMount(t, oraclesim.Switches{})
			m.ok(logical.UpdateOperation, "directories/d", m.domain(nil))
			m.write(map[string]any{"directory": "d"})
			must(t, m.sim.Pod().Lock(user))
			shows(t, "locked", m.checks(), map[string]any{"state": "locked"})
			m.sim.Pod().ResetLogs()
			m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": empty})
			status := m.read("status/gl")
			shows(t, "without it", status, map[string]any{"state": "unchecked", "directory_view": nil, "attempts_left": nil, "foreign_failed_logins": nil, "password_set_source": "assumed"})
			if source := status["rules"].(map[string]any)["source"]; source != "policy" || m.read("integrations/gl")["directory"] != nil {
				t.Errorf("the rules come from %v", source)
			}
			if n := len(m.sim.Pod().Requests()); n != 0 {
				t.Errorf("taking it off made %d requests", n)
			}
		})
	}
}

func TestOthersFailuresAreTheDirectorysWord(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/domain", m.domain(nil))
	m.ok(logical.UpdateOperation, "directories/fusion", m.fusion(nil))
	m.write(map[string]any{"directory": "domain"})
	for _, next := range []any{"fusion", nil} {
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": "domain"})
		m.refusedLogins(user, 2)
		shows(t, "over the domain", m.checks(), map[string]any{"state": "ok", "severity": "warning", "foreign_failed_logins": 2})
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": next})
		shows(t, "without it", m.read("status/gl"), map[string]any{"state": "ok", "severity": "ok", "reason": "logged_in", "foreign_failed_logins": nil})
	}
}

func TestAPermissionThatWasWithdrawn(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"fusion", "identity_domain"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := newGuardedMount(t, oraclesim.Switches{})
			m.ok(logical.UpdateOperation, "directories/d", m.kinds()[kind])
			m.write(map[string]any{"directory": "d"})
			answer := m.ok(logical.PatchOperation, "directories/d", map[string]any{"allowed_usernames": "INT_*"})
			if text := strings.Join(answer.Warnings, " "); !strings.Contains(text, "no longer serves gl") {
				t.Errorf("the write warns %q", text)
			}
			observed := m.read("status/gl")["directory_view"]
			must(t, m.sim.Pod().Disable(user))
			m.sim.Pod().ResetLogs()
			status := m.checks()
			if n := m.requests(lookUps); n != 0 {
				t.Errorf("%d look-ups of a user who is not permitted", n)
			}
			shows(t, "a refused login", status, map[string]any{"state": "rejected", "reason": "login_refused", "confidence": "confirmed"})
			if text := status["message"].(string); !strings.Contains(text, "The directory d is not asked: the directory's allowed_usernames does not permit this user") {
				t.Errorf("the message is %q", text)
			}
			if view := status["directory_view"]; view != nil && !cmp.Equal(view, observed) {
				t.Errorf("the directory was not asked and status shows %v", view)
			}
			if text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 5}); !strings.Contains(text, "allowed_usernames does not permit this user") {
				t.Errorf("a write says %q", text)
			}
			m.ok(logical.PatchOperation, "directories/d", map[string]any{"allowed_usernames": "API_*"})
			shows(t, "permitted again", m.checks(), map[string]any{"state": "disabled", "reason": "inactive"})
		})
	}
}

func TestWhatAnotherDirectorySaidIsNoWord(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/domain", m.domain(nil))
	m.ok(logical.UpdateOperation, "directories/fusion", m.fusion(nil))
	m.write(map[string]any{"directory": "domain"})
	must(t, m.sim.Pod().Lock(user))
	shows(t, "over the domain", m.checks(), map[string]any{"state": "locked"})
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": "fusion"})
	shows(t, "switched", m.read("status/gl"), map[string]any{"state": "unchecked", "directory_view": nil, "attempts_left": nil})
	status := m.checks()
	shows(t, "over fusion", status, map[string]any{"state": "rejected", "reason": "login_refused", "attempts_left": nil})
	if view := status["directory_view"].(map[string]any); view["locked"] != nil || view["active"] != true {
		t.Errorf("fusion is reported to have said %v", view)
	}
	must(t, m.sim.Pod().Unlock(user))
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": "domain"})
	if status := m.checks(); status["state"] == "locked" || status["directory_view"].(map[string]any)["locked"] != false {
		t.Errorf("back at the domain status answered %v", status)
	}
}

// A directory of the same name that is another one, as after storage was restored, is not taken for it.
func TestTheWordOfADirectorysNamesakeIsNone(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/d", m.domain(nil))
	m.write(map[string]any{"directory": "d"})
	must(t, m.sim.Pod().Lock(user))
	shows(t, "before", m.checks(), map[string]any{"state": "locked"})
	renamed := regexp.MustCompile(`"id":"[^"]*"`).ReplaceAllString(m.stored()["directory/d"], `"id":"another"`)
	must(t, m.storage.Put(t.Context(), &logical.StorageEntry{Key: "directory/d", Value: []byte(renamed)}))
	m.restart()
	shows(t, "its namesake", m.read("status/gl"), map[string]any{"state": "unchecked", "directory_view": nil})
	shows(t, "its namesake's health", m.read("directories/d"), map[string]any{"state": "unchecked", "last_success_time": nil})
	shows(t, "asked", m.checks(), map[string]any{"state": "locked"})
}

func TestAChangedDirectoryServesItsUsersAnew(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/d", m.domain(nil))
	for i := range 12 {
		name := fmt.Sprintf("API_%d", i)
		must(t, m.sim.Pod().AddUser(oraclesim.User{Name: name, Password: password}))
		m.ok(logical.UpdateOperation, fmt.Sprintf("integrations/i%02d", i), m.fields(map[string]any{"username": name, "directory": "d", "verify_connection": false}))
	}
	revision := m.read("report")["revision"]
	answer := m.ok(logical.PatchOperation, "directories/d", map[string]any{"allowed_server_hosts": "elsewhere.oraclecloud.com"})
	if text := strings.Join(answer.Warnings, " "); !strings.Contains(text, "i00, i01") || !strings.Contains(text, "and 2 more") {
		t.Errorf("the write warns %q", text)
	}
	if n := len(m.readSince(revision)["integrations"].([]any)); n != 12 {
		t.Errorf("report names %d integrations as changed", n)
	}
}
