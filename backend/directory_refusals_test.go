package backend_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// Each row is laid over a directory that would be accepted, and must change nothing, ask nobody, and say
// what to do without repeating a value. A row without a kind holds for both.
var directoryRefusals = map[string]struct {
	kind string
	data map[string]any
	says string
}{
	"an unknown type":                {"", map[string]any{"type": canary}, "type must be fusion or identity_domain"},
	"an empty type":                  {"", map[string]any{"type": ""}, "type is required"},
	"a type as a list":               {"", map[string]any{"type": []any{canary}}, "type must be a string"},
	"http":                           {"", map[string]any{"url": "http://pod.oraclecloud.com"}, "url must begin with https://"},
	"a path in the url":              {"", map[string]any{"url": "https://pod.oraclecloud.com/" + canary}, "takes the host only"},
	"a query in the url":             {"", map[string]any{"url": "https://pod.oraclecloud.com?" + canary}, "takes the host only"},
	"a login in the url":             {"", map[string]any{"url": "https://u:" + canary + "@pod.oraclecloud.com"}, "takes the host only"},
	"an empty url":                   {"", map[string]any{"url": ""}, "url"},
	"a url as an object":             {"", map[string]any{"url": map[string]any{canary: canary}}, "url must be a string"},
	"a host that is not allowed":     {"", map[string]any{"url": "https://canary.example"}, "not permitted by allowed_hosts"},
	"no users":                       {"", map[string]any{"allowed_usernames": ""}, "allowed_usernames is required"},
	"an empty list of users":         {"", map[string]any{"allowed_usernames": []any{}}, "allowed_usernames is required"},
	"an empty user":                  {"", map[string]any{"allowed_usernames": []any{""}}, "must not hold an empty pattern"},
	"a user with a space around":     {"", map[string]any{"allowed_usernames": []any{" " + canary}}, "allowed_usernames must be user names"},
	"a user with a line break":       {"", map[string]any{"allowed_usernames": []any{canary + "\n"}}, "allowed_usernames must be user names"},
	"a user too long":                {"", map[string]any{"allowed_usernames": []any{strings.Repeat("a", 257)}}, "at most 256"},
	"a user nobody can ask for":      {"", map[string]any{"allowed_usernames": []any{`O"` + canary}}, "quotation mark"},
	"a user with a backslash":        {"", map[string]any{"allowed_usernames": []any{`O\` + canary}}, "backslash"},
	"too many users":                 {"", map[string]any{"allowed_usernames": strings.Repeat("A*,", 101)}, "at most 100 patterns"},
	"users as numbers":               {"", map[string]any{"allowed_usernames": []any{7799551133}}, "allowed_usernames must be a list"},
	"a certificate that is none":     {"", map[string]any{"ca_cert": canary}, "PEM certificate"},
	"a certificate too long":         {"", map[string]any{"ca_cert": strings.Repeat(canary, 6000)}, "at most 65536 bytes"},
	"a timeout of nothing":           {"", map[string]any{"timeout": 0}, "timeout must be from 1 to 60"},
	"a timeout of half a second":     {"", map[string]any{"timeout": "500ms"}, "timeout must be from 1 to 60"},
	"a timeout too long":             {"", map[string]any{"timeout": "61s"}, "timeout must be from 1 to 60"},
	"a timeout in words":             {"", map[string]any{"timeout": canary}, "timeout must be a number of seconds"},
	"verify_connection in words":     {"", map[string]any{"verify_connection": canary}, "verify_connection must be true or false"},
	"an unknown field":               {"", map[string]any{canary: "x"}, "a field is not known here"},
	"a mistyped field":               {"", map[string]any{"clientsecret": canary}, "did you mean client_secret?"},
	"the connector's name":           {"", map[string]any{"oracle-financials-password": canary}, "a field is not known here"},
	"a state as a list":              {"", map[string]any{"state": []any{canary}}, "state must be a string"},
	"a client for a pod":             {"fusion", map[string]any{"client_id": canary}, "takes username and password"},
	"a client's secret for a pod":    {"fusion", map[string]any{"client_secret": canary}, "takes username and password"},
	"an empty user name":             {"fusion", map[string]any{"username": ""}, "needs username and password"},
	"an empty password":              {"fusion", map[string]any{"password": ""}, "needs username and password"},
	"a user name with a colon":       {"fusion", map[string]any{"username": "a:" + canary}, "no colon"},
	"a user name nobody can ask for": {"fusion", map[string]any{"username": `O"` + canary}, "quotation mark"},
	"a password with a line break":   {"fusion", map[string]any{"password": canary + "\n"}, "printf %s"},
	"a password too long":            {"fusion", map[string]any{"password": strings.Repeat("x", 501)}, "at most 500 bytes"},
	"a password as a number":         {"fusion", map[string]any{"password": json.Number("7799551133")}, "password must be a string"},
	"a password as an object":        {"fusion", map[string]any{"password": map[string]any{canary: canary}}, "password must be a string"},
	"hosts of others for a pod":      {"fusion", map[string]any{"allowed_server_hosts": "canary.example"}, "leave allowed_server_hosts out"},
	"a user for a domain":            {"identity_domain", map[string]any{"username": canary}, "takes client_id and client_secret"},
	"a password for a domain":        {"identity_domain", map[string]any{"password": canary}, "takes client_id and client_secret"},
	"an empty client":                {"identity_domain", map[string]any{"client_id": ""}, "needs client_id and client_secret"},
	"a client with a line break":     {"identity_domain", map[string]any{"client_id": canary + "\n"}, "no line break"},
	"a secret with a line break":     {"identity_domain", map[string]any{"client_secret": canary + "\n"}, "printf %s"},
	"a secret as a list":             {"identity_domain", map[string]any{"client_secret": []any{canary}}, "client_secret must be a string"},
	"no hosts":                       {"identity_domain", map[string]any{"allowed_server_hosts": ""}, "allowed_server_hosts is required"},
	"a url for a host":               {"identity_domain", map[string]any{"allowed_server_hosts": "https://" + canary}, "allowed_server_hosts"},
	"too many hosts":                 {"identity_domain", map[string]any{"allowed_server_hosts": strings.Repeat("a.example,", 101)}, "at most 100 patterns"},
}

func TestDirectoryRefusals(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	for kind := range m.kinds() {
		m.ok(logical.UpdateOperation, "directories/"+kind, m.kinds()[kind])
	}
	m.sim.Pod().ResetLogs()
	before := m.stored()
	for name, tt := range directoryRefusals {
		for kind := range m.kinds() {
			if tt.kind != "" && tt.kind != kind {
				continue
			}
			t.Run(fmt.Sprintf("%s, %s", name, kind), func(t *testing.T) {
				for _, path := range []string{"directories/new", "directories/" + kind} {
					text := m.refused(400, logical.UpdateOperation, path, laid(m.kinds()[kind], tt.data))
					if kept := path != "directories/new" && strings.Contains(text, "type cannot be changed"); !kept && !strings.Contains(text, tt.says) {
						t.Errorf("%s: it says %q, not %q", path, text, tt.says)
					}
					for _, value := range []string{canary, strings.ToLower(canary), "7799551133", adminSecret, clientKey} {
						if strings.Contains(text, value) {
							t.Errorf("%s: it repeats a value: %q", path, text)
						}
					}
				}
			})
		}
	}
	if after := m.stored(); !cmp.Equal(before, after) {
		t.Errorf("a refused write changed storage:\n%s", cmp.Diff(before, after))
	}
	if requests := m.sim.Pod().Requests(); len(requests) != 0 {
		t.Errorf("refused writes asked Oracle: %v", requests)
	}
}

func TestWhatANewDirectoryNeeds(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	needs := map[string][]string{
		"fusion":          {"type", "url", "username", "password", "allowed_usernames"},
		"identity_domain": {"type", "url", "client_id", "client_secret", "allowed_usernames", "allowed_server_hosts"},
	}
	for kind, list := range needs {
		for _, field := range list {
			fields := m.kinds()[kind]
			delete(fields, field)
			if text := m.refused(400, logical.UpdateOperation, "directories/d", fields); !strings.Contains(text, field) {
				t.Errorf("%s without %s is told %q", kind, field, text)
			}
			m.refused(400, logical.UpdateOperation, "directories/d", laid(m.kinds()[kind], map[string]any{field: nil}))
		}
	}
}

// A null that a patch sends would else be a way to keep a secret and yet change where it is sent.
func TestNullIsRefusedForWhatADirectoryNeeds(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	for kind, list := range map[string][]string{
		"fusion":          {"type", "url", "username", "password", "allowed_usernames"},
		"identity_domain": {"type", "url", "client_id", "client_secret", "allowed_usernames", "allowed_server_hosts"},
	} {
		m.ok(logical.UpdateOperation, "directories/"+kind, m.kinds()[kind])
		m.sim.Pod().ResetLogs()
		before := m.stored()
		for _, field := range list {
			for _, more := range []map[string]any{nil, {"timeout": 5}, {"verify_connection": false}} {
				if text := m.refused(400, logical.PatchOperation, "directories/"+kind, laid(map[string]any{field: nil}, more)); !strings.Contains(text, field) {
					t.Errorf("%s: null for %s is told %q", kind, field, text)
				}
			}
		}
		if after := m.stored(); !cmp.Equal(before, after) || len(m.sim.Pod().Requests()) != 0 {
			t.Errorf("%s: after %d requests storage changed:\n%s", kind, len(m.sim.Pod().Requests()), cmp.Diff(before, after))
		}
	}
}

func TestTheTypeOfADirectoryStays(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/d", m.fusion(nil))
	for _, fields := range []map[string]any{m.domain(nil), {"type": "identity_domain"}} {
		if text := m.refused(400, logical.UpdateOperation, "directories/d", fields); !strings.Contains(text, "type cannot be changed") {
			t.Errorf("it says %q", text)
		}
	}
}

func TestASecretIsSentAgainWhenItsWayChanges(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	elsewhere := func(url string) string { return strings.Replace(url, "localhost", "127.0.0.1", 1) }
	for kind, ways := range map[string]map[string]any{
		"fusion":          {"url": elsewhere(m.sim.URL()), "username": "OTHER", "ca_cert": nil},
		"identity_domain": {"url": elsewhere(m.sim.DomainURL()), "client_id": "other", "ca_cert": nil},
	} {
		m.ok(logical.UpdateOperation, "directories/"+kind, m.kinds()[kind])
		m.sim.Pod().ResetLogs()
		secret := map[string]string{"fusion": "password", "identity_domain": "client_secret"}[kind]
		for field, value := range ways {
			for _, more := range []map[string]any{nil, {"verify_connection": false}} {
				text := m.refused(400, logical.PatchOperation, "directories/"+kind, laid(map[string]any{field: value}, more))
				if !strings.Contains(text, secret+" must be sent again") {
					t.Errorf("%s: changing %s is told %q", kind, field, text)
				}
			}
			if text := m.refused(400, logical.PatchOperation, "directories/"+kind, map[string]any{field: value, secret: nil}); !strings.Contains(text, secret) {
				t.Errorf("%s: changing %s with a null secret is told %q", kind, field, text)
			}
		}
		if requests := m.sim.Pod().Requests(); len(requests) != 0 {
			t.Errorf("%s: the stored secret left: %v", kind, requests)
		}
	}
}
