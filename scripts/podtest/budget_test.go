package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// TestBudget: whatever fails at whichever request, no password follows a login that was refused or not answered.
func TestBudget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault oraclesim.Fault
		step  int // at every so many-th request
	}{
		{oraclesim.Fault{Kind: oraclesim.FaultStatus, Status: 401}, 4},
		{oraclesim.Fault{Kind: oraclesim.FaultLostReply}, 7},
		{oraclesim.Fault{Kind: oraclesim.FaultReset}, 11},
		{oraclesim.Fault{Kind: oraclesim.FaultStatus, Status: 500}, 11},
		{oraclesim.Fault{Kind: oraclesim.FaultSSOPage}, 11},
	} {
		fault := test.fault
		fault.Count = 1
		for _, door := range []struct {
			domain   bool
			requests int // more than a run asks of it
		}{{false, 50}, {true, 10}} {
			fault.Domain = door.domain
			for fault.Skip = 0; fault.Skip < door.requests; fault.Skip += test.step {
				checkBudget(t, fault)
			}
		}
	}
}

func checkBudget(t *testing.T, fault oraclesim.Fault) {
	t.Helper()
	t.Run(fmt.Sprintf("%s %d after %d, domain %t", fault.Kind, fault.Status, fault.Skip, fault.Domain), func(t *testing.T) {
		t.Parallel()
		p := start(t, oraclesim.Switches{})
		must(t, p.sim.Pod().Inject(fault))
		p.run(t)
		p.wantNoLoginAfterRefusal(t)
	})
}

// wantNoLoginAfterRefusal goes by what reached the pod and its domain.
func (p pod) wantNoLoginAfterRefusal(t *testing.T) {
	t.Helper()
	over := false
	for i, r := range p.sim.Pod().Requests() {
		if over && r.HadPassword {
			t.Fatalf("request %d, %s, carries a secret of %s after a login that was refused or not answered", i, r.Path, r.User)
		}
		over = over || r.HadPassword && (r.Status == 401 || r.Status == 0)
	}
	if refused := p.refusedLogins(); refused > 1 {
		t.Errorf("%d logins were refused", refused)
	}
}

// TestRefusedAtOnce: a right password that is refused ends the run there, with or without leave for a refused login.
func TestRefusedAtOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		setUp func(*oraclesim.Pod) error
		env   map[string]string
		said  string
	}{
		"wrong":    {func(p *oraclesim.Pod) error { return p.SetPassword(user, "Other-1234!") }, nil, "catalogue"},
		"locked":   {func(p *oraclesim.Pod) error { return p.Lock(user) }, nil, "catalogue"},
		"disabled": {func(p *oraclesim.Pod) error { return p.Disable(user) }, nil, "catalogue"},
		"expired":  {func(p *oraclesim.Pod) error { return p.Expire(user) }, nil, "catalogue"},
		"unknown":  {nil, map[string]string{"USERNAME": "NOBODY", "SPEND_ONE_REFUSED_LOGIN": "NOBODY"}, "catalogue"},
		"no leave": {func(p *oraclesim.Pod) error { return p.Lock(user) }, map[string]string{"SPEND_ONE_REFUSED_LOGIN": ""}, "catalogue"},
		"admin":    {func(p *oraclesim.Pod) error { return p.Lock(admin) }, nil, "scim-user"},
		"client":   {func(p *oraclesim.Pod) error { return p.SetClientSecret(clientID, "other") }, nil, "domain-token"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, oraclesim.Switches{})
			if test.setUp != nil {
				must(t, test.setUp(p.sim.Pod()))
			}
			for name, value := range test.env {
				p.env[name] = value
			}
			got := p.run(t)
			if got.code != exitEnded || !strings.Contains(got.complaints, "was refused") {
				t.Errorf("exit code %d, complaint %q", got.code, got.complaints)
			}
			refused := 0
			for _, r := range p.sim.Pod().Requests() {
				if r.HadPassword && r.Status == 401 {
					refused++
				}
			}
			if refused != 1 {
				t.Errorf("%d logins were refused, want the one that ended the run", refused)
			}
			if v := got.verdicts()["refused-login"]; v != "open" {
				t.Errorf("refused-login is %q after another refusal", v)
			}
			p.wantNoLoginAfterRefusal(t)
		})
	}
}

// TestNoLeave: without the user's name nothing is refused, and what may be is not asked.
func TestNoLeave(t *testing.T) {
	t.Parallel()
	p := start(t, oraclesim.Switches{})
	delete(p.env, "SPEND_ONE_REFUSED_LOGIN")
	got := p.run(t)
	if refused := p.refusedLogins(); refused != 0 || got.code != exitAgrees {
		t.Errorf("%d logins were refused, exit code %d", refused, got.code)
	}
	if left := strings.Join(got.marked("open"), " "); left != "own-scim refused-login domain-counts" {
		t.Errorf("open are %q", left)
	}
}

// TestUserAlone: without directories their checks stay open, and the rest is asked.
func TestUserAlone(t *testing.T) {
	t.Parallel()
	p := start(t, oraclesim.Switches{})
	for name := range p.env {
		if strings.HasPrefix(name, "DIRECTORY_") {
			delete(p.env, name)
		}
	}
	got := p.run(t)
	if got.code != exitAgrees {
		t.Errorf("exit code %d: %s", got.code, got.complaints)
	}
	for _, name := range got.marked("open") {
		if !strings.HasPrefix(name, "scim-") && !strings.HasPrefix(name, "domain-") {
			t.Errorf("%s is open", name)
		}
	}
	if v := got.verdicts()["refused-login"]; v != "yes" {
		t.Errorf("refused-login is %q", v)
	}
}

// TestNobodyThere: a pod that cannot be reached is no refused login.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	p := start(t, oraclesim.Switches{})
	must(t, p.sim.Pod().SetDown(true))
	began := time.Now()
	got := p.run(t)
	if got.code != exitEnded || !strings.Contains(got.written, "refused logins: 0.") || len(got.marked("open")) != countChecks() {
		t.Errorf("exit code %d, complaints %q:\n%s", got.code, got.complaints, got.shown)
	}
	if time.Since(began) > patience {
		t.Error("it asked again and again")
	}
}
