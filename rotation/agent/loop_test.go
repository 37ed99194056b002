package agent_test

import (
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
)

// A tick may come this much later than an interval after the one before: the phase and a little.
const minuteAndPhase = 67 * time.Second

var errSealed = &engine.Fault{Kind: engine.Sealed, Text: "Vault is sealed: unseal it."}

func TestTheFirstTickIsAtOnceAndTheOthersAnIntervalApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount("a")
		began := time.Now()
		s := run(t, map[string]*mount{"m": m})
		s.pass(10 * time.Minute)
		s.stop()
		if m.sweeps[0] != began {
			t.Errorf("the first tick came after %s", m.sweeps[0].Sub(began))
		}
		if first := m.sweeps[1].Sub(began); first < time.Minute || first > time.Minute+6*time.Second {
			t.Errorf("the second tick came after %s, want an interval and up to a tenth", first)
		}
		for i, at := range m.sweeps[2:] {
			if gap := at.Sub(m.sweeps[i+1]); gap != time.Minute {
				t.Errorf("a tick came %s after the one before", gap)
			}
		}
		if len(m.sweeps) != 10 {
			t.Errorf("got %d ticks in ten minutes, want 10", len(m.sweeps))
		}
	})
}

func TestAFleetThatStartsTogetherDoesNotMarch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seconds := map[time.Duration]bool{}
		for range 5 {
			m := newMount("a")
			began := time.Now()
			s := run(t, map[string]*mount{"m": m})
			s.pass(minuteAndPhase)
			s.stop()
			seconds[m.sweeps[1].Sub(began)] = true
		}
		if len(seconds) < 2 {
			t.Errorf("five agents tick at the same moment: %v", seconds)
		}
	})
}

func TestEverythingIsReadOnceAndThenWhatChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount(many(1200)...)
		s := run(t, map[string]*mount{"m": m})
		if diff := cmp.Diff([]string{" ", " i-00499", " i-00999"}, m.asked); diff != "" {
			t.Errorf("the first report (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(many(1200), names(s.of(t, "m"))); diff != "" {
			t.Errorf("known (-want +got):\n%s", diff)
		}
		m.asked = nil
		s.vault.change(func() { m.set("new"); m.remove("i-00007") })
		s.pass(minuteAndPhase)
		s.pass(time.Minute)
		if diff := cmp.Diff([]string{"p-1200 ", "p-1202 "}, m.asked); diff != "" {
			t.Errorf("the later ones (-want +got):\n%s", diff)
		}
		want := append(slices.Delete(many(1200), 7, 8), "new")
		if diff := cmp.Diff(want, names(s.of(t, "m"))); diff != "" {
			t.Errorf("known (-want +got):\n%s", diff)
		}
		s.stop()
		want = []string{"info: first report read integrations=1200 directories=0 states=ok=1200 version=v1 mount=m"}
		if diff := cmp.Diff(want, s.log.take(t, "integrations", "directories", "states", "version", "mount")); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestAnHourOfASealedVaultIsTwoLinesAndNothingForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount("a", "b")
		s := run(t, map[string]*mount{"m": m})
		readAt := s.of(t, "m").ReadAt
		s.log.take(t)
		s.vault.change(func() { m.fault = errSealed })
		for range 60 {
			s.pass(time.Minute)
			if !s.Healthy() || !s.Ready() {
				t.Fatalf("healthy %t, ready %t while Vault is sealed", s.Healthy(), s.Ready())
			}
		}
		got := s.of(t, "m")
		if got.Up || got.Fault != errSealed.Text || len(got.Statuses) != 2 || got.ReadAt != readAt || got.Revision != "p-2" {
			t.Errorf("after an hour: %+v", got)
		}
		if asked := len(m.asked); asked != 1 {
			t.Errorf("%d reports were asked for, although no sweep could be", asked)
		}
		s.vault.change(func() { m.fault = nil })
		s.pass(minuteAndPhase)
		if got := s.of(t, "m"); !got.Up || got.Fault != "" || !got.ReadAt.After(readAt.Add(time.Hour)) {
			t.Errorf("after it was unsealed: %+v", got)
		}
		s.stop()
		want := []string{"error: mount cannot be read fault=" + errSealed.Text + " mount=m", "info: mount can be read again mount=m"}
		if diff := cmp.Diff(want, s.log.take(t, "fault", "mount")); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestAMountThatHangsDelaysNeitherTheOthersNorATick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hung, well := newMount("a"), newMount("b")
		s := run(t, map[string]*mount{"hung": hung, "well": well})
		s.vault.change(func() { hung.hangs = true })
		well.sweeps = nil
		for range 10 {
			s.pass(time.Minute)
			if !s.Healthy() || !s.of(t, "well").Up {
				t.Fatalf("healthy %t, the other mount: %+v", s.Healthy(), s.of(t, "well"))
			}
			if s.vault.running > 1 {
				t.Fatalf("%d requests run, want one that hangs", s.vault.running)
			}
		}
		if got := s.of(t, "hung"); got.Up || len(got.Statuses) != 1 {
			t.Errorf("the one that hangs: %+v", got)
		}
		if len(well.sweeps) < 9 {
			t.Errorf("the other mount had %d ticks in ten minutes", len(well.sweeps))
		}
		s.vault.change(func() { hung.hangs = false })
		s.pass(2 * minuteAndPhase)
		if got := s.of(t, "hung"); !got.Up {
			t.Errorf("it answers again, and is shown as %+v", got)
		}
		s.stop()
	})
}

func TestAMountThatHangsIsDownWhenARequestMayTakeNoLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount("a")
		m.hangs = true
		s := run(t, map[string]*mount{"m": m})
		s.pass(agent.RequestLimit - time.Second)
		if got := s.of(t, "m").Fault; got != "it has not been read yet" {
			t.Errorf("before: %q", got)
		}
		s.pass(time.Second)
		if got := s.of(t, "m").Fault; got != "Vault did not answer in time: look whether it is up." {
			t.Errorf("after: %q", got)
		}
		s.stop()
	})
}

func TestAVisitThatTakesLongerThanAnIntervalIsNotDoubled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount(many(1200)...)
		m.slow = 40 * time.Second // four requests
		s := run(t, map[string]*mount{"m": m})
		s.pass(159 * time.Second)
		if s.vault.mostRunning != 1 || s.Ready() {
			t.Errorf("%d requests ran at once, ready %t", s.vault.mostRunning, s.Ready())
		}
		s.pass(2 * time.Second)
		if got := s.of(t, "m"); !got.Up || len(got.Statuses) != 1200 || len(m.sweeps) != 1 {
			t.Errorf("after it ended: up %t with %d, %d sweeps", got.Up, len(got.Statuses), len(m.sweeps))
		}
		s.stop()
	})
}

func TestManyMountsAreNotAskedAllAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mounts := map[string]*mount{}
		for _, name := range many(40) {
			mounts[name] = newMount("a")
			mounts[name].slow = time.Second
		}
		s := run(t, mounts)
		s.pass(11 * time.Second)
		if !s.Ready() || s.vault.mostRunning != agent.VisitsAtOnce {
			t.Errorf("ready %t, and up to %d requests ran at once", s.Ready(), s.vault.mostRunning)
		}
		s.stop()
	})
}

func TestManyMountsThatHangKeepTheOthersWaitingForAMomentOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// Whatever the order in which visits begin, one of these is the last in line.
		mounts := map[string]*mount{"a-well": newMount("a"), "y-well": newMount("a"), "z-well": newMount("a")}
		for _, name := range many(agent.VisitsAtOnce) {
			mounts[name] = newMount("a")
			mounts[name].hangs = true
		}
		s := run(t, mounts)
		s.pass(agent.Patience)
		for _, name := range []string{"a-well", "y-well", "z-well"} {
			if got := s.of(t, name); !got.Up || s.vault.running != agent.VisitsAtOnce {
				t.Errorf("%d requests run, and one that does not hang: %+v", s.vault.running, got)
			}
		}
		s.stop()
	})
}

func TestReadyWaitsForEveryMountAndStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, two := newMount("a"), newMount("b")
		two.fault = errSealed
		s := run(t, map[string]*mount{"one": one, "two": two})
		if s.Ready() || !s.Healthy() {
			t.Errorf("one of two is read: ready %t, healthy %t", s.Ready(), s.Healthy())
		}
		s.vault.change(func() { two.fault = nil })
		s.pass(minuteAndPhase)
		if !s.Ready() {
			t.Error("both are read, and it is not ready")
		}
		s.vault.change(func() { one.fault, two.fault = errSealed, errSealed })
		s.pass(time.Hour)
		if !s.Ready() {
			t.Error("it was ready and is not any more")
		}
		s.stop()
	})
}

func TestALoopThatDoesNotTickIsNotHealthy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := prepare(t, map[string]*mount{"m": newMount("a")})
		s.pass(3*time.Minute + 30*time.Second)
		if !s.Healthy() {
			t.Error("it is not healthy before its loop had time to begin")
		}
		s.pass(1)
		if s.Healthy() {
			t.Error("nobody runs it, and it is healthy")
		}
	})
}

func TestASnapshotIsNeverChangedAfterwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount("a", "b")
		s := run(t, map[string]*mount{"m": m, "n": newMount()})
		before := s.Snapshot()
		taken := before.Taken
		s.vault.change(func() { m.set("c", "b"); m.remove("a"); m.version = "v2" })
		s.pass(minuteAndPhase)
		s.vault.change(func() { m.fault = errSealed })
		s.pass(time.Minute)
		if got := before.Mounts[0]; !slices.Equal(names(got), []string{"a", "b"}) || got.Statuses[1].Seq != 2 || !got.Up ||
			got.Version != "v1" || got.Counts[rotation.StateOK] != 2 || before.Taken != taken {
			t.Errorf("it became %+v", got)
		}
		mine := s.Snapshot()
		mine.Mounts[0].Path, mine.Mounts[1] = "mine", mine.Mounts[0]
		if got := s.Snapshot(); got.Mounts[0].Path != "m" || got.Mounts[1].Path != "n" || !got.Taken.After(taken) {
			t.Errorf("what a reader did to theirs is seen by others: %+v", got)
		}
		s.stop()
	})
}

func TestAThousandTicksLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mounts := map[string]*mount{}
		for _, name := range many(12) {
			mounts[name] = newMount("a", "b")
		}
		s := run(t, mounts)
		s.config.Interval = time.Second
		if err := s.Reload(); err != nil {
			t.Fatal(err)
		}
		s.pass(time.Second + 200*time.Millisecond)
		s.log.take(t)
		running := runtime.NumGoroutine()
		for i := range 1000 {
			s.vault.change(func() { mounts["i-00000"].set(many(3)[i%3]) })
			s.pass(time.Second)
		}
		if got := runtime.NumGoroutine(); got > running+20 { // other tests run beside this one
			t.Errorf("%d goroutines ran at first, and %d after a thousand ticks", running, got)
		}
		if got := len(mounts["i-00001"].sweeps); got < 1000 {
			t.Errorf("got %d ticks", got)
		}
		if got := len(s.of(t, "i-00000").Statuses); got != 5 {
			t.Errorf("got %d integrations, want 5", got)
		}
		s.stop()
		if lines := s.log.take(t); len(lines) > 0 {
			t.Errorf("a thousand ticks on which nothing happened are %d lines of the log: %v", len(lines), lines)
		}
	})
}

func TestStoppingEndsEverythingAndBlamesNoMount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount("a")
		m.hangs = true
		s := run(t, map[string]*mount{"m": m})
		if s.vault.sessions != 1 {
			t.Errorf("%d sessions run, want 1", s.vault.sessions)
		}
		began := time.Now()
		s.stop()
		if took := time.Since(began); took > 0 || s.vault.sessions != 0 || s.vault.running != 0 {
			t.Errorf("after %s %d sessions and %d requests still run", took, s.vault.sessions, s.vault.running)
		}
		if lines := s.log.take(t); len(lines) > 0 {
			t.Errorf("log: %v", lines)
		}
	})
}

func TestTheAgentShowsItsConfigurationAndToken(t *testing.T) {
	t.Parallel()
	s := prepare(t, map[string]*mount{"m": newMount("a")})
	if _, known := s.TokenExpiry(); known {
		t.Error("there was no login, and a token's expiry is known")
	}
	if !s.ReloadedOK() {
		t.Error("there was no reload, and it was bad")
	}
	given := s.Config()
	given.Mounts[0] = "mine"
	if got := s.Config(); got.Mounts[0] != "m" || got.Interval != config.Defaults().Interval {
		t.Errorf("got %+v", got)
	}
	if got := s.Snapshot().Mounts; len(got) != 1 || got[0].Path != "m" || got[0].Up || got[0].Fault == "" {
		t.Errorf("before the first visit: %+v", got)
	}
}
