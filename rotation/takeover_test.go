package rotation_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// stopped is a process that begins a rotation, and is stopped as by SIGSTOP right before the n-th thing that it does.
// The function it gives continues it, and waits for its end.
func (w *world) stopped(n int) (p *process, goesOn func() (rotation.Outcome, error)) {
	p = w.process()
	p.halt = n
	var outcome rotation.Outcome
	var err error
	done := make(chan struct{})
	go func() {
		outcome, err = p.rotate(rotation.ByEngine)
		close(done)
	}()
	select {
	case <-p.reached:
	case <-done:
	}
	return p, func() (rotation.Outcome, error) {
		close(p.halted)
		<-done
		return outcome, err
	}
}

// beforeItSends is the operation with which a process that rotates sends the password.
func beforeItSends(t *testing.T, k kind) (n int) {
	t.Helper()
	for sent := false; !sent; n++ {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, k)
			_, goesOn := w.stopped(n + 1)
			sent = slices.ContainsFunc(w.trace, func(line string) bool { return strings.HasPrefix(line, "set ") })
			_, _ = goesOn()
		})
	}
	return n - 1
}

func TestNobodySettlesAnothersRequestBeforeItsTime(t *testing.T) {
	t.Parallel()
	for k := range kinds {
		t.Run(k.String(), func(t *testing.T) {
			t.Parallel()
			n := beforeItSends(t, k)
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, k)
				_, goesOn := w.stopped(n)
				at := w.holding.Turn.Deadline.Add(5 * time.Second)
				w.took()
				other := w.process()
				for _, by := range []rotation.Initiator{rotation.ByEngine, rotation.ByPerson} {
					outcome, err := other.rotate(by)
					if err != nil || outcome.Error != rotation.AnswerLost || !outcome.Until.Equal(at) || w.took() != "" {
						t.Errorf("by the %s: %+v, %v; %s", by, outcome, err, w.took())
					}
				}
				for _, statement := range rotation.Statements() {
					result, err := other.reconcile(rotation.ReconcileOptions{Statement: statement, Side: rotation.SideStandby})
					if err != nil || result.Decision.Denial != rotation.DenyRotating || !result.Decision.Until.Equal(at) || w.took() != "" {
						t.Errorf("%s: %+v, %v", statement, result, err)
					}
				}
				if action, due := w.due(); action != rotation.ActionRotate || !due.Equal(at) {
					t.Errorf("due at %v, want %v", due, at)
				}
				time.Sleep(time.Until(at) - 1)
				if outcome, _ := other.rotate(rotation.ByEngine); outcome.Error != rotation.AnswerLost || w.took() != "" {
					t.Errorf("an instant too early: %+v, %s", outcome, w.took())
				}
				time.Sleep(time.Nanosecond)
				if _, err := other.rotate(rotation.ByEngine); err != nil || w.took() == "" {
					t.Errorf("in time, nothing was settled: %v", err)
				}
				settled := w.inStore()
				if outcome, err := goesOn(); err == nil && outcome.Error == rotation.NoFailure || strings.Contains(w.took(), "set ") || w.inStore() != settled {
					t.Errorf("continued, it ended with %+v, %v: %s", outcome, err, w.inStore())
				}
				w.livePasswordIsStored()
			})
		})
	}
}

// A process that was stopped at any instant, and continued after another has settled what it began and rotated again,
// does no harm: what it sends in time is still stored, and later it sends nothing.
func TestAProcessThatIsContinuedLateDoesNoHarm(t *testing.T) {
	t.Parallel()
	for k := range kinds {
		for name, sets := range map[string][]setAnswer{"set": nil, "lost": {lost, lost}, "lost but set": {lostButSet}} {
			t.Run(k.String()+"/"+name, func(t *testing.T) {
				t.Parallel()
				for n, reached := 1, true; reached; n++ {
					for _, late := range []time.Duration{3 * time.Second, 50 * time.Second, 10 * time.Minute} {
						synctest.Test(t, func(t *testing.T) {
							w := newWorld(t, k, answering(sets...))
							p, goesOn := w.stopped(n)
							reached = p.ops >= n
							other := w.process()
							other.runs(late)
							if late > time.Minute {
								_, _ = other.rotate(rotation.ByPerson)
							}
							_, _ = goesOn()
							w.livePasswordIsStored()
							other.runs(2*time.Hour + 30*time.Minute)
							other.personSettles()
							if !w.isRight() || w.user().alone > 0 {
								t.Errorf("stopped at %d for %v: %s; %v", n, late, w.inStore(), w.user())
							}
							w.livePasswordIsStored()
						})
					}
				}
			})
		}
	}
}

func TestWhoIsOvertakenSendsNothingMore(t *testing.T) {
	t.Parallel()
	for k := range kinds {
		for n := 1; n <= 3; n++ {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, k)
				w.beforeSave[n] = func() { w.holding.Step++ }
				p := w.process()
				_, err := p.rotate(rotation.ByEngine)
				if !errors.Is(err, rotation.ErrOvertaken) {
					t.Errorf("%s, step %d: %v", k, n, err)
				}
				if !strings.HasSuffix(w.took(), "store overtaken") {
					t.Errorf("%s, step %d: it goes on: %s", k, n, w.trace)
				}
			})
		}
	}
}

// Before another's request that sets a password is settled, a login of the user tells nothing, and may cost one.
func TestWhoIsOvertakenLogsInNoMore(t *testing.T) {
	t.Parallel()
	for k := range kinds {
		t.Run(k.String(), func(t *testing.T) {
			t.Parallel()
			overtaken := 0
			for n, reached := 1, true; reached; n++ {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, k, answering(lost, lost))
					p, goesOn := w.stopped(n)
					reached = p.ops >= n
					w.took()
					outcome, _ := w.process().rotate(rotation.ByEngine)
					others := outcome.Error == rotation.AnswerLost && strings.Contains(w.took(), "set ") // else it was the first one's to send
					_, _ = goesOn()
					if !others {
						return
					}
					overtaken++
					if trace := w.took(); strings.Contains(trace, "login old") || strings.Contains(trace, "login new") || strings.Contains(trace, "set ") {
						t.Errorf("stopped at %d: beside another's request it goes on: %s", n, trace)
					}
				})
			}
			if overtaken < 2 {
				t.Errorf("another overtook %d times", overtaken)
			}
		})
	}
}

// Nor does one whose holder changed at any instant before its login was charged.
func TestWhoHasNotChargedYetLogsInNoMore(t *testing.T) {
	t.Parallel()
	for k := range kinds {
		for n, reached := 1, true; reached; n++ {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, k)
				p, goesOn := w.stopped(n)
				reached = p.ops >= n
				charged := slices.ContainsFunc(w.ledgers[w.account()].Charges, func(c rotation.Charge) bool { return c.State == rotation.ChargePending })
				w.took()
				w.holding.Step++
				_, err := goesOn()
				if trace := w.took(); reached && !charged && (!errors.Is(err, rotation.ErrOvertaken) && err != nil || strings.Contains(trace, "login ")) {
					t.Errorf("%s, stopped at %d: it goes on: %v; %s", k, n, err, trace)
				}
			})
		}
	}
}

// A login of a process that was overtaken may be under way when its successor wants to set the password.
func TestNothingIsSetBesideAnothersLogin(t *testing.T) {
	t.Parallel()
	for _, k := range []kind{bySelf, ofDirectory} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, k)
			w.beforeSave[2] = func() { // right before it stores that it sends
				account := w.account()
				w.ledgers[account] = w.ledgers[account].Charged(rotation.Charge{ID: "another's", By: rotation.ByEngine, Time: time.Now(), Deadline: time.Now().Add(20 * time.Second)})
			}
			outcome, err := w.process().rotate(rotation.ByEngine)
			if err != nil || outcome.Error != rotation.NotDone || !strings.Contains(outcome.Detail, "login of this user under way") || strings.Contains(w.took(), "set ") {
				t.Errorf("%s: %+v, %v", k, outcome, err)
			}
			if w.inStore() != "idle | API_GL old | not_done tries=1" {
				t.Errorf("%s: %s", k, w.inStore())
			}
		})
	}
}

func TestAStepThatCannotBeStoredEndsIt(t *testing.T) {
	t.Parallel()
	for k := range kinds {
		for n := 1; n <= 3; n++ {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, k)
				w.saveFails = n
				p := w.process()
				_, err := p.rotate(rotation.ByEngine)
				if !errors.Is(err, errStorage) || !strings.Contains(err.Error(), w.holding.Holder.Name) {
					t.Errorf("%s, step %d: %v", k, n, err)
				}
				if trace := w.took(); !strings.HasSuffix(trace, "store fails") {
					t.Errorf("%s, step %d: it goes on: %s", k, n, trace)
				}
				w.livePasswordIsStored()
				p.runs(time.Hour)
				w.livePasswordIsStored()
			})
		}
	}
}

// A second call while one runs answers at once, and nothing else of the process waits for a rotation for ever.
func TestOneRotationAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overFusion, answering(hangs))
		p := w.process()
		done := make(chan error)
		go func() {
			_, err := p.rotate(rotation.ByEngine)
			done <- err
		}()
		time.Sleep(10 * time.Second)
		if !p.rotator.Running(p.holder()) {
			t.Error("it does not say that it runs")
		}
		trace := w.took()
		before := time.Now()
		if _, err := p.rotate(rotation.ByPerson); !errors.Is(err, rotation.ErrRunning) {
			t.Errorf("a second rotation: %v", err)
		}
		if _, err := p.tryKept(rotation.SideCurrent); !errors.Is(err, rotation.ErrRunning) {
			t.Errorf("a kept one meanwhile: %v", err)
		}
		if _, err := p.reconcile(rotation.ReconcileOptions{Statement: rotation.UseCurrent}); !errors.Is(err, rotation.ErrRunning) {
			t.Errorf("a statement meanwhile: %v", err)
		}
		if time.Since(before) != 0 || trace == "" || w.took() != "" {
			t.Error("it waited, or did something")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := p.checker.Check(ctx, "gl", rotation.CheckOptions{By: rotation.ByEngine}); err != nil {
			t.Errorf("a check meanwhile: %v", err)
		}
		if err := <-done; err != nil || p.rotator.Running(p.holder()) {
			t.Errorf("at its end: %v", err)
		}
	})
}

// What a directory showed is as old as its answer, in a process that was stopped before it stored it, too: at any instant
// between the look and the store another one may have logged in.
func TestWhatWasSeenBeforeAnothersLoginIsNoEvidence(t *testing.T) {
	t.Parallel()
	locked := doorSays(oracle.View{Found: oracle.Yes, ID: "id-API_GL", Active: oracle.Yes, Locked: oracle.Yes})
	for _, k := range []kind{overFusion, overDomain} {
		for n, reached := 1, true; reached; n++ {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, k, looking(locked))
				p, goesOn := w.stopped(n)
				reached = p.ops >= n
				time.Sleep(10 * time.Second)
				asked := len(w.looks) == 0
				w.mu.Lock()
				w.ledgers[w.account()] = w.ledgers[w.account()].Accepted()
				w.written[w.account()]++
				generation := w.ledgers[w.account()].Generation
				w.mu.Unlock()
				_, _ = goesOn()
				seen := w.ledgers[w.account()].Sighting
				if asked && seen != nil && seen.Generation == generation {
					t.Errorf("%s, stopped at %d: a view from before an accepted login is evidence: %+v", k, n, seen)
				}
			})
		}
	}
}

// A look is dated when its answer came, however long the process took to store it.
func TestALookIsDatedByItsAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := recentBehind("gl")
		door := newDoor(lockedView())
		b := newBench(door, &fakePod{}, one)
		answered := time.Time{}
		door.onLogin = func() {
			answered = time.Now()
			b.store.slow(3 * time.Second)
		}
		if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
			t.Fatal(err)
		}
		if seen := b.store.snapshot("gl").Ledger.Sighting; seen == nil || !seen.Observed.Equal(answered) {
			t.Errorf("answered at %v, and dated %+v", answered, seen)
		}
	})
}
