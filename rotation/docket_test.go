package rotation_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// timetable is integrations whose times a test sets.
type timetable struct {
	fakeWork
	mu    sync.Mutex
	times map[string]rotation.Times
}

func (w *timetable) TimesOf(name string, _ time.Time) (rotation.Times, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	times, found := w.times[name]
	return times, found
}

// Whatever was touched in whatever order: what has come up is what a look at everything would find.
func TestWhatHasComeUpIsWhatALookAtEverythingFinds(t *testing.T) {
	t.Parallel()
	epoch := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		work := &timetable{times: map[string]rotation.Times{}}
		sweeper := rotation.NewSweeper(work)
		at := rapid.Custom(func(t *rapid.T) time.Time {
			if minutes := rapid.IntRange(-1, 30).Draw(t, "minutes"); minutes >= 0 {
				return epoch.Add(time.Duration(minutes) * time.Minute)
			}
			return time.Time{}
		})
		for range rapid.IntRange(0, 60).Draw(t, "touches") {
			name := fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "name"))
			if rapid.IntRange(0, 5).Draw(t, "deleted") == 0 {
				delete(work.times, name)
			} else {
				work.times[name] = rotation.Times{Due: at.Draw(t, "due"), Wake: at.Draw(t, "wake"), Slot: at.Draw(t, "slot")}
			}
			sweeper.Touch(name)
		}
		now := epoch.Add(time.Duration(rapid.IntRange(-1, 31).Draw(t, "now")) * time.Minute)
		var want []string
		for name, times := range work.times {
			if slices.ContainsFunc([]time.Time{times.Due, times.Wake, times.Slot}, func(at time.Time) bool { return !at.IsZero() && !at.After(now) }) {
				want = append(want, name)
			}
		}
		slices.Sort(want)
		if got := slices.Sorted(slices.Values(sweeper.ComeUp(now))); !slices.Equal(got, want) {
			t.Fatalf("at %s %q have come up, want %q", now, got, want)
		}
	})
}

// Checks that ended while the clock was ahead were placed by it. Once it is right again they are due, and come up.
func TestAClockThatWasSetBack(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ahead := now.Add(365 * 24 * time.Hour)
	work := &timetable{times: map[string]rotation.Times{"gl": {Due: ahead.Add(time.Hour), Slot: ahead.Add(time.Hour)}}}
	sweeper := rotation.NewSweeper(work)
	sweeper.Touch("gl")
	if got := sweeper.ComeUp(ahead); len(got) > 0 {
		t.Fatalf("before its time %q came up", got)
	}
	work.times["gl"] = rotation.Times{Due: now, Slot: now} // what is said of a time that no clock has shown
	if got := sweeper.ComeUp(now); !slices.Equal(got, []string{"gl"}) {
		t.Errorf("after the clock was set back %q came up", got)
	}
	work.times["gl"] = rotation.Times{Due: now.Add(time.Hour)}
	sweeper.Touch("gl")
	work.times["gl"] = rotation.Times{Due: now}
	if got := sweeper.ComeUp(now.Add(-time.Minute)); len(got) > 0 {
		t.Errorf("after a minute back, which is no other time, %q came up", got)
	}
}
