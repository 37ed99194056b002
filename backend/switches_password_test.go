package backend_test

import (
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// unchanged is a rule for new passwords: checking asks for none, and sets none.
func unchanged(on oraclesim.Switches) switched {
	return switched{on: on, directory: "fusion", story: func(m *mount, p *oraclesim.Pod) {
		m.is("checked", map[string]any{"state": "ok", "reason": "logged_in"})
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": "domain"})
		m.is("checked by the other", map[string]any{"state": "ok"})
		if changes := p.PasswordChanges(user); len(changes) != 0 {
			m.t.Errorf("a check changed the password: %v", changes)
		}
		m.spent(2)
	}}
}

// aged gives the integration a password of some days.
func (m *mount) aged(days int) {
	m.t.Helper()
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password_set_time": time.Now().AddDate(0, 0, -days).Format(time.RFC3339)})
}

// What is not known about passwords and their end.
var passwordSwitches = map[string]switched{
	"PasswordPolicy":      unchanged(oraclesim.Switches{PasswordPolicy: oraclesim.PolicyVeryComplex}),
	"PasswordMinLength":   unchanged(oraclesim.Switches{PasswordPolicy: oraclesim.PolicyCustom, PasswordMinLength: 30}),
	"PasswordHistory":     unchanged(oraclesim.Switches{PasswordHistory: 24}),
	"PasswordMinAge":      unchanged(oraclesim.Switches{PasswordMinAge: 24 * time.Hour}),
	"ForbiddenCharacters": unchanged(oraclesim.Switches{ForbiddenCharacters: "-"}),
	"ScimRefusalText":     unchanged(oraclesim.Switches{ScimRefusalText: canary}),
	"PasswordMaxAge": {on: oraclesim.Switches{PasswordMaxAge: 30 * 24 * time.Hour}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		status := m.is("a month", map[string]any{"state": "ok", "days_until_expiry": 29, "password_set_source": "directory"})
		shows(m.t, "its rules", status["rules"].(map[string]any), map[string]any{"password_max_age": 30 * 86400, "source": "directory"})
	}},
	"PasswordExpireWarning": {on: oraclesim.Switches{PasswordExpireWarning: 89 * 24 * time.Hour}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		m.later(25 * time.Hour)
		status := m.is("a warning of 89 days", map[string]any{"state": "ok"})
		shows(m.t, "its rules", status["rules"].(map[string]any), map[string]any{"expiry_warning": 89 * 86400, "source": "directory"})
	}},
	"ExpiredAcceptedUntilReport": {on: oraclesim.Switches{ExpiredAcceptedUntilReport: true}, directory: "fusion", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.Expire(user))
		m.aged(91)
		status := m.is("past its age", map[string]any{"state": "expiring", "severity": "critical", "reason": "password_past_expiry"})
		if text := status["message"].(string); !strings.Contains(text, "Still logs in") {
			m.t.Errorf("it says %q", text)
		}
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": "domain"})
		m.is("the domain knows", map[string]any{"state": "expired", "confidence": "confirmed", "refused_logins": 0})
		p.RunExpiryReport()
		m.is("the report replaced it", map[string]any{"state": "rejected", "refused_logins": 1})
	}},
	"ExpiryReportOff": {on: oraclesim.Switches{ExpiryReportOff: true, DailyExpiryReport: true, ExpiredAcceptedUntilReport: true}, directory: "fusion", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.Expire(user))
		m.aged(91)
		m.later(49 * time.Hour)
		m.is("nobody replaced it", map[string]any{"state": "expiring", "reason": "password_past_expiry"})
	}},
	"DailyExpiryReport": {on: oraclesim.Switches{DailyExpiryReport: true, ExpiredAcceptedUntilReport: true}, directory: "", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.Expire(user))
		m.aged(91)
		m.is("before midnight", map[string]any{"state": "expiring", "reason": "password_past_expiry"})
		m.later(25 * time.Hour)
		m.is("after midnight", map[string]any{"state": "expired", "reason": "login_refused_past_age", "confidence": "inferred"})
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": "domain"})
		m.is("the domain knows who", map[string]any{"state": "rejected", "reason": "password_set_elsewhere"})
		shows(m.t, "ten days later", m.tries(10), map[string]any{"state": "rejected"})
		m.spent(3)
	}},
	"ResetForcesChange": {on: oraclesim.Switches{ResetForcesChange: true}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		m.setsPassword(user, "Second-Horse-9")
		m.is("somebody else set it", map[string]any{"state": "must_change", "confidence": "confirmed"})
		m.spent(1)
	}},
	"ScimPasswordIgnored": {on: oraclesim.Switches{ScimPasswordIgnored: true}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		before := m.is("before", map[string]any{"state": "ok"})
		m.setsPassword(user, "Second-Horse-9")
		m.is("it was not set", map[string]any{"state": "ok", "password_set_time": before["password_set_time"]})
		if text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"}); !strings.Contains(text, "refused") {
			m.t.Errorf("writing it says %q", text)
		}
	}},
	"ScimWithoutPrivilege401": {on: oraclesim.Switches{ScimWithoutPrivilege401: true}, directory: "fusion", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.SetIdentityAdmin(adminUser, false))
		m.is("its user is well", map[string]any{"state": "ok"})
		shows(m.t, "the directory", m.read("directories/fusion"), map[string]any{"state": "held"})
		m.tries(10)
		if n := len(p.Logins(adminUser)); n != 2 {
			m.t.Errorf("the directory's user logged in %d times", n)
		}
	}},
	"SelfChangeWithoutPrivilege": {on: oraclesim.Switches{SelfChangeWithoutPrivilege: true}, directory: "fusion", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.SetIdentityAdmin(adminUser, false))
		// It is shown nobody but itself: the login decides, and a refused one is not explained by what it does not see.
		m.is("its user is well", map[string]any{"state": "ok", "reason": "logged_in", "severity": "ok"})
		must(m.t, p.Disable(user))
		m.is("its user is not", map[string]any{"state": "rejected"})
		must(m.t, p.SetSwitches(oraclesim.Switches{}))
		m.is("no self-service", map[string]any{"state": "rejected"})
		shows(m.t, "the directory", m.read("directories/fusion"), map[string]any{"state": "forbidden"})
	}},
}
