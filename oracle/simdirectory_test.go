package oracle_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

const rotator = "ROTATOR" // who may use Fusion SCIM

// began is when the simulated accounts were set up: an instant that is no round second.
var began = time.Date(2026, 11, 22, 10, 11, 12, 345_000_000, time.UTC)

// startDirectories serves a pod with its identity domain. The clock stands still but for AdvanceClock.
func startDirectories(t *testing.T, switches oraclesim.Switches, faults ...oraclesim.Fault) (p pod, fusion, domain oracle.Directory) {
	t.Helper()
	sim, err := oraclesim.Start(oraclesim.Config{
		Now: func() time.Time { return began }, Switches: switches, Domain: true,
		Users: []oraclesim.User{
			{Name: user, Password: password}, {Name: rotator, Password: "rotator-" + password, IdentityAdmin: true, PasswordMaxAge: oraclesim.NeverExpires},
		},
		Clients: []oraclesim.Client{{ID: clientID, Secret: clientSecret}},
	})
	must(t, err)
	t.Cleanup(sim.Close)
	for _, fault := range faults {
		must(t, sim.Pod().Inject(fault))
	}
	p = pod{sim: sim, endpoint: endpointAt(sim.URL(), string(sim.CACertPEM()))}
	fusion, domain = fusionAt(p), domainAt(p)
	fusion.Login = oracle.Login{Username: rotator, Password: secret.New("rotator-" + password)}
	domain.Endpoint.ServerURL = sim.DomainURL()
	return p, fusion, domain
}

// asks is what reached the pod and its domain, by the last word of the path.
func asks(p pod) string {
	var all []string
	for _, r := range p.sim.Pod().Requests() {
		name := r.Path[strings.LastIndexByte(r.Path, '/')+1:]
		if strings.Contains(r.Path, "PasswordPolicies") {
			name = "policy"
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

// A directory that does not answer, or not for us: what each failure says about its own login, and how many logins it
// cost. A client may try once more.
func TestSimulatedFailures(t *testing.T) {
	t.Parallel()
	type fault = oraclesim.Fault
	scim, users, token := "/hcmRestApi/scim", domainPlace, tokenPlace
	tests := map[string]struct {
		kind     oracle.DirectoryKind
		switches oraclesim.Switches
		setUp    func(*oraclesim.Pod) error
		faults   []fault
		login    oracle.LoginResult
		outcome  oracle.Outcome
		delivery oracle.Delivery
		asks     string
	}{
		"fusion, wrong password": {
			kind: "fusion", setUp: func(p *oraclesim.Pod) error { return p.SetPassword(rotator, "Other-1234!") },
			login: "refused", outcome: "refused", delivery: "answered", asks: "Users",
		},
		"fusion, locked": {
			kind: "fusion", setUp: func(p *oraclesim.Pod) error { return p.Lock(rotator) },
			login: "refused", outcome: "refused", delivery: "answered", asks: "Users",
		},
		"fusion, no privilege": {
			kind: "fusion", setUp: func(p *oraclesim.Pod) error { return p.SetIdentityAdmin(rotator, false) },
			login: "accepted", outcome: "forbidden", delivery: "answered", asks: "Users",
		},
		"fusion, no privilege, said by 401": {
			kind: "fusion", switches: oraclesim.Switches{ScimWithoutPrivilege401: true},
			setUp: func(p *oraclesim.Pod) error { return p.SetIdentityAdmin(rotator, false) },
			login: "refused", outcome: "refused", delivery: "answered", asks: "Users",
		},
		"fusion, no privilege, said by a page": {
			kind: "fusion", switches: oraclesim.Switches{ForbiddenBody: oraclesim.BodyHTML},
			setUp: func(p *oraclesim.Pod) error { return p.SetIdentityAdmin(rotator, false) },
			login: "unproved", outcome: "unexpected_content", delivery: "answered", asks: "Users",
		},
		"fusion in maintenance": {
			kind: "fusion", switches: oraclesim.Switches{Maintenance: oraclesim.MaintenancePage},
			login: "unproved", outcome: "unexpected_content", delivery: "answered", asks: "Users",
		},
		"fusion that redirects": {
			kind: "fusion", switches: oraclesim.Switches{Maintenance: oraclesim.MaintenanceRedirect},
			login: "unproved", outcome: "unexpected_content", delivery: "answered", asks: "Users",
		},
		"fusion, throttled": {
			kind: "fusion", switches: oraclesim.Switches{RateLimitEvery: 1, RetryAfter: "0"},
			login: "unproved", outcome: "throttled", delivery: "answered", asks: "Users Users",
		},
		"fusion, throttled once": {
			kind: "fusion", faults: []fault{{Kind: "status", Status: 429, RetryAfter: "0", Count: 1, Path: scim}},
			login: "accepted", outcome: "rows", delivery: "answered", asks: "Users Users",
		},
		"fusion, a lost reply": {
			kind: "fusion", faults: []fault{{Kind: "lost_reply", Path: scim}},
			login: "unanswered", outcome: "no_connection", delivery: "unanswered", asks: "Users",
		},
		"fusion, late": {
			kind: "fusion", faults: []fault{{Kind: "late", Path: scim}},
			login: "unanswered", outcome: "no_connection", delivery: "unanswered", asks: "Users",
		},
		"fusion, nothing sent": {
			kind: "fusion", faults: []fault{{Kind: "drop"}}, login: "unproved", outcome: "no_connection", delivery: "not_sent",
		},

		"domain, wrong secret": {
			kind: "identity_domain", setUp: func(p *oraclesim.Pod) error { return p.SetClientSecret(clientID, "other") },
			login: "refused", outcome: "refused", delivery: "answered", asks: "token",
		},
		"domain, no such client": {
			kind: "identity_domain", setUp: func(p *oraclesim.Pod) error { return p.RemoveClient(clientID) },
			login: "refused", outcome: "refused", delivery: "answered", asks: "token",
		},
		"domain, no right": {
			kind: "identity_domain", setUp: func(p *oraclesim.Pod) error {
				if err := p.RemoveClient(clientID); err != nil {
					return err
				}
				return p.AddClient(oraclesim.Client{ID: clientID, Secret: clientSecret, Rights: []oraclesim.Right{oraclesim.RightChangeState}})
			},
			login: "accepted", outcome: "forbidden", delivery: "answered", asks: "token Users",
		},
		"domain down": {
			kind: "identity_domain", setUp: func(p *oraclesim.Pod) error { return p.SetDomainDown(true) },
			login: "unproved", outcome: "no_connection", delivery: "not_sent",
		},
		"domain, the pod down": {
			kind: "identity_domain", setUp: func(p *oraclesim.Pod) error { return p.SetDown(true) },
			login: "accepted", outcome: "rows", delivery: "answered", asks: "token Users policy",
		},
		"domain, a lost token": {
			kind: "identity_domain", faults: []fault{{Kind: "lost_reply", Domain: true, Path: token}},
			login: "unanswered", outcome: "no_connection", delivery: "unanswered", asks: "token",
		},
		"domain, a token that hangs once": {
			kind: "identity_domain", faults: []fault{{Kind: "reset", Domain: true, Path: token, Count: 1}},
			login: "unanswered", outcome: "no_connection", delivery: "unanswered", asks: "token",
		},
		"domain, a token throttled once": {
			kind: "identity_domain", faults: []fault{{Kind: "status", Status: 429, RetryAfter: "0", Domain: true, Path: token, Count: 1}},
			login: "accepted", outcome: "rows", delivery: "answered", asks: "token token Users policy",
		},
		"domain, a look-up lost once": {
			kind: "identity_domain", faults: []fault{{Kind: "lost_reply", Domain: true, Path: users, Count: 1}},
			login: "accepted", outcome: "rows", delivery: "answered", asks: "token Users Users policy",
		},
		"domain, a look-up lost": {
			kind: "identity_domain", faults: []fault{{Kind: "lost_reply", Domain: true, Path: users}},
			login: "accepted", outcome: "no_connection", delivery: "unanswered", asks: "token Users Users",
		},
		"domain, throttled": {
			kind: "identity_domain", switches: oraclesim.Switches{DomainRateLimit: 1, RetryAfter: "0"},
			login: "accepted", outcome: "throttled", delivery: "answered", asks: "token Users Users",
		},
		"domain, a policy that breaks": {
			kind: "identity_domain", faults: []fault{{Kind: "truncated", Domain: true, Path: policyPlace}},
			login: "accepted", outcome: "rows", delivery: "answered", asks: "token Users policy",
		},
		"domain, a page for a token": {
			kind: "identity_domain", faults: []fault{{Kind: "sso_page", Domain: true, Path: token}},
			login: "unproved", outcome: "unexpected_content", delivery: "answered", asks: "token",
		},
		"domain, a page for a user": {
			kind: "identity_domain", faults: []fault{{Kind: "sso_page", Domain: true, Path: users}},
			login: "accepted", outcome: "unexpected_content", delivery: "answered", asks: "token Users",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, fusion, domain := startDirectories(t, test.switches, test.faults...)
			if test.setUp != nil {
				must(t, test.setUp(p.sim.Pod()))
			}
			directory := map[oracle.DirectoryKind]oracle.Directory{"fusion": fusion, "identity_domain": domain}[test.kind]
			look := newClient(t).LookUp(within(t, patience), directory, user)
			if look.Login != test.login || look.Answer.Outcome != test.outcome || look.Answer.Delivery != test.delivery || asks(p) != test.asks {
				t.Errorf("%s, %+v after %q", look.Login, look.Answer, asks(p))
			}
			if found := look.View.Found == oracle.Yes; found != (test.outcome == oracle.Rows) || (!found && !cmp.Equal(look.View, oracle.View{})) {
				t.Errorf("view = %+v", look.View)
			}
		})
	}
}

// A token of the simulator lives and ends as it says, and the client's own end comes first.
func TestSimulatedTokens(t *testing.T) {
	t.Parallel()
	p, _, domain := startDirectories(t, oraclesim.Switches{})
	client := newClient(t)
	look := func(want oracle.LoginResult, asked string) {
		t.Helper()
		p.sim.Pod().ResetLogs()
		got := client.LookUp(within(t, patience), domain, user)
		if got.Login != want || !got.Answered() || asks(p) != asked {
			t.Errorf("%s, %+v after %q, want %s after %q", got.Login, got.Answer, asks(p), want, asked)
		}
	}
	look(oracle.LoginAccepted, "token Users policy")
	look(oracle.LoginUnproved, "Users policy")
	p.sim.Pod().RevokeTokens()
	look(oracle.LoginAccepted, "Users token Users policy")
	p.sim.Pod().AdvanceClock(2 * time.Hour) // the domain's clock alone
	look(oracle.LoginAccepted, "Users token Users policy")

	p.sim.Pod().RevokeTokens()
	p.sim.Pod().ResetLogs()
	if got, ok := client.LookUpByToken(within(t, patience), domain, user); ok || asks(p) != "Users" {
		t.Errorf("by a token that was revoked: %+v, %v after %q", got, ok, asks(p))
	}
	if slices.ContainsFunc(p.sim.Pod().Requests(), func(r oraclesim.Request) bool { return r.HadPassword }) {
		t.Error("a look-up by token sent the secret")
	}

	must(t, p.sim.Pod().SetSwitches(oraclesim.Switches{TokenLifetime: time.Minute})) // less than the margin
	look(oracle.LoginAccepted, "token Users policy")
	look(oracle.LoginAccepted, "token Users policy")
}
