package backend_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// What is not known about what stands before a pod.
var frontSwitches = map[string]switched{
	"Maintenance": {on: oraclesim.Switches{Maintenance: oraclesim.MaintenanceUnavailable}, late: true, directory: "domain", story: func(m *mount, p *oraclesim.Pod) {
		for form, reason := range map[oraclesim.Maintenance]string{
			oraclesim.MaintenanceUnavailable: "unavailable", oraclesim.MaintenancePage: "unexpected_content", oraclesim.MaintenanceRedirect: "unexpected_content",
		} {
			must(m.t, p.SetSwitches(oraclesim.Switches{Maintenance: form}))
			status := m.is(string(form), map[string]any{"state": "unreachable", "severity": "warning", "reason": reason, "refused_logins": 0})
			if view := status["directory_view"].(map[string]any); view["active"] != true {
				m.t.Errorf("%s: the domain is not in maintenance and says %v", form, view)
			}
		}
		m.spent(0)
		must(m.t, p.SetSwitches(oraclesim.Switches{}))
		m.is("it is over", map[string]any{"state": "ok"})
	}},
	"RetryAfter": {on: oraclesim.Switches{Maintenance: oraclesim.MaintenanceUnavailable, RetryAfter: "7200"}, late: true, story: func(m *mount, _ *oraclesim.Pod) {
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"retry_attempts": 3})
		began := time.Now()
		m.is("asked to wait two hours", map[string]any{"state": "unreachable", "reason": "unavailable", "held": false})
		if took := time.Since(began); took > 40*time.Second {
			m.t.Errorf("it took %v", took)
		}
	}},
	"LocationAccess": {on: oraclesim.Switches{LocationAccess: oraclesim.LocationUnauthorized}, late: true, directory: "domain", story: func(m *mount, p *oraclesim.Pod) {
		// The directory counted nothing: that the password is wrong is not said.
		m.is("401", map[string]any{"state": "rejected", "reason": "login_refused", "refused_logins": 1, "attempts_left": 5})
		shows(m.t, "ten days later", m.tries(10), map[string]any{"state": "rejected"})
		if n := m.requests(func(r oraclesim.Request) bool { return r.User == user }); n > 10 {
			m.t.Errorf("in ten days the password was sent %d times", n)
		}
		must(m.t, p.SetSwitches(oraclesim.Switches{LocationAccess: oraclesim.LocationForbidden}))
		status := m.ok(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"}).Data
		shows(m.t, "403", status, map[string]any{"state": "limited", "reason": "all_modules_forbidden"})
		if text := status["message"].(string); !strings.Contains(text, "location-based access") {
			m.t.Errorf("it says %q", text)
		}
		m.spent(0)
	}},
	"LocationAccessCountsLogin": {
		on: oraclesim.Switches{LocationAccess: oraclesim.LocationUnauthorized, LocationAccessCountsLogin: true}, late: true, directory: "domain",
		story: func(m *mount, _ *oraclesim.Pod) {
			m.is("401 of an accepted login", map[string]any{"state": "rejected", "reason": "login_refused"})
			shows(m.t, "ten days later", m.tries(10), map[string]any{"state": "rejected"})
			m.atMostDaily(10)
		},
	},
	"RateLimit": {on: oraclesim.Switches{RateLimit: 1}, late: true, story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.SetSwitches(oraclesim.Switches{}))
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"modules": "GL,AP,AR,FA,CM,PA", "retry_attempts": 0})
		must(m.t, p.SetSwitches(oraclesim.Switches{RateLimit: 1}))
		status := m.checks() // six requests, in two seconds of the pod at most
		switch fmt.Sprint(status["state"], " ", status["reason"]) {
		case "limited module_error", "unreachable throttled": // whether the first was answered, or none
		default:
			m.t.Errorf("status answered %v", status)
		}
		shows(m.t, "429", status, map[string]any{"refused_logins": 0, "held": false})
	}},
	"RateLimitEvery": {on: oraclesim.Switches{RateLimitEvery: 1}, late: true, story: func(m *mount, p *oraclesim.Pod) {
		m.is("all of them", map[string]any{"state": "unreachable", "reason": "throttled", "refused_logins": 0, "held": false})
		m.spent(0)
		must(m.t, p.SetSwitches(oraclesim.Switches{RateLimitEvery: 2}))
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"retry_attempts": 2})
		m.is("every second one, tried again", map[string]any{"state": "ok"})
	}},
}
