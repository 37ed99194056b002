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

// What a clock wrote that was ahead is corrected in storage before anything of it is believed.
func TestAClockThatWasAheadIsCorrected(t *testing.T) {
	t.Parallel()
	const year = 365 * rotation.Day
	tests := map[string]struct {
		stage stage
		alter func(w *world, ahead time.Time)
		right func(w *world, now time.Time) bool
	}{
		"a request": {
			isSent, func(w *world, ahead time.Time) { w.holding.Turn.Deadline = ahead },
			func(w *world, now time.Time) bool { return w.holding.Turn.Deadline.Equal(now.Add(40 * time.Second)) },
		},
		"the beginning": {
			isSent, func(w *world, ahead time.Time) { w.holding.Turn.Begun = ahead },
			func(w *world, now time.Time) bool { return w.holding.Turn.Begun.Equal(now) },
		},
		"a refusal": {
			isPromised, func(w *world, ahead time.Time) { w.holding.Turn.RefusedAt = ahead },
			func(w *world, now time.Time) bool { return w.holding.Turn.RefusedAt.Equal(now) },
		},
		"a kept password": {
			atRest, func(w *world, ahead time.Time) { keeping("kept")(w); w.target().Candidates[0].Deadline = ahead },
			func(w *world, now time.Time) bool { return w.target().Candidates[0].Deadline.Equal(now) },
		},
	}
	for name, tt := range tests {
		for _, k := range []kind{overDomain, pairOverDomain} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, k)
				w.reaches(tt.stage)
				now := time.Now()
				tt.alter(w, now.Add(year))
				w.took()
				if action, at := w.due(); tt.stage != atRest && (action != rotation.ActionRotate || at.After(now)) {
					t.Errorf("%s: due at %v", name, at)
				}
				w.beforeSave[w.saves+2] = func() { w.saveFails = w.saves } // only the first step
				p := w.process()
				_, _ = p.rotate(rotation.ByEngine)
				if !strings.HasPrefix(w.took(), "store "+string(w.holding.Turn.InPhase())) || !tt.right(w, now) {
					t.Errorf("%s, of %s: %s: %+v", name, k, w.inStore(), w.holding.Turn)
				}
			})
		}
	}
}

// What a clock wrote that was ahead by less than a step is left as it is.
func TestAClockThatIsAheadABitIsBelieved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overDomain)
		w.reaches(isSent)
		w.holding.Turn.Deadline = time.Now().Add(5*time.Minute + 40*time.Second)
		outcome, err := w.process().rotate(rotation.ByEngine)
		if err != nil || outcome.Error != rotation.AnswerLost || w.took() != "" {
			t.Errorf("%+v, %v, %s", outcome, err, w.inStore())
		}
	})
}

// In a pause the engine sends nothing that it has not sent yet; a person does.
func TestAPauseBeforeAnythingWasSent(t *testing.T) {
	t.Parallel()
	for by, want := range map[rotation.Initiator]rotation.Failure{rotation.ByEngine: rotation.RotationPaused, rotation.ByPerson: rotation.NoFailure} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, overFusion)
			p := w.process()
			p.stopsAt = 3 // once it has read the account and stored what it prepared
			_, _ = p.rotate(by)
			w.holding.Integration.PausedUntil = time.Now().Add(time.Hour)
			outcome, err := w.process().rotate(rotation.ByEngine)
			if err != nil || outcome.Error != want || strings.Contains(w.took(), "set new-1") != (want == rotation.NoFailure) {
				t.Errorf("prepared by the %s: %+v, %v, %s", by, outcome, err, w.inStore())
			}
		})
	}
}

// What another process prepared is not sent where a rotation may not begin any more.
func TestWhatWasPreparedMayNotBeWanted(t *testing.T) {
	t.Parallel()
	for why, alter := range map[rotation.Failure]func(*world){
		rotation.LoginsCharged: ledgerWith(refusedBy(rotation.ByEngine)),
		rotation.SharedAccount: func(w *world) { w.holding.Shared = true },
		rotation.NeverLoggedIn: func(w *world) { w.holding.Current.KnownUser = false },
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, overFusion)
			w.reaches(isPrepared)
			alter(w)
			outcome, err := w.process().rotate(rotation.ByEngine)
			if err != nil || outcome.Error != why || w.took() != "store idle (rotation failed)" || len(w.holding.Current.Candidates) != 0 {
				t.Errorf("%s: %+v, %v, %s", why, outcome, err, w.inStore())
			}
		})
	}
}

// A lock that the directory shows right before keeps the engine from sending, because no proof could be had. A
// person's goes on, and its proof waits.
func TestADirectoryThatShowsALockRightBefore(t *testing.T) {
	t.Parallel()
	for _, shows := range []func(*oracle.View){
		func(v *oracle.View) { v.Locked = oracle.Yes },
		func(v *oracle.View) { v.Active = oracle.No },
	} {
		look := doorSays(with(oracle.View{Found: oracle.Yes, ID: "id-API_GL", Active: oracle.Yes, Locked: oracle.No}, shows))
		for by, sends := range map[rotation.Initiator]bool{rotation.ByEngine: false, rotation.ByPerson: true} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, overDomain, looking(look))
				outcome, err := w.process().rotate(by)
				if sent := strings.Contains(w.took(), "set new-1"); err != nil || sent != sends || !sends && outcome.Error != rotation.LoginHeldBack {
					t.Errorf("by the %s: sent %v, %+v, %v", by, sent, outcome, err)
				}
				if l := w.ledgers[w.account()]; !l.SeenLocked && !l.SeenInactive && !sends {
					t.Errorf("it is not remembered: %+v", l)
				}
			})
		}
	}
}

// A user that sets its own password logs in for that, and not where too little time is left for a login.
func TestAUserWithoutTimeDoesNotSetItsOwnPassword(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, bySelf)
		w.holding.Endpoint.Timeout = time.Minute
		p := w.process()
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		outcome, err := p.rotator.Rotate(ctx, p.holder(), rotation.RotateOptions{By: rotation.ByEngine})
		if err != nil || outcome.Error != rotation.LoginHeldBack || outcome.Denial != rotation.DenyInFlight {
			t.Errorf("%+v, %v", outcome, err)
		}
		if line := w.took(); line != "draw, store prepared, store idle (rotation failed)" {
			t.Error(line)
		}
	})
}

// A directory's own login is guarded, too: where it is held, or does not answer a knock, nothing is sent.
func TestADirectoryThatIsHeldSetsNothing(t *testing.T) {
	t.Parallel()
	admin := rotation.AccountOf("ADMIN", podURL)
	refused := rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeRefused}
	for name, tt := range map[string]struct {
		alter func(w *world)
		want  rotation.Failure
	}{
		"held, before the look": {func(w *world) { w.ledgers[admin] = spent(refused, refused) }, rotation.DirectorySilent},
		"held, between look and request": {func(w *world) {
			w.beforeSave[2] = func() { w.ledgers[admin], w.written[admin] = spent(refused, refused), w.written[admin]+1 }
		}, rotation.NotDone},
		"no answer to the knock": {func(w *world) {
			w.beforeSave[2] = func() { w.ledgers[admin], w.podDown = rotation.Ledger{Knock: true}, true; w.written[admin]++ }
		}, rotation.NotDone},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, overFusion, tt.alter)
			outcome, err := w.process().rotate(rotation.ByEngine)
			if err != nil || outcome.Error != tt.want || strings.Contains(w.took(), "set ") || w.holding.Turn.InPhase() != rotation.PhaseIdle {
				t.Errorf("%s: %+v, %v, %s", name, outcome, err, w.inStore())
			}
			if len(w.holding.Current.Candidates) != 0 {
				t.Errorf("%s: what was not sent is kept: %s", name, w.inStore())
			}
		})
	}
}

// A rotation that waited for a check of the same user goes on with what is stored then.
func TestARotationWaitsForTheUsersLogins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, pairOverFusion)
		p := w.process()
		done := make(chan error)
		release := make(chan struct{})
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			_, err := p.prover.Prove(ctx, w.account(), rotation.ByPerson, func(context.Context) (rotation.Attempt, error) {
				<-release
				return rotation.Attempt{}, errNotDue
			})
			done <- err
		}()
		synctest.Wait()
		waited := make(chan error)
		go func() {
			_, err := p.rotate(rotation.ByEngine)
			waited <- err
		}()
		synctest.Wait()
		other := *w.holding.Standby
		w.holding.Current, w.holding.Standby = other, &rotation.Keys{Username: gl, Password: w.holding.Current.Password, KnownUser: true, LoggedIn: true}
		close(release)
		if err := <-done; !errors.Is(err, errNotDue) {
			t.Error(err)
		}
		if err := <-waited; !errors.Is(err, rotation.ErrOtherAccount) || slices.ContainsFunc(w.trace, func(line string) bool { return strings.HasPrefix(line, "set") }) {
			t.Errorf("the accounts changed places meanwhile: %v, %s", err, w.trace)
		}
		if _, err := p.rotate(rotation.ByEngine); err != nil {
			t.Error(err)
		}
	})
}

// A caller with no time left does not wait for another login for ever.
func TestARotationWhoseTurnDoesNotCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overFusion)
		p := w.process()
		release := make(chan struct{})
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			_, _ = p.prover.Prove(ctx, w.account(), rotation.ByPerson, func(context.Context) (rotation.Attempt, error) {
				<-release
				return rotation.Attempt{}, errNotDue
			})
		}()
		synctest.Wait()
		outcome, err := p.rotate(rotation.ByEngine)
		if err != nil || outcome.Error != rotation.LoginHeldBack || outcome.Denial != rotation.DenyInFlight {
			t.Errorf("%+v, %v", outcome, err)
		}
		result, err := p.reconcile(rotation.ReconcileOptions{Statement: rotation.UseCurrent})
		if err != nil || result.Decision.Denial != rotation.DenyInFlight {
			t.Errorf("%+v, %v", result, err)
		}
		close(release)
		if w.took() != "" {
			t.Error("something left")
		}
	})
}
