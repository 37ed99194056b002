package backend_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// settled is what is stored but for the accounts of logins, which remember what Oracle counted.
func (m *mount) settled() map[string]string {
	m.t.Helper()
	all := m.stored()
	maps.DeleteFunc(all, func(key, _ string) bool { return strings.HasPrefix(key, "ledger/") })
	return all
}

// requests counts those that reached the pod or the domain.
func (m *mount) requests(fits func(oraclesim.Request) bool) int {
	n := 0
	for _, request := range m.sim.Pod().Requests() {
		if fits(request) {
			n++
		}
	}
	return n
}

func lookUps(r oraclesim.Request) bool {
	return strings.HasSuffix(r.Path, "/Users") || strings.HasSuffix(r.Path, "/token")
}

func TestADirectoryIsProvedBeforeItIsStored(t *testing.T) {
	t.Parallel()
	pod := func(do func(*oraclesim.Pod) error) func(*mount) {
		return func(m *mount) { must(m.t, do(m.sim.Pod())) }
	}
	tests := map[string]struct {
		kind    string
		arrange func(*mount)
		send    map[string]any
		says    []string
		again   string // what the same secret is told for another directory, at once
	}{
		"a wrong password": {"fusion", nil, map[string]any{"password": "Wrong-Horse-9"}, []string{"username and password were refused (HTTP 401)", "five", "look at it in Oracle"}, "this very secret was refused"},
		"a wrong secret":   {"identity_domain", nil, map[string]any{"client_secret": "Wrong-Horse-9"}, []string{"client_id and client_secret were refused (HTTP 401)"}, "this very secret was refused"},
		"a locked user":    {"fusion", pod(func(p *oraclesim.Pod) error { return p.Lock(adminUser) }), nil, []string{"were refused (HTTP 401)"}, ""},
		"a user without the privilege": {"fusion", pod(func(p *oraclesim.Pod) error { return p.SetIdentityAdmin(adminUser, false) }), nil, []string{
			"the login works", "Use REST Service - Identity Integration", "ASE_REST_SERVICE_ACCESS_IDENTITY_INTEGRATION_PRIV",
		}, ""},
		"a client without the right": {"identity_domain", pod(func(p *oraclesim.Pod) error {
			must(t, p.RemoveClient(clientID))
			return p.AddClient(oraclesim.Client{ID: clientID, Secret: clientKey, Rights: []oraclesim.Right{}})
		}), nil, []string{"the client may not look users up", "User Administrator"}, ""},
		"a pod that is down":    {"fusion", pod(func(p *oraclesim.Pod) error { return p.SetDown(true) }), nil, []string{"cannot be reached", "verify_connection=false"}, ""},
		"a domain that is down": {"identity_domain", pod(func(p *oraclesim.Pod) error { return p.SetDomainDown(true) }), nil, []string{"cannot be reached", "verify_connection=false"}, ""},
		"a sign-on page":        {"fusion", pod(func(p *oraclesim.Pod) error { return p.Inject(ssoPage) }), nil, []string{"not Oracle's REST API"}, ""},
		"a page for a token": {"identity_domain", pod(func(p *oraclesim.Pod) error {
			return p.Inject(oraclesim.Fault{Kind: oraclesim.FaultSSOPage, Domain: true, Path: "/oauth2"})
		}), nil, []string{"nothing was stored"}, ""},
		"a page for a user": {"identity_domain", pod(func(p *oraclesim.Pod) error {
			return p.Inject(oraclesim.Fault{Kind: oraclesim.FaultSSOPage, Domain: true, Path: "/admin"})
		}), nil, []string{"nothing was stored"}, ""},
		"an unknown authority of the pod":    {"fusion", nil, map[string]any{"ca_cert": ""}, []string{"failed TLS", "check url, ca_cert"}, ""},
		"an unknown authority of the domain": {"identity_domain", nil, map[string]any{"ca_cert": ""}, []string{"failed TLS", "check url, ca_cert"}, ""},
		"a pod that breaks off":              {"fusion", pod(func(p *oraclesim.Pod) error { return p.Inject(oraclesim.Fault{Kind: oraclesim.FaultReset}) }), nil, []string{"cannot be reached"}, "may still be under way"},
		"unavailable":                        {"fusion", pod(func(p *oraclesim.Pod) error { return p.Inject(unavailable) }), nil, []string{"HTTP 503"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newGuardedMount(t, oraclesim.Switches{})
			m.ok(logical.UpdateOperation, "directories/old", m.kinds()[tt.kind])
			m.restart()
			before := m.settled()
			if tt.arrange != nil {
				tt.arrange(m)
			}
			for _, path := range []string{"directories/old", "directories/new"} {
				text := m.refused(400, logical.UpdateOperation, path, laid(m.kinds()[tt.kind], tt.send))
				says := tt.says
				if path == "directories/new" && tt.again != "" {
					says = []string{"no login was spent", tt.again}
				}
				for _, part := range append([]string{"nothing was stored"}, says...) {
					if !strings.Contains(text, part) {
						t.Errorf("%s: it says %q, without %q", path, text, part)
					}
				}
				if strings.Contains(text, "Wrong-Horse-9") || strings.Contains(text, adminSecret) || strings.Contains(text, clientKey) {
					t.Errorf("%s: it repeats the secret: %q", path, text)
				}
			}
			m.refused(404, logical.ReadOperation, "directories/new", nil)
			if after := m.settled(); !cmp.Equal(before, after) {
				t.Errorf("storage changed:\n%s", cmp.Diff(before, after))
			}
		})
	}
}

func TestADirectoryStoredWithoutALogin(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	for kind, fields := range m.kinds() {
		m.sim.Pod().ResetLogs()
		answer := m.ok(logical.UpdateOperation, "directories/"+kind, laid(fields, map[string]any{"verify_connection": false}))
		if answer.Data["state"] != "unchecked" || !strings.Contains(strings.Join(answer.Warnings, " "), "stored without a login") {
			t.Errorf("%s: the write answered %v %v", kind, answer.Data, answer.Warnings)
		}
		if n := len(m.sim.Pod().Requests()); n != 0 {
			t.Errorf("%s: it made %d requests", kind, n)
		}
		m.write(map[string]any{"directory": kind})
		m.ok(logical.UpdateOperation, "check/gl", nil)
		if got := m.read("directories/" + kind); got["state"] != "ok" {
			t.Errorf("%s: after a check it reads %v", kind, got)
		}
		// The same secret again, and nobody wants it proved: nothing is known worse than before.
		m.sim.Pod().ResetLogs()
		m.ok(logical.UpdateOperation, "directories/"+kind, laid(fields, map[string]any{"verify_connection": false}))
		if got := m.read("directories/" + kind); got["state"] != "ok" || len(m.sim.Pod().Requests()) != 0 {
			t.Errorf("%s: after %d requests it reads %v", kind, len(m.sim.Pod().Requests()), got)
		}
	}
}

func TestADirectoryOfEveryUserWarns(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	for pattern, warns := range map[string]bool{"*": true, "API_*,**": true, "API_*": false, "*A*": false} {
		answer := m.ok(logical.UpdateOperation, "directories/d", m.domain(map[string]any{"allowed_usernames": pattern}))
		if got := strings.Contains(strings.Join(answer.Warnings, " "), "permits every user"); got != warns {
			t.Errorf("%s: it warns %v", pattern, answer.Warnings)
		}
	}
}

func TestADirectoryIsHeldLikeAnyUser(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.write()
	for kind, secret := range map[string]string{"fusion": "password", "identity_domain": "client_secret"} {
		path := "directories/" + kind
		m.ok(logical.UpdateOperation, path, m.kinds()[kind])
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": kind})
		for _, wrong := range []string{"Wrong-Horse-1", "Wrong-Horse-2"} {
			m.refused(400, logical.PatchOperation, path, map[string]any{secret: wrong})
		}
		m.sim.Pod().ResetLogs()
		for _, fields := range []map[string]any{{secret: "Wrong-Horse-3"}, m.kinds()[kind]} {
			text := m.refused(400, logical.UpdateOperation, path, fields)
			if !strings.Contains(text, "no login was spent") || !strings.Contains(text, "operator_login_budget is spent") {
				t.Errorf("%s: it says %q", kind, text)
			}
		}
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": nil})
		m.ok(logical.DeleteOperation, path, nil)
		m.restart()
		if text := m.refused(400, logical.UpdateOperation, path, m.kinds()[kind]); !strings.Contains(text, "operator_login_budget is spent") {
			t.Errorf("%s: after a delete it says %q", kind, text)
		}
		if n := m.requests(lookUps); n != 0 {
			t.Errorf("%s: beyond the budget %d requests were made", kind, n)
		}
	}
}

func TestTheRightSecretLiftsTheHold(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	for kind, secret := range map[string]string{"fusion": "password", "identity_domain": "client_secret"} {
		path := "directories/" + kind
		m.ok(logical.UpdateOperation, path, m.kinds()[kind])
		m.refused(400, logical.PatchOperation, path, map[string]any{secret: "Wrong-Horse-9"})
		held := m.read(path)
		if held["state"] != "held" || held["held_since"] == nil || !strings.Contains(held["message"].(string), "write the right secret") {
			t.Errorf("%s: held it reads %v", kind, held)
		}
		// It is the one that is stored.
		if answer := m.ok(logical.PatchOperation, path, map[string]any{secret: m.kinds()[kind][secret]}); answer.Data["state"] != "ok" {
			t.Errorf("%s: the write answered %v", kind, answer.Data)
		}
		if lifted := m.read(path); lifted["state"] != "ok" || lifted["held_since"] != nil {
			t.Errorf("%s: lifted it reads %v", kind, lifted)
		}
	}
}
