package backend_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func TestNobodyLogsInBeforeTheLock(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{}, "domain")
	m.refusedLogins(user, 4)
	m.sim.Pod().ResetLogs()
	for what, ask := range map[string]func() []string{
		"check": func() []string { return m.ok(logical.UpdateOperation, "check/gl", nil).Warnings },
		"force": func() []string {
			return m.ok(logical.UpdateOperation, "check/gl", map[string]any{"force": true}).Warnings
		},
		"release": func() []string {
			return m.ok(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"}).Warnings
		},
		"write": func() []string {
			return []string{m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})}
		},
	} {
		if text := strings.Join(ask(), " "); !strings.Contains(text, "one more refused login locks the account") || !strings.Contains(text, "no login was spent") {
			t.Errorf("%s is told %q", what, text)
		}
	}
	if n := len(m.sim.Pod().Logins(user)); n != 0 {
		t.Errorf("%d logins were spent though one more refusal would lock", n)
	}
}

func TestAPasswordOfTheDirectorysAge(t *testing.T) {
	t.Parallel()
	for age, want := range map[int]map[string]any{
		79: {"state": "ok", "severity": "ok"},
		81: {"state": "expiring", "severity": "warning", "reason": "password_expiring"},
		91: {"state": "expired", "severity": "critical", "reason": "password_expired"},
	} {
		t.Run(fmt.Sprint(age), func(t *testing.T) {
			t.Parallel()
			m := watched(t, oraclesim.Switches{}, "")
			must(t, m.sim.Pod().AddUser(oraclesim.User{Name: "API_OLD", Password: password, PasswordSet: time.Now().AddDate(0, 0, -age)}))
			m.write(map[string]any{"username": "API_OLD", "directory": "domain", "verify_connection": false})
			status := m.checks()
			shows(t, "status", status, want)
			if age < 90 {
				shows(t, "its age", status, map[string]any{"password_set_source": "directory", "days_until_expiry": 89 - age})
			}
			m.sim.Pod().ResetLogs()
			m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 7})
			if n := len(m.sim.Pod().Requests()); n != 0 {
				t.Errorf("a write of something else made %d requests", n)
			}
		})
	}
}

// request is one that somebody else makes to the pod, and its status.
func (m *mount) request(method, path, name, secret, body string) int {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.sim.URL()+path, strings.NewReader(body))
	must(m.t, err)
	req.SetBasicAuth(name, secret)
	req.Header.Set("Content-Type", "application/json")
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(m.sim.CACertPEM())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Do(req)
	must(m.t, err)
	must(m.t, answer.Body.Close())
	return answer.StatusCode
}

// setsPassword is an administrator who sets the user's password over SCIM.
func (m *mount) setsPassword(name, secret string) {
	m.t.Helper()
	state, err := m.sim.Pod().State(name)
	must(m.t, err)
	body := `{"schemas":["urn:scim:schemas:core:2.0:User"],"password":"` + secret + `"}`
	if status := m.request(http.MethodPatch, "/hcmRestApi/scim/Users/"+state.ID, adminUser, adminSecret, body); status != http.StatusOK {
		m.t.Fatalf("setting a password over SCIM answers %d", status)
	}
}
