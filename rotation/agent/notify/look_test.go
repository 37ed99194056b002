package notify_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
)

func TestWhatIsWrongIsSeen(t *testing.T) {
	t.Parallel()
	left := 2
	mount := func(change func(*estate.Mount)) estate.Snapshot {
		m := estate.Mount{Path: "m", Revision: "r", Up: true}
		change(&m)
		return estate.Snapshot{Mounts: []estate.Mount{m}}
	}
	door := func(state rotation.DirectoryState, phase rotation.Phase) estate.Snapshot {
		return mount(func(m *estate.Mount) {
			m.Directories = []estate.Directory{{Mount: "m", Name: "idm", URL: pod, State: state, Phase: phase, Message: "Do this."}}
		})
	}
	for name, row := range map[string]struct {
		snapshot estate.Snapshot
		down     time.Duration // since when the mount is
		title    string        // empty: nothing is wrong
		severity rotation.Severity
		text     string
	}{
		"all is well":                {snapshot: estateOf(one("gl", ok, 1))},
		"locked":                     {estateOf(one("gl", locked, 1)), 0, "gl: locked", rotation.SeverityCritical, "What to do about gl."},
		"never checked":              {estateOf(one("gl", rotation.StateUnchecked, 1)), 0, "gl: unchecked", rotation.SeverityUnknown, "What to do about gl."},
		"paused":                     {snapshot: estateOf(one("gl", paused, 1))},
		"one that cannot be reached": {estateOf(one("gl", unreachable, 1)), 0, "gl: unreachable", rotation.SeverityWarning, "What to do about gl."},
		"two that cannot be reached": {estateOf(many(2, unreachable, 1)...), 0, "pod.example.com: 2 unreachable", rotation.SeverityWarning, "What to do about i000."},
		"somebody else's logins": {
			estateOf(one("gl", ok, 1, func(s *estate.Status) {
				s.Severity, s.Reason, s.AttemptsLeft = rotation.SeverityWarning, rotation.ReasonForeignFailures, &left
			})), 0, "gl: foreign failed logins", rotation.SeverityWarning,
			"What to do about gl. Logins that may still be refused before Oracle locks the account: 2.",
		},
		"a directory that is well":             {snapshot: door(rotation.DirectoryOK, rotation.PhaseIdle)},
		"a directory that was never asked":     {snapshot: door(rotation.DirectoryUnchecked, rotation.PhaseIdle)},
		"a directory that holds back":          {door(rotation.DirectoryHeld, rotation.PhaseIdle), 0, "directories/idm: held", rotation.SeverityWarning, "Do this."},
		"a directory that cannot be reached":   {door(rotation.DirectoryUnreachable, rotation.PhaseIdle), 0, "directories/idm: unreachable", rotation.SeverityWarning, "Do this."},
		"a directory whose password is lost":   {door(rotation.DirectoryOK, rotation.PhaseUnresolved), 0, "directories/idm: unresolved", rotation.SeverityCritical, "Do this."},
		"a mount that is away for a moment":    {snapshot: mount(func(m *estate.Mount) { m.Up = false }), down: 5*time.Minute - 1},
		"a mount that stays away":              {mount(func(m *estate.Mount) { m.Up, m.Fault = false, "Unseal it." }), 5 * time.Minute, "m: cannot be read", rotation.SeverityCritical, "Nothing is known of its integrations since then. Unseal it."},
		"a sweep that is late by little":       {snapshot: mount(func(m *estate.Mount) { m.Sweep.Lag = 900 })},
		"a sweep that is late":                 {mount(func(m *estate.Mount) { m.Sweep.Lag, m.SweepFault = 901, "Allow it." }), 0, "m: sweep is late", rotation.SeverityWarning, "The longest overdue check or rotation has waited for 15m1s. No sweep can be started: Allow it."},
		"a late sweep of a mount that is away": {snapshot: mount(func(m *estate.Mount) { m.Sweep.Lag, m.Up = 901, false })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := notify.Look(row.snapshot, notify.Outages{"m": start.Add(-row.down)}, start)
			if row.title == "" {
				if len(seen.Incidents) > 0 {
					t.Errorf("got %+v", seen.Incidents)
				}
				return
			}
			if len(seen.Incidents) != 1 {
				t.Fatalf("got %d incidents", len(seen.Incidents))
			}
			got := seen.Incidents[0]
			if diff := cmp.Diff([]string{row.title, string(row.severity), row.text}, []string{got.Title, string(got.Severity), got.Text}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAServersTroubleIsOnePerMountAndHost(t *testing.T) {
	t.Parallel()
	snapshot := estateOf(
		one("a", unreachable, 1), one("b", unreachable, 1, on("https://POD.example.com/")), one("c", unreachable, 1, on("https://pod.example.com:8443")),
		one("d", unreachable, 1, on("::no address")), one("e", locked, 1),
	)
	snapshot.Mounts[0].Directories = []estate.Directory{{Mount: "m", Name: "idm", URL: pod, State: rotation.DirectoryUnreachable}}
	snapshot.Mounts = append(snapshot.Mounts, estate.Mount{Path: "n", Up: true, Revision: "r", Statuses: []estate.Status{one("a", unreachable, 1, func(s *estate.Status) { s.Mount = "n" })}})
	got := map[string]int{}
	for _, i := range notify.Look(snapshot, nil, start).Incidents {
		got[i.Key] = len(i.Members)
	}
	want := map[string]int{"host/m/pod.example.com": 3, "host/m/pod.example.com:8443": 1, "host/m/::no address": 1, "integration/m/e": 0, "host/n/pod.example.com": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members by key (-want +got):\n%s", diff)
	}
}

func TestADateIsNearFromThirtyDaysOn(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]int{
		31 * day: 0, 30*day + 1: 0, 30 * day: 30, 14*day + 1: 30, 14 * day: 14, 7*day + 1: 14, 7 * day: 7, 3 * day: 3, 3*day - 1: 3, day + 1: 3,
		day: 1, 1: 1, 0: 0, -day: 0,
	} {
		got := 0
		for _, e := range notify.Look(estateOf(one("gl", ok, 1, expires(start.Add(left)))), nil, start).Expiries {
			got = e.Threshold
		}
		if got != want {
			t.Errorf("%s left: the threshold is %d, want %d", left, got, want)
		}
	}
}

func TestAnOutageLastsFromItsFirstSight(t *testing.T) {
	t.Parallel()
	up, away := estateOf(), estateOf()
	away.Mounts[0].Up = false
	o := notify.Outages{}.After(away, start).After(away, start.Add(time.Hour))
	if !o["m"].Equal(start) {
		t.Errorf("since %s", o["m"])
	}
	if o = o.After(up, start); len(o) != 0 {
		t.Errorf("an outage is left: %v", o)
	}
	if o = (notify.Outages{"m": start.Add(day)}).After(away, start); !o["m"].Equal(start) {
		t.Errorf("a clock that was put back makes it begin in the future, at %s", o["m"])
	}
}
