package rotation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// counting counts the writes of accounts, and refuses them when its process was replaced.
type counting struct {
	*fakeStore
	replaced bool
	writes   int
}

func (s *counting) StoreLedger(ctx context.Context, a rotation.Account, l rotation.Ledger) error {
	if s.replaced {
		return errStorage
	}
	s.writes++
	return s.fakeStore.StoreLedger(ctx, a, l)
}

// A directory is asked only by a process that may write: one that has just stored something, or stores something first.
func TestADirectoryIsAskedByWhoMayWrite(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		stored func(now time.Time) time.Time
		writes int // before the look
	}{
		"it has stored nothing":           {func(time.Time) time.Time { return time.Time{} }, 1},
		"it has just stored something":    {before(0), 0},
		"it has, five seconds ago":        {before(5 * time.Second), 0},
		"it has, more than that ago":      {before(5*time.Second + 1), 1},
		"it has, but was stopped an hour": {before(time.Hour), 1},
	} {
		for _, replaced := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				store := &counting{fakeStore: newStore(), replaced: replaced}
				asked, writes := 0, 0
				ctx, cancel := context.WithTimeout(t.Context(), 36*time.Second)
				defer cancel()
				_, err := rotation.NewProver(&fakePod{}, store).Prove(ctx, "user@pod.example", rotation.ByEngine, func(context.Context) (rotation.Attempt, error) {
					return rotation.Attempt{
						Policy: rotation.DefaultPolicy(), Directory: directoryID, Stored: tt.stored(time.Now()),
						Look: func(context.Context) (rotation.Seen, bool) {
							asked, writes = asked+1, store.writes
							return rotation.Seen{}, false
						},
						Login: func(context.Context) oracle.Findings { return accepted },
					}, nil
				})
				if (err != nil) != replaced {
					t.Errorf("%s, replaced %t: it ended with %v", name, replaced, err)
				}
				if silent := replaced && tt.writes > 0; (asked == 0) != silent {
					t.Errorf("%s, replaced %t: the directory was asked %d times", name, replaced, asked)
				}
				if !replaced && writes != tt.writes {
					t.Errorf("%s: %d writes came before the look, want %d", name, writes, tt.writes)
				}
			})
		}
	}
}

func before(d time.Duration) func(time.Time) time.Time {
	return func(now time.Time) time.Time { return now.Add(-d) }
}

// That a password is sent is stored before it leaves. Where the answer took long, that write no longer shows that the
// process may write, when the directory is asked for the proof.
func TestAfterALongRequestTheProcessStoresBeforeItLooks(t *testing.T) {
	t.Parallel()
	for takes, want := range map[time.Duration]int{3 * time.Second: 0, 10 * time.Second: 1} {
		writes := 0
		for n, looked := beforeItSends(t, overDomain), false; !looked; n++ {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, overDomain)
				sent := 0
				w.onSet = func() {
					sent = w.written[w.account()]
					time.Sleep(takes)
				}
				p, goesOn := w.stopped(n)
				answered := slices.IndexFunc(w.trace, func(line string) bool { return strings.HasPrefix(line, "set ") })
				looked = p.ops < n || answered >= 0 && slices.Contains(w.trace[answered:], "look")
				writes = w.written[w.account()] - sent
				if outcome, err := goesOn(); err != nil || outcome.Error != rotation.NoFailure || !w.isRight() {
					t.Errorf("it ended with %+v, %v: %s", outcome, err, w.inStore())
				}
			})
		}
		if writes != want {
			t.Errorf("after %v for the answer %d writes came before the look, want %d", takes, writes, want)
		}
	}
}
