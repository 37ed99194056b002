package notify_test

import (
	"fmt"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
)

const (
	ok          = rotation.StateOK
	locked      = rotation.StateLocked
	rejected    = rotation.StateRejected
	limited     = rotation.StateLimited
	unreachable = rotation.StateUnreachable
	expiring    = rotation.StateExpiring
	paused      = rotation.StatePaused
)

func TestWhatOneReceiverIsTold(t *testing.T) {
	t.Parallel()
	night := []config.QuietHours{{From: 22 * 60, To: 7 * 60, TimeZone: "Europe/Berlin"}}
	gl := func(state rotation.State, seq int64, change ...func(*estate.Status)) estate.Snapshot {
		return estateOf(one("gl", state, seq, change...))
	}
	warning := func(s *estate.Status) { s.Severity = rotation.SeverityWarning }
	unread := estate.Snapshot{Mounts: []estate.Mount{{Path: "m"}}}
	const minute = time.Minute
	for name, row := range map[string]struct {
		change func(*config.Receiver)
		steps  []step
	}{
		"a trouble is told once, and its end": {steps: []step{
			{0, gl(ok, 1), nil},
			{minute, gl(locked, 2), []string{"trouble m/gl/2"}},
			{2 * minute, gl(locked, 2), nil},
			{3 * minute, gl(locked, 3), nil}, // something else was written into the history
			{4 * minute, gl(ok, 4), []string{"resolved m/gl/2/resolved"}},
			{5 * minute, gl(ok, 4), nil},
			{9 * time.Hour, gl(ok, 4), nil},
		}},
		"another state, another reason and another severity are told": {steps: []step{
			{0, gl(locked, 2), []string{"trouble m/gl/2"}},
			{minute, gl(rejected, 3), []string{"trouble m/gl/3"}},
			{2 * minute, gl(rejected, 4, func(s *estate.Status) { s.Reason = rotation.ReasonNoSuchUser }), []string{"trouble m/gl/4"}},
			{3 * minute, gl(limited, 5), []string{"trouble m/gl/5"}},
			{4 * minute, gl(ok, 6), []string{"resolved m/gl/5/resolved"}},
		}},
		"what gets graver by time alone has an id of its own": {steps: []step{
			{0, gl(expiring, 2), []string{"trouble m/gl/2"}},
			{minute, gl(expiring, 2, func(s *estate.Status) { s.Severity = rotation.SeverityCritical }), []string{"trouble m/gl/2/t1"}},
		}},
		"it is told again after the repeat interval, with numbers": {steps: []step{
			{0, gl(locked, 2), []string{"trouble m/gl/2"}},
			{day - minute, gl(locked, 2), nil},
			{day, gl(locked, 2), []string{"reminder m/gl/2/r1"}},
			{day + minute, gl(locked, 2), nil},
			{2 * day, gl(locked, 2), []string{"reminder m/gl/2/r2"}},
			{2*day + minute, gl(rejected, 3), []string{"trouble m/gl/3"}},
			{3*day + minute, gl(rejected, 3), []string{"reminder m/gl/3/r1"}},
		}},
		"an interval of zero repeats nothing": {change: func(r *config.Receiver) { r.RepeatInterval = 0 }, steps: []step{
			{0, gl(locked, 2), []string{"trouble m/gl/2"}},
			{90 * day, gl(locked, 2), nil},
		}},
		"who wants no resolved is told none": {change: func(r *config.Receiver) { r.SendResolved = false }, steps: []step{
			{0, gl(locked, 2), []string{"trouble m/gl/2"}},
			{minute, gl(ok, 3), nil},
			{day, gl(locked, 4), []string{"trouble m/gl/4"}},
		}},
		"a deleted one is resolved": {steps: []step{
			{0, gl(locked, 2), []string{"trouble m/gl/2"}},
			{minute, estateOf(), []string{"resolved m/gl/2/resolved"}},
		}},
		"one of a mount that is no longer watched is resolved": {steps: []step{
			{0, gl(locked, 2), []string{"trouble m/gl/2"}},
			{minute, estate.Snapshot{}, []string{"resolved m/gl/2/resolved"}},
		}},
		"a mount that was not read yet ends nothing": {steps: []step{
			{0, gl(locked, 2), []string{"trouble m/gl/2"}},
			{minute, unread, nil},
			{2 * minute, gl(ok, 3), []string{"resolved m/gl/2/resolved"}},
		}},
		"what is paused is over, unless it is critical": {steps: []step{
			{0, estateOf(one("a", limited, 2), one("b", locked, 2)), []string{"trouble m/a/2", "trouble m/b/2"}},
			{minute, estateOf(one("a", paused, 3), one("b", locked, 3)), []string{"resolved m/a/2/resolved"}},
		}},
		"what is less than the least severity is not told, and what falls below it is over": {
			change: func(r *config.Receiver) { r.MinSeverity = rotation.SeverityCritical }, steps: []step{
				{0, gl(limited, 2), nil},
				{minute, gl(locked, 3), []string{"trouble m/gl/3"}},
				{2 * minute, gl(limited, 4), []string{"resolved m/gl/3/resolved"}},
				{3 * minute, gl(ok, 5), nil},
			},
		},
		"a severity of a newer engine counts as unknown": {steps: []step{
			{0, gl(limited, 2, func(s *estate.Status) { s.Severity = "dire" }), nil},
		}},
		"what flaps is told once a quarter of an hour, and what lasts is told": {steps: []step{
			{0, gl(locked, 2), []string{"trouble m/gl/2"}},
			{minute, gl(ok, 3), []string{"resolved m/gl/2/resolved"}},
			{2 * minute, gl(locked, 4), nil},
			{3 * minute, gl(ok, 5), nil},
			{4 * minute, gl(locked, 6), nil},
			{14 * minute, gl(locked, 6), nil},
			{15 * minute, gl(locked, 6), []string{"trouble m/gl/6"}},
			{15*minute + 1, gl(ok, 7), nil},
			{16 * minute, gl(ok, 7), []string{"resolved m/gl/6/resolved"}},
		}},
		"what flaps by the hour stands until it has been away for hours": {steps: []step{
			{0, gl(limited, 2), []string{"trouble m/gl/2"}},
			{time.Hour, gl(ok, 3), []string{"resolved m/gl/2/resolved"}},
			{2 * time.Hour, gl(limited, 4), []string{"trouble m/gl/4"}},
			{3 * time.Hour, gl(ok, 5), []string{"resolved m/gl/4/resolved"}},
			{4 * time.Hour, gl(limited, 6), []string{"trouble m/gl/6"}},
			{5 * time.Hour, gl(ok, 7), nil},
			{6 * time.Hour, gl(limited, 8), nil},
			{7 * time.Hour, gl(ok, 9), nil},
			{8 * time.Hour, gl(limited, 10), nil},
			{9 * time.Hour, gl(ok, 11), nil},
			{30 * time.Hour, gl(limited, 12), []string{"reminder m/gl/6/r1"}},
			{31 * time.Hour, gl(ok, 13), nil},
			{35*time.Hour - 1, gl(ok, 13), nil},
			{35 * time.Hour, gl(ok, 13), []string{"resolved m/gl/6/resolved"}},
		}},
		"what comes back at once is no news": {steps: []step{
			{0, gl(locked, 2), []string{"trouble m/gl/2"}},
			{minute, gl(limited, 3), []string{"trouble m/gl/3"}},
			{2 * minute, gl(locked, 4), nil},
			{3 * minute, gl(limited, 5), nil},
			{60 * minute, gl(limited, 5), nil},
		}},
		"at night what is not critical waits, and is told as it is in the morning": {
			change: func(r *config.Receiver) { r.QuietHours = night }, steps: []step{
				{11 * time.Hour, estateOf(one("a", limited, 2), one("b", limited, 2), one("c", locked, 2)), []string{"trouble m/c/2"}},
				{12 * time.Hour, estateOf(one("a", limited, 2), one("b", ok, 3), one("c", ok, 3)), []string{"resolved m/c/2/resolved"}},
				{18*time.Hour - minute, estateOf(one("a", limited, 2), one("b", ok, 3), one("c", ok, 3)), nil},
				{19 * time.Hour, estateOf(one("a", limited, 2), one("b", ok, 3), one("c", ok, 3)), []string{"trouble m/a/2"}},
			},
		},
		"at night nobody hears that a warning is over, or a reminder": {
			change: func(r *config.Receiver) { r.QuietHours, r.RepeatInterval = night, 11*time.Hour }, steps: []step{
				{0, estateOf(one("a", limited, 2), one("c", locked, 2)), []string{"trouble m/a/2", "trouble m/c/2"}},
				{12 * time.Hour, estateOf(one("a", ok, 3), one("c", locked, 2)), nil},
				{20 * time.Hour, estateOf(one("a", ok, 3), one("c", locked, 2)), []string{"reminder m/c/2/r1", "resolved m/a/2/resolved"}},
			},
		},
		"a reminder of a warning comes by its date, and not by the clock": {steps: []step{
			{0, gl(expiring, 2, expires(start.Add(6*day))), []string{"trouble m/gl/2"}},
			{day, gl(expiring, 2, expires(start.Add(6*day))), nil},
			{3*day - minute, gl(expiring, 2, expires(start.Add(6*day))), nil},
			{3 * day, gl(expiring, 2, expires(start.Add(6*day))), []string{"expiry m/gl/expiry/2026-03-08/3"}},
			{4 * day, gl(expiring, 2, expires(start.Add(6*day))), nil},
			{5 * day, gl(expiring, 2, expires(start.Add(6*day))), []string{"expiry m/gl/expiry/2026-03-08/1"}},
			{6 * day, gl(expiring, 3, expires(start.Add(6*day)), func(s *estate.Status) { s.Severity = rotation.SeverityCritical }), []string{"trouble m/gl/3"}},
			{7 * day, gl(expiring, 3, expires(start.Add(6*day)), func(s *estate.Status) { s.Severity = rotation.SeverityCritical }), []string{"reminder m/gl/3/r1"}},
			{7*day + minute, gl(ok, 4, expires(start.Add(90*day))), []string{"resolved m/gl/3/resolved"}},
		}},
		"an agent that slept over several dates reminds once": {steps: []step{
			{0, gl(ok, 2, expires(start.Add(40*day))), nil},
			{10 * day, gl(ok, 2, expires(start.Add(40*day))), []string{"expiry m/gl/expiry/2026-04-11/30"}},
			{38 * day, gl(ok, 2, expires(start.Add(40*day))), []string{"expiry m/gl/expiry/2026-04-11/3"}},
			{38*day + minute, gl(ok, 2, expires(start.Add(40*day))), nil},
		}},
		"a new date ends the reminder, and begins anew": {steps: []step{
			{0, gl(ok, 2, expires(start.Add(5*day))), []string{"expiry m/gl/expiry/2026-03-07/7"}},
			{minute, gl(ok, 2, expires(start.Add(5*day+time.Second))), nil},
			{2 * minute, gl(ok, 3, expires(start.Add(95*day))), []string{"resolved m/gl/expiry/2026-03-07/7/resolved"}},
			{90 * day, gl(ok, 3, expires(start.Add(95*day))), []string{"expiry m/gl/expiry/2026-06-05/7"}},
		}},
		"beside a graver trouble a date waits": {steps: []step{
			{0, gl(locked, 2, expires(start.Add(5*day))), []string{"trouble m/gl/2"}},
			{minute, gl(ok, 3, expires(start.Add(5*day))), []string{"resolved m/gl/2/resolved", "expiry m/gl/expiry/2026-03-07/7"}},
		}},
		"a pause silences dates, and does not begin them anew": {steps: []step{
			{0, gl(ok, 2, expires(start.Add(5*day))), []string{"expiry m/gl/expiry/2026-03-07/7"}},
			{minute, gl(paused, 3, expires(start.Add(5*day))), []string{"resolved m/gl/expiry/2026-03-07/7/resolved"}},
			{time.Hour, gl(ok, 4, expires(start.Add(5*day))), nil},
		}},
		"a pod that is down is one trouble from the first on": {steps: []step{
			{0, estateOf(one("a", unreachable, 2), one("b", ok, 1)), []string{fmt.Sprintf("trouble host/m/pod.example.com/%d", start.Unix())}},
			{minute, estateOf(one("a", unreachable, 2), one("b", unreachable, 2)), nil},
			{2 * minute, estateOf(one("a", unreachable, 3, func(s *estate.Status) { s.Reason = rotation.ReasonUnavailable }), one("b", unreachable, 2)), nil},
			{3 * minute, estateOf(one("a", ok, 4), one("b", unreachable, 2)), nil},
			{day, estateOf(one("a", ok, 4), one("b", unreachable, 2)), []string{fmt.Sprintf("reminder host/m/pod.example.com/%d/r1", start.Unix())}},
			{day + minute, estateOf(one("a", ok, 4), one("b", ok, 3)), []string{fmt.Sprintf("resolved host/m/pod.example.com/%d/resolved", start.Unix())}},
		}},
		"who leaves the pod's trouble with one of its own is told of": {steps: []step{
			{0, estateOf(one("a", unreachable, 2), one("b", unreachable, 2)), []string{fmt.Sprintf("trouble host/m/pod.example.com/%d", start.Unix())}},
			{minute, estateOf(one("a", locked, 3), one("b", unreachable, 2)), []string{"trouble m/a/3"}},
		}},
		"of what cannot be asked the trouble before it is not over": {steps: []step{
			{0, gl(limited, 2), []string{"trouble m/gl/2"}},
			{minute, gl(unreachable, 3), []string{fmt.Sprintf("trouble host/m/pod.example.com/%d", start.Add(minute).Unix())}},
			{2 * minute, gl(limited, 4), []string{fmt.Sprintf("resolved host/m/pod.example.com/%d/resolved", start.Add(minute).Unix())}},
			{3 * minute, gl(ok, 5), []string{"resolved m/gl/2/resolved"}},
		}},
		"a failing login of somebody else is told, although it works": {steps: []step{
			{0, gl(ok, 2, warning, func(s *estate.Status) { s.Reason = rotation.ReasonForeignFailures }), []string{"trouble m/gl/2"}},
			{minute, gl(locked, 3), []string{"trouble m/gl/3"}},
		}},
		"a clock that was years ahead does not silence": {steps: []step{
			{900 * day, gl(locked, 2), []string{"trouble m/gl/2"}},
			{0, gl(locked, 2), []string{"reminder m/gl/2/r1"}},
			{minute, gl(ok, 3), []string{"resolved m/gl/2/resolved"}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := everything()
			if row.change != nil {
				row.change(&to)
			}
			play(t, to, row.steps)
		})
	}
}

func TestManyOfAServerAreOneMessage(t *testing.T) {
	t.Parallel()
	id := func(state string) string {
		return fmt.Sprintf("together/m/pod.example.com/%s/%d", state, start.Unix())
	}
	mixed := append(many(200, locked, 3), many(2, rejected, 4)...)[2:] // i000 and i001 at the end
	messages, told := play(t, everything(), []step{
		{0, estateOf(many(200, locked, 3)...), []string{"trouble " + id("locked/account_locked/critical")}},
		{time.Minute, estateOf(mixed...), []string{"trouble m/i000/4", "trouble m/i001/4"}},
		{day, estateOf(mixed...), []string{"reminder " + id("locked/account_locked/critical") + "/r1"}},
		{day + 2*time.Minute, estateOf(many(200, ok, 5)...), []string{"resolved m/i000/4/resolved", "resolved m/i001/4/resolved", "resolved " + id("locked/account_locked/critical") + "/resolved"}},
		{3 * day, estateOf(many(200, ok, 5)...), nil},
	})
	if m := messages[0]; m.MemberCount != 200 || len(m.Members) != 50 || m.Title != "pod.example.com: 200 locked" || m.Name != "" {
		t.Errorf("got %d of %d members, title %q, name %q", len(m.Members), m.MemberCount, m.Title, m.Name)
	}
	if m := messages[3]; m.MemberCount != 198 || m.Text == "" {
		t.Errorf("the reminder has %d members and the text %q", m.MemberCount, m.Text)
	}
	if len(told.Entries) != 0 {
		t.Errorf("%d entries are left of what is long over", len(told.Entries))
	}
}

func TestUpToTenAreToldOneByOne(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ alike, want int }{{10, 10}, {11, 1}} {
		messages, _ := notify.Next(notify.Ledger{}, notify.Look(estateOf(many(row.alike, locked, 1)...), nil, start), everything(), start)
		if len(messages) != row.want {
			t.Errorf("%d alike: %d messages, want %d", row.alike, len(messages), row.want)
		}
	}
	apart := append(many(6, locked, 1), many(6, rejected, 1)...)
	for i := range apart {
		apart[i].Name = fmt.Sprintf("n%d", i)
	}
	if messages, _ := notify.Next(notify.Ledger{}, notify.Look(estateOf(apart...), nil, start), everything(), start); len(messages) != 12 {
		t.Errorf("six of one kind and six of another: %d messages", len(messages))
	}
}

func TestManyThatExpireTogetherAreOneReminder(t *testing.T) {
	t.Parallel()
	soon, later := expires(start.Add(7*day)), expires(start.Add(97*day))
	id := func(days int, at time.Duration) string {
		return fmt.Sprintf("expiry/m/pod.example.com/2026-03-09/%d/%d", days, start.Add(at).Unix())
	}
	rotated := append(many(50, ok, 2, later)[:49], one("i049", ok, 1, soon))
	play(t, everything(), []step{
		{0, estateOf(many(50, ok, 1, soon)...), []string{"expiry " + id(7, 0)}},
		{time.Hour, estateOf(many(50, ok, 1, soon)...), nil},
		{4 * day, estateOf(many(50, ok, 1, soon)...), []string{"expiry " + id(3, 4*day)}},
		{5 * day, estateOf(rotated...), nil},
		{6 * day, estateOf(rotated...), []string{"expiry m/i049/expiry/2026-03-09/1"}},
		{6*day + time.Hour, estateOf(many(50, ok, 2, later)...), []string{"resolved m/i049/expiry/2026-03-09/1/resolved", "resolved " + id(3, 4*day) + "/resolved"}},
	})
}

func TestNextChangesNothingItWasGiven(t *testing.T) {
	t.Parallel()
	_, told := play(t, everything(), []step{{0, estateOf(one("gl", locked, 2)), []string{"trouble m/gl/2"}}})
	seen := notify.Look(estateOf(), nil, start.Add(time.Hour))
	for range 2 { // the second answer would be another one if the first had changed the ledger
		messages, _ := notify.Next(told, seen, everything(), start.Add(time.Hour))
		if len(messages) != 1 || short(messages[0].ID) != "m/gl/2/resolved" {
			t.Errorf("got %v", messages)
		}
	}
}
