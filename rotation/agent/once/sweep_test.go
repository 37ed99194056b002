package once_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
)

// progress is a sweep of which some names have ended.
func progress(due, remaining int, ended ...string) estate.Progress {
	p := estate.Progress{Due: due, Checked: len(ended), Remaining: remaining}
	for _, name := range ended {
		p.Results = append(p.Results, estate.SweptName{Name: name, Action: "check"})
	}
	return p
}

const goesOn = "the sweep was still going on when the time of the command was over, which --timeout sets: it goes on by itself, and status shows what came of it"

func TestSweepToItsEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		dryRun  bool
		answers []estate.Progress
		fails   error // after them
		takes   time.Duration
		want    once.Swept
		asks    int
		lasts   time.Duration
	}{
		"nothing is due": {
			answers: []estate.Progress{progress(0, 0)}, want: once.Swept{Asked: true, Progress: progress(0, 0)}, asks: 1,
		},
		"it is asked until nothing remains": {
			answers: []estate.Progress{progress(3, 3), progress(3, 1, "a", "b"), progress(3, 0, "a", "b", "c")}, takes: 10 * time.Second,
			want: once.Swept{Asked: true, Progress: progress(3, 0, "a", "b", "c")}, asks: 3, lasts: 30 * time.Second,
		},
		"an engine that answers at once is not pressed": {
			answers: []estate.Progress{progress(3, 3), progress(3, 1, "a", "b"), progress(3, 0, "a", "b", "c")},
			want:    once.Swept{Asked: true, Progress: progress(3, 0, "a", "b", "c")}, asks: 3, lasts: 2 * time.Second,
		},
		"it ended between two questions, and the next one is not followed": {
			answers: []estate.Progress{progress(3, 1, "a", "b"), progress(2, 2)}, takes: 10 * time.Second,
			want: once.Swept{Asked: true, Progress: progress(3, 0, "a", "b")}, asks: 2, lasts: 20 * time.Second,
		},
		"a dry run is one question": {
			dryRun: true, answers: []estate.Progress{progress(3, 3)}, want: once.Swept{Asked: true, Progress: progress(3, 3)}, asks: 1,
		},
		"it cannot be asked": {fails: fault(engine.Denied), want: once.Swept{Fault: "denied it is"}, asks: 1},
		"it cannot be asked any more": {
			answers: []estate.Progress{progress(3, 1, "a", "b")}, fails: fault(engine.Sealed), takes: 10 * time.Second,
			want: once.Swept{Asked: true, Progress: progress(3, 1, "a", "b"), Fault: "sealed it is"}, asks: 2, lasts: 20 * time.Second,
		},
		"the time is over before the first answer": {
			answers: []estate.Progress{progress(3, 3)}, takes: 2 * time.Minute,
			want: once.Swept{Fault: "unreachable it is"}, asks: 1, lasts: time.Minute,
		},
		"the time is over while it goes on": {
			answers: []estate.Progress{progress(3, 1, "a", "b")}, takes: 40 * time.Second,
			want: once.Swept{Asked: true, Progress: progress(3, 1, "a", "b"), Fault: goesOn}, asks: 2, lasts: time.Minute,
		},
		"the time is over between two questions": {
			answers: []estate.Progress{progress(3, 1, "a", "b")}, takes: 59900 * time.Millisecond,
			want: once.Swept{Asked: true, Progress: progress(3, 1, "a", "b"), Fault: goesOn}, asks: 2, lasts: time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				asked := &fake{sweep: func(ctx context.Context, _ string, n int) (estate.Progress, error) {
					if err := takes(ctx, test.takes); err != nil {
						return estate.Progress{}, err
					}
					if n > len(test.answers) && test.fails != nil {
						return estate.Progress{}, test.fails
					}
					return test.answers[min(n, len(test.answers))-1], nil
				}}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				begun, told := time.Now(), 0
				swept := once.Sweep(ctx, asked, []string{"of"}, test.dryRun, func(estate.Progress) { told++ })
				test.want.Mount = "of"
				if diff := cmp.Diff([]once.Swept{test.want}, swept); diff != "" {
					t.Error(diff)
				}
				if len(asked.asked) != test.asks || time.Since(begun) != test.lasts {
					t.Errorf("asked %d times in %s, want %d in %s", len(asked.asked), time.Since(begun), test.asks, test.lasts)
				}
				for _, request := range asked.requests {
					want := engine.SweepRequest{Wait: 10 * time.Second}
					if test.dryRun {
						want = engine.SweepRequest{DryRun: true}
					}
					if request != want {
						t.Errorf("asked for %+v, want %+v", request, want)
					}
				}
				if test.want.Asked == (told == 0) {
					t.Errorf("told %d times", told)
				}
			})
		})
	}
}

func TestMountsAreSweptAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := &fake{sweep: func(ctx context.Context, mount string, _ int) (estate.Progress, error) {
			if mount == "og" {
				return estate.Progress{}, fault(engine.NotFound)
			}
			return progress(1, 0, mount), takes(ctx, 10*time.Second)
		}}
		begun := time.Now()
		swept := once.Sweep(t.Context(), asked, []string{"of", "og", "oh"}, false, func(estate.Progress) {})
		want := []once.Swept{
			{Mount: "of", Asked: true, Progress: progress(1, 0, "of")},
			{Mount: "og", Fault: "not_found it is"},
			{Mount: "oh", Asked: true, Progress: progress(1, 0, "oh")},
		}
		if diff := cmp.Diff(want, swept); diff != "" {
			t.Error(diff)
		}
		if time.Since(begun) != 10*time.Second {
			t.Errorf("took %s", time.Since(begun))
		}
	})
}
