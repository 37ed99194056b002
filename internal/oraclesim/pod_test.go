package oraclesim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const day = 24 * time.Hour

func TestLockAndUnlockOverREST(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	sim := start(t, oraclesim.Config{Now: clock.Now})
	pod := sim.Pod()
	wrong := get(ledgers)
	wrong.password = "wrong"
	for range 5 {
		wantStatus(t, wrong.do(t, sim), http.StatusUnauthorized)
	}
	state, err := pod.State("int_gl")
	must(t, err)
	if !state.Locked || state.FailedInARow != 5 || !state.LockedUntil.Equal(clock.Now().Add(time.Hour)) {
		t.Fatalf("after five refused logins the state is %+v", state)
	}
	must(t, pod.Unlock(user))
	wantStatus(t, get(ledgers).do(t, sim), http.StatusUnauthorized)
	state, err = pod.State(user)
	must(t, err)
	if state.Locked || !state.APILockedUntil.Equal(clock.Now().Add(time.Hour)) {
		t.Fatalf("after the unlock the state is %+v", state)
	}
	pod.AdvanceClock(time.Hour)
	wantStatus(t, get(ledgers).do(t, sim), http.StatusOK)
	if got := pod.FailedInARow(user); got != 0 {
		t.Errorf("FailedInARow = %d after an accepted login", got)
	}
	want := []oraclesim.Reason{
		"wrong_password", "wrong_password", "wrong_password", "wrong_password", "wrong_password", "lock_lag", "accepted",
	}
	if diff := cmp.Diff(want, reasons(sim)); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
}

func TestUserStates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		user     oraclesim.User
		switches oraclesim.Switches
		change   func(*oraclesim.Pod) error
		want     oraclesim.Reason
	}{
		"new":      {want: oraclesim.ReasonAccepted},
		"locked":   {change: func(p *oraclesim.Pod) error { return p.Lock(user) }, want: oraclesim.ReasonLocked},
		"disabled": {change: func(p *oraclesim.Pod) error { return p.Disable(user) }, want: oraclesim.ReasonDisabled},
		"created disabled": {
			user: oraclesim.User{Disabled: true}, want: oraclesim.ReasonDisabled,
		},
		"enabled": {
			user: oraclesim.User{Disabled: true}, change: func(p *oraclesim.Pod) error { return p.Enable(user) },
			want: oraclesim.ReasonAccepted,
		},
		"federated": {change: func(p *oraclesim.Pod) error { return p.SetFederated(user, true) }, want: oraclesim.ReasonFederated},
		"created federated": {
			user: oraclesim.User{Federated: true}, want: oraclesim.ReasonFederated,
		},
		"expired": {change: func(p *oraclesim.Pod) error { return p.Expire(user) }, want: oraclesim.ReasonExpired},
		"expired although it never would": {
			user:   oraclesim.User{PasswordMaxAge: oraclesim.NeverExpires},
			change: func(p *oraclesim.Pod) error { return p.Expire(user) }, want: oraclesim.ReasonExpired,
		},
		"one hour before 90 days": {
			change: func(p *oraclesim.Pod) error { p.AdvanceClock(90*day - time.Hour); return nil },
			want:   oraclesim.ReasonAccepted,
		},
		"after 90 days": {
			change: func(p *oraclesim.Pod) error { p.AdvanceClock(90 * day); return nil },
			want:   oraclesim.ReasonExpired,
		},
		"a password that was old already": {
			user: oraclesim.User{PasswordSet: newFakeClock().Now().Add(-91 * day)}, want: oraclesim.ReasonExpired,
		},
		"a password without end": {
			user:   oraclesim.User{PasswordMaxAge: oraclesim.NeverExpires},
			change: func(p *oraclesim.Pod) error { p.AdvanceClock(9999 * day); return nil },
			want:   oraclesim.ReasonAccepted,
		},
		"an age of its own": {
			user:   oraclesim.User{PasswordMaxAge: 30 * day},
			change: func(p *oraclesim.Pod) error { p.AdvanceClock(31 * day); return nil },
			want:   oraclesim.ReasonExpired,
		},
		"a new password starts its age anew": {
			change: func(p *oraclesim.Pod) error {
				p.AdvanceClock(91 * day)
				err := p.SetPassword(user, password)
				p.AdvanceClock(80 * day)
				return err
			},
			want: oraclesim.ReasonAccepted,
		},
		"expired, after the report": {
			change: func(p *oraclesim.Pod) error { p.AdvanceClock(91 * day); p.RunExpiryReport(); return nil },
			want:   oraclesim.ReasonWrongPassword,
		},
		"expired and accepted, until the report": {
			switches: oraclesim.Switches{ExpiredAcceptedUntilReport: true},
			change:   func(p *oraclesim.Pod) error { p.AdvanceClock(91 * day); p.RunExpiryReport(); return nil },
			want:     oraclesim.ReasonWrongPassword,
		},
		"expired, and the report is off": {
			switches: oraclesim.Switches{ExpiryReportOff: true},
			change:   func(p *oraclesim.Pod) error { p.AdvanceClock(91 * day); p.RunExpiryReport(); return nil },
			want:     oraclesim.ReasonExpired,
		},
		"expired at noon, before the nightly report": {
			switches: oraclesim.Switches{DailyExpiryReport: true},
			change:   func(p *oraclesim.Pod) error { p.AdvanceClock(90*day + 11*time.Hour); return nil },
			want:     oraclesim.ReasonExpired,
		},
		"expired at noon, after the nightly report": {
			switches: oraclesim.Switches{DailyExpiryReport: true},
			change:   func(p *oraclesim.Pod) error { p.AdvanceClock(90*day + 12*time.Hour); return nil },
			want:     oraclesim.ReasonWrongPassword,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.user.Name, test.user.Password = user, password
			sim := start(t, oraclesim.Config{
				Now: newFakeClock().Now, Switches: test.switches, Users: []oraclesim.User{test.user},
			})
			if test.change != nil {
				must(t, test.change(sim.Pod()))
			}
			got := get(ledgers).do(t, sim)
			if diff := cmp.Diff([]oraclesim.Reason{test.want}, reasons(sim)); diff != "" {
				t.Errorf("logins (-want +got):\n%s", diff)
			}
			if accepted := got.status == http.StatusOK; accepted != (test.want == oraclesim.ReasonAccepted) {
				t.Errorf("status = %d for a login that was %s", got.status, test.want)
			}
		})
	}
}

func TestExpiryReportHitsOnlyExpiredPasswords(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{Now: newFakeClock().Now, Users: []oraclesim.User{
		{Name: "B_OLD", Password: password, PasswordMaxAge: 10 * day},
		{Name: "A_OLD", Password: password, PasswordMaxAge: 20 * day},
		{Name: "C_YOUNG", Password: password},
	}})
	pod := sim.Pod()
	pod.AdvanceClock(20 * day)
	if diff := cmp.Diff([]string{"A_OLD", "B_OLD"}, pod.RunExpiryReport()); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}
	if again := pod.RunExpiryReport(); again != nil {
		t.Errorf("a second report replaced %v", again)
	}
	state, err := pod.State("A_OLD")
	must(t, err)
	if state.Expired || !state.PasswordSet.Equal(pod.Now()) {
		t.Errorf("after the report the state is %+v, want a password set now", state)
	}
}

func TestBadInputIsRefused(t *testing.T) {
	t.Parallel()
	pod := start(t, oraclesim.Config{}).Pod()
	tests := map[string]struct {
		err  error
		want string
	}{
		"user without a name":       {pod.AddUser(oraclesim.User{Password: "x"}), "a user needs a name"},
		"user with a colon":         {pod.AddUser(oraclesim.User{Name: "a:b", Password: "x"}), `user name "a:b" holds a colon, which a Basic header cannot carry`},
		"user without a password":   {pod.AddUser(oraclesim.User{Name: "X"}), `user "X" needs a password`},
		"user there already":        {pod.AddUser(oraclesim.User{Name: "int_gl", Password: "x"}), `user "int_gl" exists already`},
		"user with an odd module":   {pod.AddUser(oraclesim.User{Name: "X", Password: "x", Access: map[oraclesim.Module]oraclesim.Access{"XX": "granted"}}), `user "X": module "XX" is unknown: use GL, AP, AR, FA, CM, PA, PO or COMMON`},
		"empty password":            {pod.SetPassword(user, ""), `user "INT_GL" needs a password`},
		"password of nobody":        {pod.SetPassword("NOBODY", "x"), `user "NOBODY": the pod has no such user`},
		"odd access":                {pod.SetPrivilege(user, "GL", "all"), `access "all" is unknown: use granted, denied or no_data`},
		"privilege for common":      {pod.SetPrivilege(user, "COMMON", "denied"), "resources of COMMON need no privilege, so there is none to set"},
		"removing an odd module":    {pod.RemoveModule("gl"), `module "gl" is unknown: use GL, AP, AR, FA, CM, PA, PO or COMMON`},
		"removing no such resource": {pod.RemoveResource("customers"), `the pod has no resource "customers"`},
		"adding a path":             {pod.AddResource(oraclesim.Resource{Name: "a/b", Module: "GL"}), `resource name "a/b" must be one non-empty path segment`},
		"adding to no module":       {pod.AddResource(oraclesim.Resource{Name: "a"}), `resource "a": module "" is unknown: use GL, AP, AR, FA, CM, PA, PO or COMMON`},
		"negative switch":           {pod.SetSwitches(oraclesim.Switches{LockThreshold: -1}), "lock threshold, lock duration, api lock lag and page limit must not be negative"},
		"odd body form":             {pod.SetSwitches(oraclesim.Switches{ForbiddenBody: "xml"}), `forbidden body: body form "xml" is unknown: use empty, adf_json, plain or html`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fmt.Sprint(test.err); got != test.want {
				t.Errorf("error = %q, want %q", got, test.want)
			}
		})
	}
	for _, call := range []func(string) error{pod.Lock, pod.Unlock, pod.Disable, pod.Enable, pod.Expire} {
		if err := call("NOBODY"); !errors.Is(err, oraclesim.ErrUnknownUser) {
			t.Errorf("error of an unknown user = %v", err)
		}
	}
	if pod.Logins("NOBODY") != nil || pod.FailedInARow("NOBODY") != 0 {
		t.Error("an unknown user has a history")
	}
}

func TestLogs(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	sim := start(t, oraclesim.Config{Now: clock.Now})
	pod := sim.Pod()
	pod.AdvanceClock(time.Hour)
	c := get(ledgers + "?limit=1")
	c.user, c.header = "int_gl", map[string]string{"User-Agent": "check/1"}
	c.do(t, sim)
	call{path: ledgers}.do(t, sim)
	call{path: ledgers, user: "NOBODY", password: "x"}.do(t, sim)
	call{path: ledgers, user: user}.do(t, sim)
	bearer := call{path: ledgers, header: map[string]string{"Authorization": "Bearer abc"}}
	bearer.do(t, sim)

	now := clock.Now().Add(time.Hour)
	wantLogins := []oraclesim.Login{
		{Time: now, Accepted: true, Reason: "accepted", Path: ledgers, ClientAgent: "check/1"},
		{Time: now, Reason: "wrong_password", Path: ledgers, ClientAgent: "Go-http-client/1.1"}, // the empty password
	}
	if diff := cmp.Diff(wantLogins, pod.Logins(user)); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
	wantRequests := []oraclesim.Request{
		{Time: now, Method: "GET", Path: ledgers, Query: "limit=1", Status: 200, User: "int_gl", HadPassword: true},
		{Time: now, Method: "GET", Path: ledgers, Status: 401},
		{Time: now, Method: "GET", Path: ledgers, Status: 401, User: "NOBODY", HadPassword: true},
		{Time: now, Method: "GET", Path: ledgers, Status: 401, User: user},
		{Time: now, Method: "GET", Path: ledgers, Status: 401},
	}
	if diff := cmp.Diff(wantRequests, pod.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	pod.ResetLogs()
	if pod.Requests() != nil || len(pod.Logins(user)) != 0 || pod.FailedInARow(user) != 1 {
		t.Error("ResetLogs must empty both logs and keep the count")
	}
}

func TestAwaitRequestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	pod := start(t, oraclesim.Config{}).Pod()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := pod.AwaitRequest(ctx, func(oraclesim.Request) bool { return false })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the context's", err)
	}
}

// TestConcurrentUse is for the race detector, and for the count: no login may be lost.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{Switches: oraclesim.Switches{LockThreshold: 1000}})
	pod := sim.Pod()
	client := newClient(t, sim, true)
	wrong := get(ledgers)
	wrong.password = "wrong"
	const workers, each = 4, 10
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			name := fmt.Sprintf("U%d", i)
			for n := range each {
				if _, err := wrong.send(t, client, sim.URL()); err != nil {
					t.Error(err)
				}
				_ = pod.AddUser(oraclesim.User{Name: name, Password: "x"})
				_ = pod.SetPrivilege(name, oraclesim.Payables, oraclesim.AccessDenied)
				_ = pod.Inject(oraclesim.Fault{Kind: oraclesim.FaultReset, Path: "/nowhere", Count: n})
				pod.AdvanceClock(time.Second)
				pod.States()
				pod.Requests()
				pod.Faults()
				pod.ClearFaults()
			}
		})
	}
	group.Wait()
	if got := pod.FailedInARow(user); got != workers*each {
		t.Errorf("FailedInARow = %d, want %d", got, workers*each)
	}
}
