package agent_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
)

func TestHalfAReportIsNotTakenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount(many(1200)...)
		m.breakOff = 2
		s := run(t, map[string]*mount{"m": m})
		got := s.of(t, "m")
		if got.Up || got.Revision != "" || len(got.Statuses) != 0 || s.Ready() || got.Fault != "the connection was reset" {
			t.Errorf("the first report broke off, and is known as %q with %d, fault %q", got.Revision, len(got.Statuses), got.Fault)
		}
		s.vault.change(func() { m.breakOff = -1 })
		s.pass(minuteAndPhase)
		if got := s.of(t, "m"); !got.Up || len(got.Statuses) != 1200 || !s.Ready() {
			t.Errorf("the second one did not, and is known as %q with %d", got.Revision, len(got.Statuses))
		}
		before := s.of(t, "m")
		s.vault.change(func() { m.set(many(700)...); m.remove("i-01100"); m.breakOff = 1 })
		s.pass(time.Minute)
		if diff := cmp.Diff(before.Statuses, s.of(t, "m").Statuses); diff != "" {
			t.Errorf("changes that broke off were taken over in part:\n%s", diff)
		}
		s.vault.change(func() { m.breakOff = -1 })
		s.pass(time.Minute)
		got = s.of(t, "m")
		if !got.Up || len(got.Statuses) != 1199 || got.Statuses[0].Seq != 1201 || got.Statuses[699].Seq != 1900 {
			t.Errorf("after all of it: %d, revision %s", len(got.Statuses), got.Revision)
		}
		s.stop()
	})
}

func TestAnEngineThatRestartedIsReadAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount("a", "b", "c")
		s := run(t, map[string]*mount{"m": m})
		s.log.take(t)
		s.vault.change(func() { m.remove("b"); m.restart(); m.version = "v2" })
		s.pass(minuteAndPhase)
		if got := s.of(t, "m"); got.Revision != "p'-2" || !slices.Equal(names(got), []string{"a", "c"}) {
			t.Errorf("got %s with %v", got.Revision, names(got))
		}
		s.stop()
		want := []string{"info: engine has another version version=v2 before=v1"}
		if diff := cmp.Diff(want, s.log.take(t, "version", "before")); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestAMountThatMovedComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount("a")
		s := run(t, map[string]*mount{"m": m})
		s.log.take(t)
		s.vault.change(func() { delete(s.vault.mounts, "m") })
		s.pass(minuteAndPhase)
		if got := s.of(t, "m"); got.Up || got.Fault != errNotMounted.Text || len(got.Statuses) != 1 {
			t.Errorf("gone: %+v", got)
		}
		s.vault.change(func() { s.vault.mounts["m"] = newMount("x", "y") })
		s.pass(time.Minute)
		if got := s.of(t, "m"); !got.Up || got.Revision != "p-2" {
			t.Errorf("another one is there: %+v", got)
		}
		s.stop()
		want := []string{"error: mount cannot be read kind=not_found", "info: mount can be read again"}
		if diff := cmp.Diff(want, s.log.take(t, "kind")); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestAReportIsReadWhereNoSweepMayBeStarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount("a")
		m.sweep = &engine.Fault{Kind: engine.Denied, Text: "Vault denies sweep: install the policy."}
		s := run(t, map[string]*mount{"m": m})
		if got := s.of(t, "m"); !got.Up || got.SweepFault != "Vault denies sweep: install the policy." || len(got.Statuses) != 1 {
			t.Errorf("got %+v", got)
		}
		s.pass(minuteAndPhase)
		s.vault.change(func() { m.sweep = nil })
		s.pass(time.Minute)
		if got := s.of(t, "m").SweepFault; got != "" {
			t.Errorf("it may be started again, and %q is shown", got)
		}
		s.stop()
		want := []string{
			"info: first report read", "warn: sweep cannot be started fault=Vault denies sweep: install the policy.",
			"info: sweeps can be started again",
		}
		if diff := cmp.Diff(want, s.log.take(t, "fault")); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestASessionThatStillLogsInBlamesNoMount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := prepare(t, map[string]*mount{"m": newMount("a")})
		s.vault.login, s.vault.loggedIn = 3*time.Second, false
		s.begin(t)
		s.pass(2900 * time.Millisecond)
		if got := s.of(t, "m"); got.Fault != "it has not been read yet" || s.Ready() {
			t.Errorf("before the login: %+v", got)
		}
		s.pass(1200 * time.Millisecond)
		if !s.Ready() {
			t.Error("it is logged in, and it is not ready")
		}
		s.pass(time.Hour)
		s.vault.change(func() { s.vault.loggedIn = false })
		s.config.Vault.Auth = otherLogin(t)
		if err := s.Reload(); err != nil { // with another session
			t.Fatal(err)
		}
		for range 40 {
			s.pass(100 * time.Millisecond)
			if got := s.of(t, "m"); !got.Up {
				t.Fatalf("while a new session logs in: %+v", got)
			}
		}
		s.stop()
		if diff := cmp.Diff([]string{"info: first report read", "info: configuration reloaded"}, s.log.take(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestASessionThatDoesNotLogInIsSaidAfterAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := prepare(t, map[string]*mount{"m": newMount("a")})
		s.vault.login, s.vault.loggedIn = -1, false
		s.begin(t)
		s.pass(12 * time.Second)
		if got := s.of(t, "m").Fault; got != errNoLogin.Text {
			t.Errorf("got %q", got)
		}
		s.pass(time.Hour)
		s.vault.change(func() { s.vault.loggedIn = true })
		s.pass(minuteAndPhase)
		if !s.Ready() {
			t.Error("it is logged in, and it is not ready")
		}
		s.vault.change(func() { s.vault.loggedIn = false })
		s.pass(time.Minute)
		if s.of(t, "m").Up {
			t.Error("a session that lost its token long after it began is waited for")
		}
		s.stop()
		want := []string{"error: mount cannot be read", "info: first report read", "error: mount cannot be read"}
		if diff := cmp.Diff(want, s.log.take(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}
