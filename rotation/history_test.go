package rotation_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// brief is an event in one line.
func brief(e rotation.Event) string {
	return fmt.Sprintf("%d day %d %s %s>%s %s v%d %s", e.Seq, e.Time.Sub(start)/rotation.Day, e.Kind, e.From, e.To, e.Reason, e.CredentialVersion, e.Actor)
}

type eventCase struct {
	before, after []change // after on top of before
	day           int
	kind          rotation.EventKind
	act           bool // counted even when it moves nothing
	want          []string
}

// refusedNow is a refused login on the day of the change.
func refusedNow(day int) change {
	return func(s *rotation.Snapshot) {
		at := start.Add(time.Duration(day) * rotation.Day)
		c := rotation.Charge{ID: "x", By: rotation.ByEngine, For: s.Integration.Subject(), Time: at, Deadline: at}
		s.Ledger = s.Ledger.Charged(c).Kept(c, rotation.ChargeRefused, at)
		s.Record.Login, s.Record.LastCheck = rotation.LoginRefused, at
	}
}

func newPassword(s *rotation.Snapshot) { s.Integration.CredentialVersion = 2 }

var eventCases = map[string]eventCase{
	"a check finds nothing new":   {nil, nil, 1, rotation.EventCheck, false, nil},
	"a check finds a module gone": {nil, []change{withModules("forbidden", "accessible")}, 1, rotation.EventCheck, false, []string{"2 day 1 check ok>limited module_forbidden v1 someone"}},
	"only the reason changes":     {nil, []change{withModules("empty", "empty")}, 1, rotation.EventCheck, false, []string{"2 day 1 check ok>ok no_rows v1 someone"}},
	"a check begins a hold":       {nil, []change{refusedNow(1)}, 1, rotation.EventCheck, false, []string{"2 day 1 hold ok>rejected login_refused v1 someone"}},
	"a release": {[]change{refusedNow(1)}, []change{withLogin(rotation.LoginAccepted), func(s *rotation.Snapshot) {
		s.Ledger, s.Record.LastCheck = s.Ledger.Accepted(), start.Add(2*rotation.Day)
	}}, 2, rotation.EventRelease, true, []string{"3 day 2 release rejected>ok logged_in v1 someone"}},
	"a release that is refused":     {[]change{refusedNow(1)}, []change{refusedNow(2)}, 2, rotation.EventRelease, true, []string{"3 day 2 release rejected>rejected login_refused v1 someone"}},
	"a check of a refused password": {[]change{refusedNow(1)}, []change{refusedNow(2)}, 2, rotation.EventCheck, false, nil},
	"a check while the hold runs": {
		[]change{func(s *rotation.Snapshot) { s.Policy.HoldPeriod = 3 * rotation.Day }, refusedNow(1)},
		[]change{refusedNow(2), withView(counted(2))},
		2, rotation.EventCheck, false,
		[]string{"3 day 2 check rejected>rejected wrong_password v1 someone"},
	},
	"a write": {nil, []change{newPassword}, 1, rotation.EventWrite, true, []string{"2 day 1 write ok>ok logged_in v2 someone"}},
	"a write that changes what is shown": {
		nil, []change{newPassword, withLogin(rotation.LoginNever)}, 1, rotation.EventWrite, true, []string{"2 day 1 write ok>unchecked never_checked v2 someone"},
	},
	"a write that pauses": {nil, []change{withPause(3 * rotation.Day)}, 1, rotation.EventWrite, true, []string{"2 day 1 pause ok>paused paused v1 someone"}},
	"a write that ends a pause": {
		[]change{withPause(3 * rotation.Day)},
		[]change{func(s *rotation.Snapshot) { s.Integration.PausedUntil = time.Time{} }},
		1, rotation.EventWrite, true,
		[]string{"3 day 1 pause paused>ok logged_in v1 someone"},
	},
	"a pause ends by time, and a write comes": {
		[]change{withPause(rotation.Day)},
		[]change{newPassword},
		2, rotation.EventWrite, true,
		[]string{"3 day 1 pause paused>ok logged_in v1 engine", "4 day 2 write ok>ok logged_in v2 someone"},
	},
	"several changes by time, and a refusal": {
		[]change{withPause(3 * rotation.Day)},
		[]change{refusedNow(120)},
		120, rotation.EventCheck, false,
		[]string{
			"3 day 3 pause paused>ok logged_in v1 engine", "4 day 76 check ok>expiring password_expiring v1 engine",
			"5 day 90 check expiring>expiring password_past_expiry v1 engine", "6 day 120 hold expiring>expired login_refused_past_age v1 someone",
		},
	},
	"a rotation was promoted":            {nil, []change{newPassword}, 1, rotation.EventRotation, true, []string{"2 day 1 rotation ok>ok logged_in v2 someone"}},
	"a rotation came to nothing":         {nil, nil, 1, rotation.EventRotation, true, []string{"2 day 1 rotation ok>ok logged_in v1 someone"}},
	"a step of a rotation on the way":    {nil, nil, 1, rotation.EventRotation, false, nil},
	"a rotation is not settled":          {nil, []change{inPhase(rotation.PhaseUnresolved)}, 1, rotation.EventRotation, true, []string{"2 day 1 rotation ok>unresolved rotation_unresolved v1 someone"}},
	"a rotation is refused in its proof": {nil, []change{inPhase(rotation.PhaseUnverified), refusedNow(1)}, 1, rotation.EventRotation, true, []string{"2 day 1 rotation ok>rejected login_refused v1 someone"}},
	"a person settles a rotation": {
		[]change{inPhase(rotation.PhaseUnresolved)},
		[]change{inPhase(rotation.PhaseIdle), newPassword},
		1, rotation.EventReconcile, true,
		[]string{"3 day 1 reconcile unresolved>ok logged_in v2 someone"},
	},
	"a person states what is stored already": {nil, nil, 1, rotation.EventReconcile, true, []string{"2 day 1 reconcile ok>ok logged_in v1 someone"}},
	"the password expired under the one before": {
		nil,
		[]change{newPassword, func(s *rotation.Snapshot) { s.Integration.PasswordSet = start.Add(91 * rotation.Day) }},
		91, rotation.EventWrite, true,
		[]string{"2 day 76 check ok>expiring password_expiring v1 engine", "3 day 90 check expiring>expiring password_past_expiry v1 engine", "4 day 91 write expiring>ok logged_in v2 someone"},
	},
	"a policy was changed, and a check comes": {
		[]change{func(s *rotation.Snapshot) {
			s.Policy.ExpiryWarning, s.Policy.Modified = 88*rotation.Day, start.Add(4*rotation.Day)
		}},
		[]change{refusedNow(5)},
		5, rotation.EventCheck, false,
		[]string{"2 day 4 check ok>expiring password_expiring v1 engine", "3 day 5 hold expiring>rejected login_refused v1 someone"},
	},
	"a policy was changed after time changed something": {
		[]change{func(s *rotation.Snapshot) { s.HostAllowed, s.ConfigModified = false, start.Add(80*rotation.Day) }},
		[]change{newPassword},
		81, rotation.EventWrite, true,
		[]string{"2 day 76 check ok>unreachable host_not_allowed v1 engine", "3 day 81 write unreachable>unreachable host_not_allowed v2 someone"},
	},
	"a policy that was changed before time changed something": {
		[]change{withPause(3 * rotation.Day), func(s *rotation.Snapshot) {
			s.Policy.ExpiryWarning, s.Policy.Modified = 88*rotation.Day, start.Add(rotation.Day)
		}},
		nil, 5, rotation.EventCheck, false,
		[]string{"3 day 3 pause paused>expiring password_expiring v1 engine"},
	},
}

func TestEventsOf(t *testing.T) {
	t.Parallel()
	for name, tt := range eventCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := snapshot()
			for _, alter := range tt.before {
				alter(&before)
			}
			if len(tt.before) > 0 && before.Policy.Modified.IsZero() && before.ConfigModified.IsZero() || !before.Integration.PausedUntil.IsZero() {
				before.Record.Shown = rotation.Step(snapshot(), before, start.Add(time.Hour)) // as it was stored then
				if before.Record.Login == rotation.LoginRefused {
					before.Record.Shown = rotation.Step(snapshot(), before, start.Add(rotation.Day))
				}
			}
			after := before
			for _, alter := range tt.after {
				alter(&after)
			}
			at := start.Add(time.Duration(tt.day) * rotation.Day)
			shown := rotation.Step(before, after, at)
			if tt.act {
				shown = shown.Counted(before, at)
			}
			events := rotation.EventsOf(before, after, shown, rotation.Change{At: at, Kind: tt.kind, Actor: "someone"})
			var got []string
			for i, e := range events {
				got = append(got, brief(e))
				if e.Seq != before.Record.Shown.Seq+int64(i)+1 {
					t.Errorf("number %d after %d", e.Seq, before.Record.Shown.Seq)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if last := before.Record.Shown.Seq + int64(len(events)); last != shown.Seq {
				t.Errorf("the last event is %d, event_seq %d", last, shown.Seq)
			}
		})
	}
}

func TestEveryEventKindIsReached(t *testing.T) {
	t.Parallel()
	for _, kind := range rotation.EventKinds() {
		reached := slices.ContainsFunc(slices.Collect(wanted()), func(line string) bool {
			var seq, day int
			var got string
			_, err := fmt.Sscanf(line, "%d day %d %s", &seq, &day, &got)
			return err == nil && got == string(kind)
		})
		if !reached {
			t.Errorf("no row reaches %s", kind)
		}
	}
}

func wanted() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, tt := range eventCases {
			for _, line := range tt.want {
				if !yield(line) {
					return
				}
			}
		}
	}
}

func TestTheEventsOfACreate(t *testing.T) {
	t.Parallel()
	created, at := snapshot(), start.Add(time.Hour)
	change := rotation.Change{At: at, Kind: rotation.EventWrite, Actor: "someone"}
	predecessor := snapshot()
	predecessor.Integration.ID, predecessor.Record.Of.IntegrationID, predecessor.Record.Shown.Seq = "older", "older", 40
	for name, before := range map[string]rotation.Snapshot{"none before": {}, "one of the same name": predecessor} {
		events := rotation.EventsOf(before, created, rotation.First(created, at), change)
		if len(events) != 1 || brief(events[0]) != "1 day 0 write >ok logged_in v1 someone" {
			t.Errorf("%s: %+v", name, events)
		}
	}
}

func numbered(from, to int64) []rotation.Event {
	var events []rotation.Event
	for n := from; n <= to; n++ {
		events = append(events, rotation.Event{Seq: n})
	}
	return events
}

func TestHistoryWith(t *testing.T) {
	t.Parallel()
	five := rotation.History{}.With("id", numbered(1, 5)...)
	full := rotation.History{}.With("id", numbered(1, 100)...)
	tests := map[string]struct {
		history  rotation.History
		id       string
		add      []rotation.Event
		from, to int64
	}{
		"the next":                    {five, "id", numbered(6, 7), 1, 7},
		"none":                        {five, "id", nil, 1, 5},
		"one that never happened":     {five, "id", numbered(5, 5), 1, 5},
		"several that never happened": {five, "id", numbered(3, 4), 1, 4},
		"another integration's":       {five, "other", numbered(1, 2), 1, 2},
		"another integration's, none": {five, "other", nil, 1, 0},
		"a hundred are kept":          {full, "id", numbered(101, 103), 4, 103},
		"a hundred at once":           {five, "id", numbered(6, 300), 201, 300},
	}
	for name, tt := range tests {
		got := tt.history.With(tt.id, tt.add...)
		if !slices.Equal(got.Events, numbered(tt.from, tt.to)) || got.IntegrationID != tt.id {
			t.Errorf("%s: %d events of %s: %+v", name, len(got.Events), got.IntegrationID, got.Events)
		}
	}
	if changed := five.With("id", rotation.Event{Seq: 5, Actor: "other"}); changed.Events[4].Actor != "other" || five.Events[4].Actor != "" {
		t.Error("an event that never happened stays, or the history before was changed")
	}
}
