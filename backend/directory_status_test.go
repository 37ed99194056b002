package backend_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// watched is a mount whose integration gl has the directory "domain" or "fusion"; both exist.
func watched(t *testing.T, switches oraclesim.Switches, directory string) *mount {
	t.Helper()
	m := newGuardedMount(t, switches)
	m.ok(logical.UpdateOperation, "directories/domain", m.domain(nil))
	m.ok(logical.UpdateOperation, "directories/fusion", m.fusion(nil))
	if directory != "" {
		m.write(map[string]any{"directory": directory})
	}
	m.sim.Pod().ResetLogs()
	return m
}

// Each row is a truth on the pod, and what a check must make of it.
var directoryTruths = map[string]struct {
	directory string
	arrange   func(*mount, *oraclesim.Pod)
	want      map[string]any
	view      map[string]any
	says      []string
	logins    int // what the check may cost
}{
	"all is well, domain": {"domain", nil, map[string]any{
		"state": "ok", "severity": "ok", "reason": "logged_in", "attempts_left": 5, "foreign_failed_logins": 0, "password_set_source": "directory",
		"days_until_expiry": 89, "refused_logins": 0, "held": false,
		"rules":     map[string]any{"password_max_age": 90 * 86400, "expiry_warning": 10 * 86400, "lock_threshold": 5, "source": "directory"},
		"checklist": map[string]any{"account_active": "pass", "role_assigned": "pass", "rest_privilege": "pass", "api_tested": "pass", "modules_accessible": "pass", "base_url_confirmed": "pass"},
	}, map[string]any{"found": true, "active": true, "locked": false, "expired": false, "must_change": false, "cannot_expire": false, "login_attempts": 0}, nil, 1},
	"all is well, fusion": {"fusion", nil, map[string]any{
		"state": "ok", "severity": "ok", "reason": "logged_in", "attempts_left": nil, "foreign_failed_logins": nil, "password_set_source": "assumed",
		"rules": map[string]any{"password_max_age": 90 * 86400, "expiry_warning": 14 * 86400, "source": "policy"},
	}, map[string]any{"found": true, "active": true, "locked": nil, "expired": nil, "must_change": nil, "login_attempts": nil, "password_set_time": nil, "roles": "[Financial Integration Specialist]"}, nil, 1},
	"locked by an administrator, domain": {
		"domain", func(m *mount, p *oraclesim.Pod) { must(m.t, p.Lock(user)) },
		map[string]any{"state": "locked", "severity": "critical", "reason": "account_locked", "confidence": "confirmed", "held": true, "held_until": nil},
		map[string]any{"locked": true, "lock_reason": "administrator"},
		[]string{"by an administrator", "unlock the user", "notices by itself"},
		0,
	},
	"locked by refused logins, domain": {
		"domain", func(m *mount, _ *oraclesim.Pod) { m.refusedLogins(user, 5) },
		map[string]any{"state": "locked", "reason": "account_locked", "attempts_left": 0, "foreign_failed_logins": 5},
		map[string]any{"locked": true, "lock_reason": "failed_password", "login_attempts": 5},
		[]string{"by refused logins", "Stop what sends the wrong password"},
		0,
	},
	"locked, fusion": {
		"fusion", func(m *mount, p *oraclesim.Pod) { must(m.t, p.Lock(user)) },
		map[string]any{"state": "rejected", "reason": "login_refused", "confidence": "confirmed"},
		map[string]any{"active": true, "locked": nil},
		[]string{"does not say why", "action=release"},
		1,
	},
	"disabled, domain": {
		"domain", func(m *mount, p *oraclesim.Pod) { must(m.t, p.Disable(user)) },
		map[string]any{"state": "disabled", "severity": "critical", "reason": "inactive", "confidence": "confirmed"},
		map[string]any{"active": false},
		[]string{"Activate or unlock the user"},
		0,
	},
	"disabled, fusion": {
		"fusion", func(m *mount, p *oraclesim.Pod) { must(m.t, p.Disable(user)) },
		map[string]any{"state": "disabled", "reason": "inactive", "confidence": "confirmed"},
		map[string]any{"active": false},
		[]string{"suspended, or, on some pods, locked"},
		0,
	},
	"must change, domain": {
		"domain", func(m *mount, p *oraclesim.Pod) { must(m.t, p.SetMustChange(user, true)) },
		map[string]any{"state": "must_change", "severity": "critical", "reason": "password_must_change", "confidence": "confirmed"},
		map[string]any{"must_change": true},
		[]string{"Sign in as that user once"},
		1,
	},
	"must change, fusion": {
		"fusion", func(m *mount, p *oraclesim.Pod) { must(m.t, p.SetMustChange(user, true)) },
		map[string]any{"state": "rejected", "reason": "login_refused"},
		map[string]any{"must_change": nil},
		[]string{"does not say why"},
		1,
	},
	"expired, domain": {
		"domain", func(m *mount, p *oraclesim.Pod) { must(m.t, p.Expire(user)) },
		map[string]any{"state": "expired", "severity": "critical", "reason": "password_expired", "confidence": "confirmed"},
		map[string]any{"expired": true},
		[]string{"Set a new one"},
		1,
	},
	"expired, fusion": {
		"fusion", func(m *mount, p *oraclesim.Pod) { must(m.t, p.Expire(user)) },
		map[string]any{"state": "rejected", "reason": "login_refused", "confidence": "confirmed"},
		map[string]any{"expired": nil},
		[]string{"expired or disabled"},
		1,
	},
	"expired by its age, fusion": {
		"fusion", func(m *mount, p *oraclesim.Pod) {
			must(m.t, p.Expire(user))
			m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password_set_time": time.Now().Add(-91 * 24 * time.Hour).Format(time.RFC3339)})
		},
		map[string]any{"state": "expired", "reason": "login_refused_past_age", "confidence": "inferred"},
		nil,
		[]string{"by its age the password expired"},
		1,
	},
	"another password, domain": {
		"domain", func(m *mount, p *oraclesim.Pod) { must(m.t, p.SetPassword(user, "Second-Horse-9")) },
		map[string]any{"state": "rejected", "reason": "wrong_password", "confidence": "inferred", "attempts_left": 4, "foreign_failed_logins": 0, "refused_logins": 1},
		map[string]any{"login_attempts": 1},
		[]string{"the password is wrong", "4 more refused would lock it"},
		1,
	},
	"another password, set later, domain": {
		"domain", func(m *mount, p *oraclesim.Pod) {
			p.AdvanceClock(time.Hour)
			must(m.t, p.SetPassword(user, "Second-Horse-9"))
		},
		map[string]any{"state": "rejected", "reason": "password_set_elsewhere", "confidence": "inferred", "password_set_source": "assumed"},
		nil,
		[]string{"somebody else set it"},
		1,
	},
	"another password, fusion": {
		"fusion", func(m *mount, p *oraclesim.Pod) { must(m.t, p.SetPassword(user, "Second-Horse-9")) },
		map[string]any{"state": "rejected", "reason": "login_refused", "refused_logins": 1},
		nil,
		[]string{"the password may be wrong"},
		1,
	},
	"no such user, domain": {
		"domain", func(m *mount, p *oraclesim.Pod) { must(m.t, p.RemoveUser(user)) },
		map[string]any{"state": "rejected", "reason": "no_such_user"},
		map[string]any{"found": false, "active": nil},
		[]string{"does not know the user", "correct username"},
		0,
	},
	"no such user, fusion": {
		"fusion", func(m *mount, p *oraclesim.Pod) { must(m.t, p.RemoveUser(user)) },
		map[string]any{"state": "rejected", "reason": "no_such_user"},
		map[string]any{"found": false},
		[]string{"correct username"},
		0,
	},
	"others fail, domain": {
		"domain", func(m *mount, _ *oraclesim.Pod) { m.refusedLogins(user, 3) },
		map[string]any{"state": "ok", "severity": "warning", "reason": "foreign_failed_logins", "foreign_failed_logins": 3, "attempts_left": 5},
		nil,
		[]string{"find the client that uses another password"},
		1,
	},
	"others fail, one before the lock": {
		"domain", func(m *mount, _ *oraclesim.Pod) { m.refusedLogins(user, 4) },
		map[string]any{"state": "ok", "severity": "warning", "foreign_failed_logins": 4, "attempts_left": 1, "held": true},
		map[string]any{"login_attempts": 4},
		[]string{"one more refused login locks the account"},
		0,
	},
	"no role, and yet it may use the modules, fusion": {
		"fusion", func(m *mount, p *oraclesim.Pod) {
			must(m.t, p.RemoveRole(user, oraclesim.RoleFinancialIntegrationSpecialist))
		},
		map[string]any{"state": "ok", "checklist": map[string]any{"account_active": "pass", "role_assigned": "pass", "rest_privilege": "pass", "api_tested": "pass", "modules_accessible": "pass", "base_url_confirmed": "pass"}},
		map[string]any{"roles": "[]"},
		nil, 1,
	},
}

func TestStatusFromWhatADirectorySays(t *testing.T) {
	t.Parallel()
	for name, tt := range directoryTruths {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := watched(t, oraclesim.Switches{}, tt.directory)
			if tt.arrange != nil {
				tt.arrange(m, m.sim.Pod())
			}
			m.sim.Pod().ResetLogs()
			status := m.checks()
			shows(t, name, status, tt.want)
			view, _ := status["directory_view"].(map[string]any)
			shows(t, "its view", view, tt.view)
			for _, part := range tt.says {
				if text := fmt.Sprint(status["message"]); !strings.Contains(text, part) {
					t.Errorf("it says %q, without %q", text, part)
				}
			}
			if n := len(m.sim.Pod().Logins(user)); n != tt.logins {
				t.Errorf("the check cost %d logins, not %d", n, tt.logins)
			}
			failed, refused := m.sim.Pod().FailedInARow(user), m.sim.Pod().Logins(user)
			shows(t, "asked again", m.checks(), map[string]any{"state": tt.want["state"]})
			if after := m.sim.Pod().FailedInARow(user); after > failed {
				t.Errorf("a second check failed another login: %d, then %d (%v)", failed, after, refused)
			}
			m.restart()
			shows(t, "after a restart", m.read("status/gl"), map[string]any{"state": tt.want["state"], "rules": status["rules"], "directory_view": m.read("status/gl")["directory_view"]})
		})
	}
}
