package notify_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

var (
	errNoAnswer = errors.New("no answer")
	errForGood  = fmt.Errorf("tell: %w", &receiver.Refused{Permanent: true})
	errLater    = fmt.Errorf("tell: %w", &receiver.Refused{RetryAfter: 20 * time.Minute})
	errMuch     = fmt.Errorf("tell: %w", &receiver.Refused{RetryAfter: 20 * time.Hour})
)

func msg(key, id string, kind receiver.Kind) receiver.Message {
	return receiver.Message{Key: key, ID: id, Kind: kind}
}

func ids(messages []receiver.Message) []string {
	all := []string{}
	for _, m := range messages {
		all = append(all, short(m.ID))
	}
	return all
}

func TestAReceiverThatFailsIsLeftAloneForLongerAndLonger(t *testing.T) {
	t.Parallel()
	pending := []receiver.Message{msg("a", "1", receiver.Trouble)}
	var l notify.Line
	for i, want := range []time.Duration{5, 10, 20, 40, 80, 160, 300, 300} {
		var news bool
		l, news = l.After("1", errNoAnswer, start, 0)
		_, found, wait := l.Next(pending, start)
		if found || wait != want*time.Second || news != (i == 0) {
			t.Errorf("failure %d: found %t, wait %s, news %t", i+1, found, wait, news)
		}
	}
	if _, found, _ := l.Next(pending, start.Add(5*time.Minute)); !found {
		t.Error("after the wait nothing is sent")
	}
	l, news := l.After("1", nil, start, 0)
	if !news {
		t.Error("that messages arrive again is no news")
	}
	if l, _ = l.After("1", errNoAnswer, start, 1); true {
		if _, _, wait := l.Next(pending, start); wait != 3750*time.Millisecond {
			t.Errorf("the shortest first wait is %s", wait)
		}
	}
}

func TestWhatAReceiverAsksForIsHonouredWithinReason(t *testing.T) {
	t.Parallel()
	pending := []receiver.Message{msg("a", "1", receiver.Trouble)}
	for err, want := range map[error]time.Duration{errNoAnswer: 5 * time.Second, errLater: 20 * time.Minute, errMuch: time.Hour} {
		l, _ := notify.Line{}.After("1", err, start, 0)
		if _, _, wait := l.Next(pending, start); wait != want {
			t.Errorf("%v: wait %s, want %s", err, wait, want)
		}
	}
}

func TestWhatIsRefusedForGoodDelaysOnlyItsOwnKey(t *testing.T) {
	t.Parallel()
	pending := []receiver.Message{msg("a", "1", receiver.Trouble), msg("a", "2", receiver.Resolved), msg("b", "3", receiver.Trouble)}
	l, news := notify.Line{}.After("1", errForGood, start, 0)
	if !news {
		t.Error("a refusal is no news")
	}
	now := start.Add(5 * time.Second)
	if m, found, _ := l.Next(pending, now); !found || m.ID != "3" {
		t.Errorf("got %t %q, want the message of the other key", found, m.ID)
	}
	l, _ = l.After("3", nil, now, 0)
	if m, found, _ := l.Next(pending[:2], now); !found || m.ID != "1" {
		t.Errorf("got %t %q: the receiver takes messages again, and an end must not overtake its trouble", found, m.ID)
	}
	l, _ = l.After("1", errForGood, now.Add(-5*time.Second), 0)
	if m, found, wait := l.Next(pending[:2], now); found || wait != time.Hour-5*time.Second {
		t.Errorf("got %t %q and the wait %s: an end must not overtake its trouble", found, m.ID, wait)
	}
	now = start.Add(time.Hour)
	if m, found, _ := l.Next(pending[:2], now); !found || m.ID != "1" {
		t.Errorf("after an hour got %t %q", found, m.ID)
	}
	if _, news = l.After("1", errForGood, now, 0); news {
		t.Error("the same refusal is news again")
	}
}

// A receiver that refuses some messages for good gets all others, and the refused ones in turn.
func TestManyThatAreRefusedForGoodKeepNoOtherFromItsTurn(t *testing.T) {
	t.Parallel()
	var pending []receiver.Message
	for i := range 20 {
		pending = append(pending, msg(fmt.Sprint("k", i), fmt.Sprint(i), receiver.Trouble))
	}
	pending = append(pending, msg("good", "good", receiver.Trouble))
	var l notify.Line
	now, tried, said := start, map[string]int{}, 0
	step := func() (id string) {
		t.Helper()
		m, found, wait := l.Next(pending, now)
		for !found {
			if wait <= 0 {
				t.Fatal("nothing is sent any more")
			}
			now = now.Add(wait)
			m, found, wait = l.Next(pending, now)
		}
		var err error
		if m.ID != "good" {
			err = errForGood
		}
		var news bool
		if l, news = l.After(m.ID, err, now, 0); news {
			said++
		}
		tried[m.ID]++
		return m.ID
	}
	for step() != "good" { //nolint:revive // that is all
	}
	if took := now.Sub(start); took > 2*time.Minute || said > 10 {
		t.Errorf("the good one behind 20 that are refused went after %s, and the log has %d lines", took, said)
	}
	pending = pending[:20]
	for range 20 { // somebody may have mended them
		step()
	}
	if took := now.Sub(start); took > 4*time.Minute {
		t.Errorf("after one was taken the others were tried after %s", took)
	}
	pending = append(pending, msg("good", "good", receiver.Trouble))
	step()
	pending = pending[:20]
	if _, found, wait := l.Next(pending, now.Add(10*time.Second)); found || wait < 50*time.Minute {
		t.Error("those that are refused even so are tried after each that is taken")
	}
	for now.Before(start.Add(10 * time.Hour)) {
		step()
	}
	for i := range 20 {
		if n := tried[fmt.Sprint(i)]; n < 10 || n > 13 {
			t.Errorf("refused message %d was tried %d times in ten hours", i, n)
		}
	}
	pending = append(pending, msg("late", "good", receiver.Trouble))
	now = now.Add(2 * time.Hour) // all may be tried again
	if id := step(); id != "good" {
		t.Errorf("%s goes before one that was never refused", id)
	}
}

// What is refused for good is the message's fault: a receiver that is down is left alone for as long as before.
func TestARefusalForGoodDoesNotCountAsAFailureOfTheReceiver(t *testing.T) {
	t.Parallel()
	var l notify.Line
	for i := range 12 {
		l, _ = l.After(fmt.Sprint(i), errForGood, start, 0)
	}
	l, _ = l.After("x", errNoAnswer, start, 0)
	if _, _, wait := l.Next([]receiver.Message{msg("a", "y", receiver.Trouble)}, start); wait != 5*time.Second {
		t.Errorf("after the first failure the wait is %s", wait)
	}
}

func TestOfOneKeyTheNewestWaitsAndItsEnd(t *testing.T) {
	t.Parallel()
	trouble, reminder, end := receiver.Trouble, receiver.Reminder, receiver.Resolved
	for name, row := range map[string]struct {
		waits, adds []receiver.Message
		want        []string
		dropped     int
	}{
		"other keys":                     {[]receiver.Message{msg("a", "1", trouble)}, []receiver.Message{msg("b", "2", trouble)}, []string{"1", "2"}, 0},
		"a newer trouble":                {[]receiver.Message{msg("a", "1", trouble)}, []receiver.Message{msg("a", "2", trouble)}, []string{"2"}, 1},
		"a trouble and its end":          {[]receiver.Message{msg("a", "1", trouble)}, []receiver.Message{msg("a", "2", end)}, []string{"1", "2"}, 0},
		"a newer trouble after an end":   {[]receiver.Message{msg("a", "1", trouble), msg("a", "2", end)}, []receiver.Message{msg("a", "3", trouble)}, []string{"3"}, 2},
		"a reminder beside its trouble":  {[]receiver.Message{msg("a", "1", trouble)}, []receiver.Message{msg("a", "2", reminder)}, []string{"1", "2"}, 0},
		"a second reminder":              {[]receiver.Message{msg("a", "1", reminder)}, []receiver.Message{msg("a", "2", reminder)}, []string{"2"}, 1},
		"an end of what was reminded of": {[]receiver.Message{msg("a", "1", reminder)}, []receiver.Message{msg("a", "2", end)}, []string{"2"}, 1},
		"a date and its end":             {[]receiver.Message{msg("a", "1", receiver.Expiry)}, []receiver.Message{msg("a", "2", end)}, []string{"1", "2"}, 0},
		"a nearer date":                  {[]receiver.Message{msg("a", "1", receiver.Expiry)}, []receiver.Message{msg("a", "2", receiver.Expiry)}, []string{"2"}, 1},
	} {
		before := notify.Box{Pending: row.waits}
		after, dropped, lost := before.With(row.adds...)
		if diff := cmp.Diff(row.want, ids(after.Pending)); diff != "" || dropped != row.dropped || lost != 0 {
			t.Errorf("%s: dropped %d (-want +got):\n%s", name, dropped, diff)
		}
		if len(before.Pending) != len(row.waits) {
			t.Errorf("%s: the box before was changed", name)
		}
	}
}

// crowd is n messages of so many keys.
func crowd(n int, kind receiver.Kind, severity rotation.Severity, prefix string) []receiver.Message {
	var all []receiver.Message
	for i := range n {
		m := msg(fmt.Sprint(prefix, i), fmt.Sprint(prefix, i, kind), kind)
		m.Severity = severity
		all = append(all, m)
	}
	return all
}

func TestTooManyThatWaitLoseTheOldestThatIsNotCritical(t *testing.T) {
	t.Parallel()
	const half = notify.MaxPending / 2
	ends := crowd(100, receiver.Resolved, rotation.SeverityOK, "told")
	over := append(crowd(100, receiver.Trouble, rotation.SeverityCritical, "over"), crowd(100, receiver.Resolved, rotation.SeverityOK, "over")...)
	old := crowd(half, receiver.Trouble, rotation.SeverityCritical, "old")
	lesser := crowd(half-300, receiver.Trouble, rotation.SeverityWarning, "lesser")
	box := notify.Box{Pending: slices.Concat(ends, over, old, lesser)}
	for name, row := range map[string]struct {
		adds int
		want []receiver.Message
	}{
		"those of lesser severity go first":          {5, slices.Concat(ends, over, old, lesser[5:])},
		"then those that were critical and are over": {half - 300 + 50, slices.Concat(ends, over[50:], old)},
		"then the oldest, and never an end":          {half, slices.Concat(ends, over[100:], old[200:])},
		"not even of very many":                      {2 * notify.MaxPending, slices.Concat(ends, over[100:])},
	} {
		added := crowd(row.adds, receiver.Trouble, rotation.SeverityCritical, "new")
		want := row.want
		if room := notify.MaxPending - len(want); room < len(added) {
			want = slices.Concat(want, added[len(added)-room:])
		} else {
			want = slices.Concat(want, added)
		}
		after, replaced, lost := box.With(added...)
		if replaced != 0 || lost != len(box.Pending)+row.adds-notify.MaxPending || !slices.Equal(ids(after.Pending), ids(want)) {
			t.Errorf("%s: %d replaced, %d lost, %d wait", name, replaced, lost, len(after.Pending))
		}
	}
	many := crowd(notify.MaxPending+7, receiver.Resolved, rotation.SeverityOK, "told")
	if after, _, lost := (notify.Box{}).With(many...); lost != 0 || len(after.Pending) != len(many) {
		t.Errorf("of ends alone %d are lost", lost)
	}
}
