package backend_test

import (
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// What is not known about how a pod answers.
var restSwitches = map[string]switched{
	"ForbiddenBody": {on: oraclesim.Switches{ForbiddenBody: oraclesim.BodyEmpty}, directory: "fusion", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.SetPrivilege(user, oraclesim.GeneralLedger, oraclesim.AccessDenied))
		must(m.t, p.SetIdentityAdmin(adminUser, false))
		for _, form := range []oraclesim.BodyForm{oraclesim.BodyADF, oraclesim.BodyEmpty, oraclesim.BodyPlain} {
			must(m.t, p.SetSwitches(oraclesim.Switches{ForbiddenBody: form}))
			m.is(string(form), map[string]any{"state": "limited", "reason": "all_modules_forbidden"})
			shows(m.t, string(form), m.read("directories/fusion"), map[string]any{"state": "forbidden"})
		}
		must(m.t, p.SetSwitches(oraclesim.Switches{ForbiddenBody: oraclesim.BodyHTML}))
		m.is("a page", map[string]any{"state": "unreachable", "reason": "unexpected_content"})
		shows(m.t, "a page", m.read("directories/fusion"), map[string]any{"state": "unreachable"})
	}},
	"ErrorBodyWithoutAccept": {on: oraclesim.Switches{ErrorBodyWithoutAccept: true}, story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.SetPrivilege(user, oraclesim.Payables, oraclesim.AccessDenied))
		text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"modules": "GL,AP"})
		if !strings.Contains(text, "no privilege for AP") {
			m.t.Errorf("it says %q", text)
		}
		must(m.t, p.SetPrivilege(user, oraclesim.GeneralLedger, oraclesim.AccessDenied))
		m.is("denied", map[string]any{"state": "limited", "reason": "all_modules_forbidden"})
	}},
	"ResourceBeforeLogin": {on: oraclesim.Switches{ResourceBeforeLogin: true}, story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.RemoveResource("ledgersLOV"))
		must(m.t, p.SetPassword(user, "Second-Horse-9"))
		m.is("a wrong password", map[string]any{"state": "rejected", "reason": "login_refused", "refused_logins": 1})
		m.spent(1)
		must(m.t, p.RemoveModule(oraclesim.GeneralLedger))
		text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Third-Horse-9"})
		if !strings.Contains(text, "404 to every probe") {
			m.t.Errorf("a pod without the module is told %q", text)
		}
		m.spent(1)
	}},
	"CatalogueWithoutLogin": {on: oraclesim.Switches{CatalogueWithoutLogin: true}, story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.Disable(user))
		m.is("no proof of a login", map[string]any{"state": "rejected", "reason": "login_refused"})
		// Its own probe that answers anyone is not taken for a login of the wrong password either.
		m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
	}},
	"DescribeWithoutPrivilege": {on: oraclesim.Switches{DescribeWithoutPrivilege: true}, story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.SetPrivilege(user, oraclesim.GeneralLedger, oraclesim.AccessDenied))
		m.is("metadata is no privilege", map[string]any{"state": "limited", "reason": "all_modules_forbidden"})
	}},
	"BareFinderEmpty": {on: oraclesim.Switches{BareFinderEmpty: true}, story: func(m *mount, p *oraclesim.Pod) {
		for _, name := range []string{"ledgersLOV", "chartOfAccountsLOV"} {
			must(m.t, p.RemoveResource(name))
		}
		m.is("nothing but balances", map[string]any{"state": "ok", "reason": "no_rows"})
		must(m.t, p.SetSwitches(oraclesim.Switches{}))
		if status := m.checks(); status["state"] == "ok" || status["state"] == "rejected" {
			m.t.Errorf("with 400 for balances status answered %v", status)
		}
	}},
	"PageLimit": {on: oraclesim.Switches{PageLimit: 1}, story: func(m *mount, _ *oraclesim.Pod) {
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"probes": map[string]any{"GL": "11.13.18.05/ledgersLOV?limit=500"}})
		m.is("one row a page", map[string]any{"state": "ok", "reason": "logged_in"})
	}},
}

// What is not known about the identity domain.
var domainSwitches = map[string]switched{
	"DomainRateLimit": {on: oraclesim.Switches{DomainRateLimit: 1}, late: true, directory: "domain", story: func(m *mount, p *oraclesim.Pod) {
		m.restart() // its token is forgotten, and the user can be asked for in the second request at the earliest
		p.AdvanceClock(time.Hour)
		for range 3 {
			m.is("its user is well", map[string]any{"state": "ok", "severity": "ok"})
		}
		if state := m.read("directories/domain")["state"]; state == "held" || state == "rejected" {
			m.t.Errorf("the directory is %v", state)
		}
		must(m.t, p.SetSwitches(oraclesim.Switches{}))
		m.is("without the limit", map[string]any{"state": "ok"})
		shows(m.t, "without the limit", m.read("directories/domain"), map[string]any{"state": "ok"})
	}},
	"DomainNotLoginStore": {on: oraclesim.Switches{DomainNotLoginStore: true}, directory: "domain", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.Lock(user))
		// The domain shows nothing, and counted nothing: nothing is blamed.
		m.is("locked on the pod", map[string]any{"state": "rejected", "reason": "login_refused", "confidence": "confirmed", "refused_logins": 1})
		m.later(25 * time.Hour) // the lock has ended by itself
		must(m.t, p.SetPassword(user, "Second-Horse-9"))
		shows(m.t, "its 0 is no evidence", m.tries(10), map[string]any{"state": "rejected", "refused_logins": 2, "held": true})
		m.spent(2)
	}},
	"DomainPolicyUnreadable": {on: oraclesim.Switches{DomainPolicyUnreadable: true}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		status := m.is("without its rules", map[string]any{"state": "ok", "attempts_left": nil, "foreign_failed_logins": 0, "password_set_source": "directory"})
		shows(m.t, "the rules", status["rules"].(map[string]any), map[string]any{"source": "policy", "password_max_age": 90 * 86400, "expiry_warning": 14 * 86400, "lock_threshold": nil})
		m.refusedLogins(user, 4)
		m.is("others fail", map[string]any{"state": "ok", "severity": "warning", "foreign_failed_logins": 4})
		shows(m.t, "the directory", m.read("directories/domain"), map[string]any{"state": "ok"})
	}},
	"TokenLifetime": {on: oraclesim.Switches{TokenLifetime: time.Minute}, directory: "domain", story: func(m *mount, p *oraclesim.Pod) {
		for range 3 {
			p.AdvanceClock(2 * time.Minute) // the pod's clock alone: the engine thinks that its token is good
			status := m.is("with a token that is over", map[string]any{"state": "ok"})
			if status["directory_view"] == nil {
				m.t.Error("the directory was not asked")
			}
		}
		if n := m.requests(func(r oraclesim.Request) bool { return r.Domain && r.Path == "/oauth2/v1/token" }); n != 3 {
			m.t.Errorf("%d tokens were asked for", n)
		}
		shows(m.t, "the directory", m.read("directories/domain"), map[string]any{"state": "ok"})
	}},
}
