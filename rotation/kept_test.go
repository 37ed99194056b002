package rotation_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// liveIs sets another password in Oracle than the stored one.
func liveIs(password string) func(*world) {
	return func(w *world) { w.user().password = password }
}

// refusedAs is a kept password that Oracle refused so long ago.
func refusedAs(password string, ago time.Duration) func(*world) {
	return func(w *world) {
		l := w.ledgers[w.account()]
		w.ledgers[w.account()] = l.Rejected(rotation.Fingerprint(string(w.account())+"/"+password), time.Now().Add(-ago))
	}
}

// What may have been set late is tried when the stored password was refused: the newest first, and within the budget.
func TestTryKept(t *testing.T) {
	t.Parallel()
	refused := ledgerWith(refusedBy(rotation.ByEngine))
	tests := map[string]struct {
		kind  kind
		alter []func(*world)
		want  string
	}{
		"nothing is kept": {overFusion, []func(*world){refused}, "; idle | API_GL old"},
		"it was set late": {
			overFusion,
			[]func(*world){keeping("kept"), liveIs("kept"), refused},
			"look, login kept: accepted, store idle (rotation done); idle | API_GL kept was old",
		},
		"of several the newest": {
			overDomain,
			[]func(*world){keeping("kept-1", "kept-2"), liveIs("kept-2"), refused},
			"look, login kept-2: accepted, store idle (rotation done); idle | API_GL kept-2 was old or kept-1",
		},
		"of several not the newest, but the budget is spent": {
			overDomain,
			[]func(*world){keeping("kept-1", "kept-2"), liveIs("kept-1"), refused},
			"look, login kept-2: refused, look, look -> held_for_person; idle | API_GL old or kept-1 or kept-2",
		},
		"of several not the newest, and nothing was charged": {
			bySelf,
			[]func(*world){keeping("kept-1", "kept-2"), liveIs("kept-1")},
			"login kept-2: refused, login kept-1: accepted, store idle (rotation done); idle | API_GL kept-1 was old or kept-2",
		},
		"none is live": {
			bySelf, []func(*world){keeping("kept"), liveIs(byHand)}, "login kept: refused; idle | API_GL old or kept",
		},
		"it was refused a moment ago": {
			bySelf, []func(*world){keeping("kept"), liveIs("kept"), refusedAs("kept", time.Minute)}, "; idle | API_GL old or kept",
		},
		"the newest was refused a moment ago": {
			bySelf,
			[]func(*world){keeping("kept-1", "kept-2"), liveIs("kept-1"), refusedAs("kept-2", time.Minute)},
			"login kept-1: accepted, store idle (rotation done); idle | API_GL kept-1 was old or kept-2",
		},
		"a login is not answered": {
			bySelf,
			[]func(*world){keeping("kept-1", "kept-2"), liveIs("kept-2"), travelling(losesAnswer)},
			"login kept-2: unanswered, store idle; idle | API_GL old or kept-1 or kept-2",
		},
		"the pod is in maintenance": {
			bySelf, []func(*world){keeping("kept"), liveIs("kept"), travelling(unavailable)}, "login kept: unproved, store idle; idle | API_GL old or kept",
		},
		"it is a month old, and nobody has logged in since": {
			bySelf,
			[]func(*world){keeping("kept"), liveIs("kept"), func(w *world) { w.target().Candidates[0].Deadline = time.Now().Add(-30 * rotation.Day) }},
			"login kept: accepted, store idle (rotation done); idle | API_GL kept was old",
		},
		"Oracle said that it set it, however long ago": {
			bySelf,
			[]func(*world){keeping("kept"), liveIs("kept"), func(w *world) {
				w.target().Candidates[0].Deadline, w.target().Candidates[0].Acknowledged = time.Now().Add(-1000*time.Hour), true
			}},
			"login kept: accepted, store idle (rotation done); idle | API_GL kept was old",
		},
		"the hold does not keep it": {
			overFusion,
			[]func(*world){keeping("kept"), liveIs("kept"), refused, func(w *world) { w.holding.Policy.HoldPeriod = 0 }},
			"look, login kept: accepted, store idle (rotation done); idle | API_GL kept was old",
		},
		"a budget of one does": {
			overFusion, []func(*world){keeping("kept"), liveIs("kept"), refused, budget(1)}, "look -> held_for_person; idle | API_GL old or kept",
		},
		"an unlock does, for a while": {
			overDomain, []func(*world){keeping("kept"), liveIs("kept"), unlocked(time.Minute)}, "look -> unlocked_waiting; idle | API_GL old or kept",
		},
		"the standby's": {
			pairOverFusion,
			[]func(*world){keeping("kept"), liveIs("kept"), refused},
			"look, login kept: accepted, store idle (rotation done); idle | API_GL old | API_GL_2 kept was old-2",
		},
		"the stored one never logged in": {
			bySelf,
			[]func(*world){keeping("kept"), liveIs("kept"), func(w *world) { w.holding.Current.LoggedIn, w.holding.Current.SetByUs = false, true }},
			"login kept: accepted, store idle (rotation done); idle | API_GL kept or old",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, tt.kind, tt.alter...)
				outcome, err := w.process().tryKept(rotation.SideStandby)
				if got := w.took() + ended(outcome, err) + "; " + w.inStore(); got != tt.want {
					t.Errorf("\ngot  %s\nwant %s", got, tt.want)
				}
			})
		})
	}
}

// While a rotation is under way, what is kept waits.
func TestTryKeptWaitsForARotation(t *testing.T) {
	t.Parallel()
	for _, phase := range rotation.Phases() {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, bySelf, keeping("kept"), liveIs("kept"))
			w.holding.Turn.Phase = phase
			_, err := w.process().tryKept(rotation.SideCurrent)
			if tried := w.took() != ""; tried != (phase == rotation.PhaseIdle) || err != nil {
				t.Errorf("%s: tried %v, %v", phase, tried, err)
			}
		})
	}
}

// What was settled while it waited for its turn is not tried any more: nothing is spent beside a password that logs in.
func TestTryKeptAsksAgainWhenItsTurnHasCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, bySelf, keeping("kept"), liveIs("old"))
		p := w.process()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := p.rotator.TryKept(ctx, p.holder(), rotation.SideCurrent, func() bool { return false }); err != nil || w.took() != "" {
			t.Errorf("took %q, %v; want nothing", w.took(), err)
		}
	})
}

// The current account's kept passwords are another user's than the standby's.
func TestTryKeptOfTheCurrentAccountOfAPair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, pairOverFusion, keeping("other"))
		sent := rotation.Candidate{Password: w.holding.Standby.Candidates[0].Password, Deadline: time.Now()}
		w.holding.Current.Candidates = []rotation.Candidate{sent}
		w.users[gl].password = "other"
		_, err := w.process().tryKept(rotation.SideCurrent)
		want := "look, login other: accepted, store idle (rotation done); idle | API_GL other was old | API_GL_2 old-2 or other"
		if got := w.took() + "; " + w.inStore(); got != want || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
	})
}

// What may be set late is forgotten by the first login of the stored password that comes more than a day after it;
// what Oracle said it set, a day after the first login.
func TestHowLongAPasswordIsKept(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		alter  func(*world)
		logins []time.Duration // after its deadline
		kept   bool
	}{
		"no login":                                        {nil, nil, true},
		"a login within a day":                            {nil, []time.Duration{24*time.Hour - 2*time.Second}, true},
		"a login after more than a day":                   {nil, []time.Duration{24*time.Hour + 1}, false},
		"logins before":                                   {nil, []time.Duration{time.Hour, 23 * time.Hour}, true},
		"acknowledged, and a login":                       {acknowledged, []time.Duration{1000 * time.Hour}, true},
		"acknowledged, and a login a day later":           {acknowledged, []time.Duration{1000 * time.Hour, 1024 * time.Hour}, true},
		"acknowledged, and a login more than a day later": {acknowledged, []time.Duration{1000 * time.Hour, 1025 * time.Hour}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, bySelf, keeping("kept"))
			if tt.alter != nil {
				tt.alter(w)
			}
			sent := w.holding.Current.Candidates[0].Deadline
			for _, at := range tt.logins {
				time.Sleep(time.Until(sent.Add(at)))
				w.process().check(rotation.SideCurrent, rotation.ByPerson)
			}
			if kept := len(w.holding.Current.Candidates) == 1; kept != tt.kept {
				t.Errorf("%s: kept %v", name, kept)
			}
		})
	}
}

func acknowledged(w *world) { w.target().Candidates[0].Acknowledged = true }

func TestKeptUntil(t *testing.T) {
	t.Parallel()
	sent := func(hours ...int) []rotation.Candidate {
		var all []rotation.Candidate
		for _, h := range hours {
			all = append(all, rotation.Candidate{Deadline: start.Add(time.Duration(h) * time.Hour)})
		}
		return all
	}
	tests := map[string]struct {
		candidates []rotation.Candidate
		last, full int // hours after start; -1: never
	}{
		"none":               {nil, -1, -1},
		"one":                {sent(3), 27, -1},
		"four":               {sent(1, 2, 3, 4), 28, -1},
		"five":               {sent(1, 2, 3, 4, 5), 29, 25},
		"six":                {sent(1, 2, 3, 4, 5, 6), 30, 26},
		"not in a row":       {sent(9, 2), 33, -1},
		"five, not in a row": {sent(9, 2, 3, 4, 5), 33, 33},
	}
	at := func(hours int) time.Time {
		if hours < 0 {
			return time.Time{}
		}
		return start.Add(time.Duration(hours) * time.Hour)
	}
	for name, tt := range tests {
		if last, full := rotation.KeptUntil(tt.candidates); !last.Equal(at(tt.last)) || !full.Equal(at(tt.full)) {
			t.Errorf("%s: %v, %v", name, last, full)
		}
	}
	said := []rotation.Candidate{{Deadline: start, Acknowledged: true}}
	if last, _ := rotation.KeptUntil(said); last.Before(start.Add(50 * 365 * rotation.Day)) {
		t.Errorf("one that Oracle said it set is kept until %v", last)
	}
}

// With five passwords that may be live no rotation begins, until the oldest is a day old.
func TestFiveAreKept(t *testing.T) {
	t.Parallel()
	for _, by := range []rotation.Initiator{rotation.ByEngine, rotation.ByPerson} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, overFusion, keeping("1", "2", "3", "4", "5"))
			p := w.process()
			outcome, err := p.rotate(by)
			if outcome.Error != rotation.TooManyCandidates || err != nil || w.took() != "" {
				t.Errorf("by the %s: %+v, %v", by, outcome, err)
			}
			time.Sleep(19 * time.Hour) // the oldest was five hours old
			if outcome, _ := p.rotate(by); outcome.Error != rotation.TooManyCandidates {
				t.Errorf("by the %s, as old as it gets: %+v", by, outcome)
			}
			time.Sleep(time.Nanosecond)
			if outcome, _ := p.rotate(by); outcome.Error != rotation.NoFailure || w.holding.Current.Password.Reveal() != "5" {
				t.Errorf("by the %s, a day later: %+v, %s", by, outcome, w.inStore())
			}
			// The one that was sent again too: its first request may still come.
			if kept := fmt.Sprint(len(w.holding.Current.Candidates)); kept != "4" {
				t.Errorf("%s are kept: %s", kept, w.inStore())
			}
		})
	}
}
