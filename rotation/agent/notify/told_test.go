package notify_test

import (
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// What comes and goes together is one trouble that flaps, as one alone would be.
func TestManyThatFlapTogetherAreOneThatFlaps(t *testing.T) {
	t.Parallel()
	var told notify.Ledger
	n, keys := 0, map[string]bool{}
	for i := range 48 { // a day, by the half hour
		now := start.Add(time.Duration(i) * 30 * time.Minute)
		state := []rotation.State{limited, ok}[i%2]
		var messages []receiver.Message
		messages, told = notify.Next(told, notify.Look(estateOf(many(12, state, int64(i+1))...), nil, now), everything(), now)
		for _, m := range messages {
			n++
			keys[m.Key] = true
		}
	}
	if n > 8 || len(keys) != 1 {
		t.Errorf("%d messages in a day, of %d keys", n, len(keys))
	}
}

// A date is told beside a lesser trouble, and after a message that showed none.
func TestDatesAreToldWhereNothingGraverIsWrong(t *testing.T) {
	t.Parallel()
	soon := expires(start.Add(8 * day))
	for name, row := range map[string]struct {
		now  []estate.Status
		want int // reminders of the date
	}{
		"a module cannot be used":                {[]estate.Status{one("gl", limited, 1, soon)}, 1},
		"it expires so soon that it is critical": {[]estate.Status{one("gl", expiring, 1, soon, func(s *estate.Status) { s.Severity = rotation.SeverityCritical })}, 1},
		"it is locked":                           {[]estate.Status{one("gl", locked, 1, soon)}, 0},
		"many expire, as the first look says":    {many(12, expiring, 1, soon), 2},
		"the pod is down":                        {[]estate.Status{one("gl", unreachable, 1, soon)}, 0},
		"the pod is down, and it is close":       {[]estate.Status{one("gl", unreachable, 1, expires(start.Add(20*time.Hour)))}, 1},
	} {
		reminders, told := 0, notify.Ledger{}
		for i := range 3 { // a limited one is told, and a day later its date
			now := start.Add(time.Duration(i) * 25 * time.Hour / 2)
			var messages []receiver.Message
			messages, told = notify.Next(told, notify.Look(estateOf(row.now...), nil, now), everything(), now)
			for _, m := range messages {
				if m.Kind == receiver.Expiry {
					reminders++
					if m.Expiry == nil || !strings.Contains(m.Text, m.Expiry.UTC().Format(time.DateOnly)) && m.State != string(expiring) {
						t.Errorf("%s: a reminder without its date: %q", name, m.Text)
					}
				}
			}
		}
		if reminders != row.want {
			t.Errorf("%s: %d reminders, want %d", name, reminders, row.want)
		}
	}
}

// An integration that is deleted and created again is numbered from the beginning: its trouble is another one all the same.
func TestAnIntegrationThatWasCreatedAgainHasOtherIDs(t *testing.T) {
	t.Parallel()
	id := func(since time.Time) string {
		status := one("gl", locked, 2)
		status.Since = &since
		messages, _ := notify.Next(notify.Ledger{}, notify.Look(estateOf(status), nil, start), everything(), start)
		return messages[0].ID
	}
	if first, again := id(start), id(start.Add(time.Hour)); first == again || first != id(start) || !strings.HasPrefix(first, "m/gl/2/") {
		t.Errorf("the ids are %s and %s", first, again)
	}
}

// What is said at the end of a trouble is what is the case.
func TestTheEndOfATroubleIsTold(t *testing.T) {
	t.Parallel()
	foreign := func(s *estate.Status) {
		s.Severity, s.Reason = rotation.SeverityWarning, rotation.ReasonForeignFailures
	}
	soon := expires(start.Add(7 * day))
	gone := estate.Snapshot{Mounts: []estate.Mount{{Path: "other", Up: true, Revision: "r"}}}
	for name, row := range map[string]struct {
		before, after estate.Snapshot
		at            time.Duration
		want          string
	}{
		"ok again":                      {estateOf(one("gl", locked, 1)), estateOf(one("gl", ok, 2)), day, "Locked since 2026-03-02T10:59:00Z: over. It is ok now."},
		"not told any more":             {estateOf(one("gl", locked, 1)), estateOf(one("gl", rotation.StateUnchecked, 2)), day, "It is unchecked now, which this receiver is not told."},
		"deleted":                       {estateOf(one("gl", locked, 1)), estateOf(), day, "It does not exist any more."},
		"its mount is not watched":      {estateOf(one("gl", locked, 1)), gone, day, "does not watch this mount any more"},
		"somebody else's logins":        {estateOf(one("gl", ok, 1, foreign)), estateOf(one("gl", ok, 2)), day, "Foreign failed logins since 2026-03-02T10:59:00Z: over. It is ok now."},
		"of many":                       {estateOf(many(12, ok, 1, foreign)...), estateOf(many(12, ok, 2)...), day, "Foreign failed logins since 2026-03-02T10:59:00Z: over for all of them."},
		"of many dates, when they come": {estateOf(many(12, ok, 1, soon)...), estateOf(many(12, rotation.StateExpired, 2, soon)...), 7*day + time.Hour, "The day has come"},
		"of a date that is another one": {estateOf(one("gl", ok, 1, soon)), estateOf(one("gl", ok, 2, expires(start.Add(90*day)))), day, "The date 2026-03-09 does not hold any more."},
		"of a date, while it is paused": {estateOf(one("gl", ok, 1, soon)), estateOf(one("gl", rotation.StatePaused, 2, soon)), day, "It is paused"},
	} {
		_, told := notify.Next(notify.Ledger{}, notify.Look(row.before, nil, start), everything(), start)
		now := start.Add(row.at)
		messages, _ := notify.Next(told, notify.Look(row.after, nil, now), everything(), now)
		said := ""
		for _, m := range messages {
			if m.Kind == receiver.Resolved {
				said = m.Text
			}
		}
		if !strings.Contains(said, row.want) {
			t.Errorf("%s: it says %q, want %q", name, said, row.want)
		}
	}
}

// What is sent again and again as long as it stands is troubles, and no dates.
func TestADateDoesNotStand(t *testing.T) {
	t.Parallel()
	seen := notify.Look(estateOf(one("gl", ok, 1, expires(start.Add(7*day))), one("ap", locked, 1)), nil, start)
	_, told := notify.Next(notify.Ledger{}, seen, everything(), start)
	if open := notify.Open(told, seen, start); len(open) != 1 || open[0].Name != "ap" {
		t.Errorf("%d stand: %v", len(open), open)
	}
}
