package oraclesim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// TestFaultsOfAPasswordSet: what a fault leaves of a change that gets no answer, over SCIM and over the domain.
func TestFaultsOfAPasswordSet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind    oraclesim.FaultKind
		changed bool
		release int // requests that are still to come
	}{
		"lost on the way": {kind: oraclesim.FaultReset},
		"answer lost":     {kind: oraclesim.FaultLostReply, changed: true},
		"late":            {kind: oraclesim.FaultLate, release: 1},
	}
	for name, test := range tests {
		for _, domain := range []bool{false, true} {
			t.Run(map[bool]string{false: "SCIM, ", true: "domain, "}[domain]+name, func(t *testing.T) {
				t.Parallel()
				sim := startSCIM(t, oraclesim.Switches{})
				set := setByAdmin(t, sim, newPassword)
				fault := oraclesim.Fault{Kind: test.kind, Method: "PATCH", Path: scimUsers, User: admin, Count: 1}
				if domain {
					method, path, body := changer(t, sim, "UserPasswordChanger", setNew)
					set = call{method: method, path: path, body: body, domain: true, token: token(t, sim)}
					fault = oraclesim.Fault{Kind: test.kind, Domain: true, Path: "/admin/v1/UserPasswordChanger/", User: client, Count: 1}
				}
				must(t, sim.Pod().Inject(fault))
				wantStatus(t, asAdmin("GET", scimUsers, "").do(t, sim), 200) // no fault of this one
				if got, err := set.try(t, sim); err == nil {
					t.Fatalf("an answer: %+v", got)
				}
				if changed := len(bys(sim, user)) == 1; changed != test.changed {
					t.Errorf("changed = %v after no answer", changed)
				}
				if got := sim.Pod().ReleaseLate(); got != test.release {
					t.Errorf("%d late requests, want %d", got, test.release)
				}
				wantChanged := test.changed || test.release > 0
				if now := loginStatus(t, sim, newPassword); (now == 200) != wantChanged {
					t.Errorf("new password %d", now)
				}
			})
		}
	}
}

// TestLateRequestLogsInWhenItArrives is a change that is applied a day after its client gave up: the administrator's
// password has changed meanwhile, so it is refused.
func TestLateRequestLogsInWhenItArrives(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]string{"the same password": password, "another password": "x"} {
		sim := startSCIM(t, oraclesim.Switches{})
		pod := sim.Pod()
		must(t, pod.Inject(oraclesim.Fault{Kind: oraclesim.FaultLate, Path: scimUsers, Count: 1}))
		set := setByAdmin(t, sim, newPassword)
		set.body = strings.Repeat(" ", 100_000) + set.body // more than a server reads ahead
		if _, err := set.try(t, sim); err == nil {
			t.Fatal("a late request was answered")
		}
		if got := len(pod.Logins(admin)); got != 0 {
			t.Errorf("%d logins before it arrived", got)
		}
		pod.AdvanceClock(day)
		must(t, pod.SetPassword(admin, meanwhile))
		pod.ReleaseLate()
		logins := pod.Logins(admin)
		if len(logins) != 1 || logins[0].Accepted != (meanwhile == password) || !logins[0].Time.Equal(pod.Now()) {
			t.Errorf("%s: logins = %+v", name, logins)
		}
		var want []oraclesim.PasswordChange
		if meanwhile == password {
			want = []oraclesim.PasswordChange{{Time: pod.Now(), By: "scim:ROTATOR"}}
		}
		if diff := cmp.Diff(want, pod.PasswordChanges(user)); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", name, diff)
		}
		if again := pod.ReleaseLate(); again != 0 {
			t.Errorf("%d requests came twice", again)
		}
	}
}

// TestFaultsOfTheDomain: the domain's faults and the pod's do not meet.
func TestFaultsOfTheDomain(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	pod := sim.Pod()
	good := call{path: domainUsers, domain: true, token: token(t, sim)}
	outcome := func(c call) int {
		t.Helper()
		got, err := c.try(t, sim)
		if err != nil {
			return 0
		}
		return got.status
	}
	bad := call{path: domainUsers, domain: true, token: "x"}
	for name, test := range map[string]struct {
		fault            oraclesim.Fault
		pod, domain, bad int
	}{
		"of the pod":       {oraclesim.Fault{Kind: "status", Status: 503}, 503, 200, 401},
		"of the domain":    {oraclesim.Fault{Kind: "status", Status: 503, Domain: true}, 200, 503, 503},
		"after a token":    {oraclesim.Fault{Kind: "status", Status: 503, Domain: true, AfterLogin: true}, 200, 503, 401},
		"401 in HTML":      {oraclesim.Fault{Kind: "status", Status: 401, Domain: true, Body: "html"}, 200, 401, 401},
		"a dropped pod":    {oraclesim.Fault{Kind: "drop"}, 0, 200, 401},
		"a dropped domain": {oraclesim.Fault{Kind: "drop", Domain: true}, 200, 0, 0},
		"another client's": {oraclesim.Fault{Kind: "reset", Domain: true, User: "other"}, 200, 200, 401},
	} {
		must(t, pod.Inject(test.fault))
		if p, d, b := outcome(get(ledgers)), outcome(good), outcome(bad); p != test.pod || d != test.domain || b != test.bad {
			t.Errorf("%s: pod %d, domain %d, bad token %d; want %d, %d, %d", name, p, d, b, test.pod, test.domain, test.bad)
		}
		pod.ClearFaults()
	}
}

// TestPortsGoDownAlone: the pod's port and the domain's are two.
func TestPortsGoDownAlone(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	pod, podURL, domainURL := sim.Pod(), sim.URL(), sim.DomainURL()
	good := call{path: domainUsers, domain: true, token: token(t, sim)}
	must(t, pod.SetDown(true))
	if _, err := get(ledgers).try(t, sim); err == nil {
		t.Error("the pod is not down")
	}
	wantStatus(t, good.do(t, sim), 200)
	must(t, pod.SetDown(false))
	must(t, pod.SetDomainDown(true))
	if _, err := good.try(t, sim); err == nil {
		t.Error("the domain is not down")
	}
	wantStatus(t, get(ledgers).do(t, sim), 200)
	must(t, pod.SetDomainDown(false))
	wantStatus(t, good.do(t, sim), 200)
	if sim.URL() != podURL || sim.DomainURL() != domainURL || podURL == domainURL {
		t.Errorf("addresses %s, %s", sim.URL(), sim.DomainURL())
	}
	without := start(t, oraclesim.Config{})
	if err := without.Pod().SetDomainDown(true); err == nil || without.DomainURL() != "" {
		t.Error("there is a domain without one")
	}
}

// TestDomainRequestsAreLogged: a test can count requests for tokens and look-ups.
func TestDomainRequestsAreLogged(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	good := token(t, sim)
	for _, c := range []call{
		{path: domainUsers + "?count=1", domain: true, token: good}, {path: domainUsers, domain: true, token: "odd"}, get(ledgers),
	} {
		c.do(t, sim)
	}
	now := newFakeClock().Now()
	want := []oraclesim.Request{
		{Time: now, Method: "POST", Path: "/oauth2/v1/token", Status: 200, User: client, HadPassword: true, Domain: true},
		{Time: now, Method: "GET", Path: domainUsers, Query: "count=1", Status: 200, Domain: true, Client: client},
		{Time: now, Method: "GET", Path: domainUsers, Status: http.StatusUnauthorized, Domain: true},
		{Time: now, Method: "GET", Path: ledgers, Status: 200, User: user, HadPassword: true},
	}
	if diff := cmp.Diff(want, sim.Pod().Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	sim.Pod().AdvanceClock(time.Hour)
	wantClients := []oraclesim.ClientState{{ID: client, Rights: oraclesim.Rights()}}
	if diff := cmp.Diff(wantClients, sim.Pod().Clients()); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
}
