package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// TestDefaults: the simulator's defaults are the page's assumptions, so everything agrees and nothing is open.
func TestDefaults(t *testing.T) {
	t.Parallel()
	p := start(t, oraclesim.Switches{})
	got := p.run(t)
	if got.code != exitAgrees || got.complaints != "" {
		t.Errorf("exit code %d, complaints %q, want none:\n%s", got.code, got.complaints, got.shown)
	}
	if all := got.verdicts(); len(all) != countChecks() || len(got.marked("yes")) != countChecks() {
		t.Errorf("verdicts are %v, want yes for %d checks", all, countChecks())
	}
	if refused := p.refusedLogins(); refused != 1 {
		t.Errorf("%d logins were refused, want the one that was permitted", refused)
	}
	for _, r := range p.sim.Pod().Requests() {
		if r.Method != "GET" && r.Path != "/oauth2/v1/token" {
			t.Errorf("%s %s: a run only reads", r.Method, r.Path)
		}
	}
}

func countChecks() int {
	n := 0
	for _, topic := range topics() {
		n += len(topic.checks)
	}
	return n
}

// TestSwitches flips a switch, and the table says which assumptions fell with it.
func TestSwitches(t *testing.T) {
	t.Parallel()
	type switches = oraclesim.Switches
	tests := map[string]struct {
		switches switches
		differ   string // names of checks
		said     string // in the written table
	}{
		"catalogue open":           {switches{CatalogueWithoutLogin: true}, "catalogue-open", "| 200, "},
		"resource before login":    {switches{ResourceBeforeLogin: true}, "unknown-anonymous", "| 404, "},
		"describe for all":         {switches{DescribeWithoutPrivilege: true}, "describe-forbidden", "suppliers/describe: 200"},
		"empty finder":             {switches{BareFinderEmpty: true}, "bare-finder", "| 200, "},
		"errors in ADF's form":     {switches{ErrorBodyWithoutAccept: true}, "error-unasked", "adf.error+json"},
		"403 empty":                {switches{ForbiddenBody: oraclesim.BodyEmpty}, "forbidden-body", "403, empty body"},
		"403 as a page":            {switches{ForbiddenBody: oraclesim.BodyHTML}, "forbidden-body", "bytes of text/html"},
		"smaller pages":            {switches{PageLimit: 499}, "page-limit", "499 rows"},
		"SCIM for oneself":         {switches{SelfChangeWithoutPrivilege: true}, "own-scim", "it may, or it has the privilege"},
		"another login store":      {switches{DomainNotLoginStore: true}, "domain-store domain-counts", "loginAttempts was 0 and is 0"},
		"policy unreadable":        {switches{DomainPolicyUnreadable: true}, "domain-policy", "not for this client: 403"},
		"older passwords":          {switches{PasswordMaxAge: 180 * 24 * time.Hour}, "domain-policy", "180 days"},
		"never expires":            {switches{PasswordMaxAge: oraclesim.NeverExpires}, "domain-policy", "0 days"},
		"earlier warning":          {switches{PasswordExpireWarning: 20 * 24 * time.Hour}, "domain-policy", "warning 20 days"},
		"never lock":               {switches{NeverLocks: true}, "domain-locks", "0 lock"},
		"three lock":               {switches{LockThreshold: 3}, "domain-locks", "3 lock"},
		"longer lock":              {switches{LockDuration: 90 * time.Minute}, "domain-locks", "90 minutes"},
		"history":                  {switches{PasswordHistory: 4}, "domain-passwords", "the last 4"},
		"longer passwords":         {switches{PasswordPolicy: oraclesim.PolicyCustom, PasswordMinLength: 14}, "domain-passwords", "shorter than 14"},
		"forbidden characters":     {switches{ForbiddenCharacters: "&<"}, "domain-passwords", "2 forbidden characters"},
		"older before a change":    {switches{PasswordMinAge: 24 * time.Hour}, "domain-passwords", "younger than 1"},
		"tokens of half the life":  {switches{TokenLifetime: 30 * time.Minute}, "domain-token", "1800 seconds"},
		"what no read settles":     {switches{PatchUnlocks: true, ResetForcesChange: true, ActiveFlipsOnLock: true}, "", ""},
		"an answer that is barred": {switches{LocationAccess: oraclesim.LocationForbidden}, "answering", "403, "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, test.switches)
			got := p.run(t)
			if differ := strings.Join(got.marked("**no**"), " "); differ != test.differ {
				t.Errorf("these differ: %q, want %q\n%s", differ, test.differ, got.shown)
			}
			if !strings.Contains(got.written, test.said) {
				t.Errorf("the table does not say %q:\n%s", test.said, got.written)
			}
			if (got.code == exitAgrees) != (test.differ == "") {
				t.Errorf("exit code %d", got.code)
			}
			if refused := p.refusedLogins(); refused > 1 {
				t.Errorf("%d logins were refused", refused)
			}
		})
	}
}

// TestEndsEarly: what makes a run end leaves the rest open, and sends no password after it.
func TestEndsEarly(t *testing.T) {
	t.Parallel()
	type switches = oraclesim.Switches
	tests := map[string]struct {
		switches switches
		differ   []string
		said     string
		silent   bool // no password left at all
	}{
		"503":             {switches{Maintenance: oraclesim.MaintenanceUnavailable, RetryAfter: "7"}, []string{"answering", "rate-headers"}, "Retry-After: 7", true},
		"a page":          {switches{Maintenance: oraclesim.MaintenancePage}, []string{"answering"}, "no password was sent", true},
		"a redirect":      {switches{Maintenance: oraclesim.MaintenanceRedirect}, []string{"answering", "redirects"}, "(another host)", true},
		"too many":        {switches{RateLimitEvery: 9, RetryAfter: "30"}, []string{"rate-headers"}, "Retry-After: 30, with a 429", false},
		"barred by a 401": {switches{LocationAccess: oraclesim.LocationUnauthorized, LocationAccessCountsLogin: true}, []string{"catalogue"}, "not from this address", false},
		"SCIM by 401":     {switches{ScimWithoutPrivilege401: true}, []string{"own-scim"}, "401, empty body", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, test.switches)
			got := p.run(t)
			if got.code != exitEnded {
				t.Errorf("exit code %d, want %d\n%s", got.code, exitEnded, got.complaints)
			}
			if differ := got.marked("**no**"); !slices.Equal(differ, test.differ) {
				t.Errorf("these differ: %q, want %q\n%s", differ, test.differ, got.shown)
			}
			if !strings.Contains(got.written, test.said) {
				t.Errorf("the table does not say %q:\n%s", test.said, got.written)
			}
			if test.silent && len(p.sim.Pod().Logins(user)) > 0 {
				t.Error("a password was sent to what is no REST API")
			}
			if refused := p.refusedLogins(); refused > 1 {
				t.Errorf("%d logins were refused", refused)
			}
		})
	}
}
