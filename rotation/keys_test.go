package rotation_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// candidates gives what is kept of the account that a rotation changes, the stored one included.
func (w *world) candidates() string {
	var all []string
	for _, c := range w.target().Candidates {
		word := c.Password.Reveal()
		if !c.Own {
			word += " of a person"
		}
		if c.Acknowledged {
			word += " acknowledged"
		}
		all = append(all, word)
	}
	return strings.Join(all, ", ")
}

// A request whose answer was lost may still be carried out when the password that it carries has long been promoted,
// and another one after it: then it is live again, and has to be found.
func TestALateRequestIsKeptBesideItsOwnPassword(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind  kind
		alter []func(*world)
		kept  string
	}{
		"lost, and sent again":                  {overFusion, []func(*world){answering(setsLater(20*time.Hour), setsIt)}, "new-1 of a person"},
		"lost, and found by its date":           {overDomain, []func(*world){answering(lostButSet)}, "new-1 of a person"},
		"lost, and served on Oracle's word":     {overFusion, []func(*world){proven, answering(lost, lags)}, "new-1 of a person"},
		"answered":                              {overFusion, nil, ""},
		"answered, and served on Oracle's word": {overFusion, []func(*world){proven, answering(lags)}, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, tt.kind, tt.alter...)
			p := w.process()
			p.story(rotation.ByEngine)
			if !w.isRight() || w.candidates() != tt.kept {
				t.Fatalf("%s: %s; %s", name, w.inStore(), w.candidates())
			}
			if _, err := p.rotate(rotation.ByEngine); err != nil || w.holding.Current.Password.Reveal() != "new-2" {
				t.Fatalf("%s: %v, %s", name, err, w.inStore())
			}
			if w.candidates() != tt.kept {
				t.Errorf("%s: after another rotation %q is kept", name, w.candidates())
			}
			p.runs(25 * time.Hour)
			w.livePasswordIsStored()
			if tt.kept != "" && !w.isRight() && len(w.queue) > 0 {
				t.Errorf("%s: at the end %s", name, w.inStore())
			}
		})
	}
}

// A late request that is carried out after two rotations is found when the stored password is refused.
func TestALateRequestComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overFusion, answering(setsLater(20*time.Hour), setsIt))
		p := w.process()
		p.story(rotation.ByEngine)
		for range 2 {
			if _, err := p.rotate(rotation.ByEngine); err != nil {
				t.Fatal(err)
			}
		}
		p.runs(23 * time.Hour)
		if w.user().password != "new-1" || w.holding.Current.Password.Reveal() != "new-1" {
			t.Errorf("%q is live; %s", w.user().password, w.inStore())
		}
		w.livePasswordIsStored()
	})
}

// So is the late first request for a kept password that was then sent again, by another rotation.
func TestALateRequestOfAnEarlierRotationComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overDomain, answering(setsLater(20*time.Hour)))
		p := w.process()
		p.story(rotation.ByEngine) // not applied, and kept
		for _, want := range []string{"new-1", "new-2", "new-3"} {
			if _, err := p.rotate(rotation.ByEngine); err != nil || w.holding.Current.Password.Reveal() != want {
				t.Fatalf("%v, %s", err, w.inStore())
			}
		}
		p.runs(23 * time.Hour)
		if w.user().password != "new-1" || w.holding.Current.Password.Reveal() != "new-1" {
			t.Errorf("%q is live; %s", w.user().password, w.inStore())
		}
		w.livePasswordIsStored()
	})
}

// What a person wrote is never sent to Oracle: whoever may write an integration must not choose a user's password.
func TestAPersonsPasswordIsNeverSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overFusion, keeping("of the engine", "of a person"))
		w.target().Candidates[1].Own = false
		if _, err := w.process().rotate(rotation.ByEngine); err != nil {
			t.Fatal(err)
		}
		if line := w.took(); strings.Contains(line, "set of a person") || !strings.Contains(line, "set of the engine") {
			t.Error(line)
		}
		w = newWorld(t, overFusion, keeping("of a person"))
		w.target().Candidates[0].Own = false
		if _, err := w.process().rotate(rotation.ByEngine); err != nil || !strings.HasPrefix(w.took(), "draw") {
			t.Errorf("%v, %s", err, w.inStore())
		}
	})
}

// A stored password that never logged in is no previous one, and is kept all the same.
func TestAnUnprovedPasswordIsKept(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		alter       []func(*world)
		store, kept string
	}{
		"a person wrote it":         {nil, "idle | API_GL new-1 was older or old", "old of a person"},
		"the engine set it":         {[]func(*world){func(w *world) { w.holding.Current.Own = true }}, "idle | API_GL new-1 was older or old", "old"},
		"another unproved comes":    {[]func(*world){proven, func(w *world) { w.holding.Current.Own = true }, answering(saysSo)}, "unverified served refusals=1 | API_GL new-1? was older or old", "old acknowledged"},
		"a person's, and unproved":  {[]func(*world){proven, answering(saysSo)}, "unverified served refusals=1 | API_GL new-1? was older or old", "old of a person"},
		"the one before is refused": {[]func(*world){answering(denies)}, "idle | API_GL old? was older | directory_refused tries=1", ""},
	}
	for name, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, overFusion, tt.alter...)
			w.holding.Current.LoggedIn, w.holding.Current.Previous = false, secret.New("older")
			if _, err := w.process().rotate(rotation.ByEngine); err != nil {
				t.Fatal(err)
			}
			if w.inStore() != tt.store || w.candidates() != tt.kept {
				t.Errorf("%s: %s; %s", name, w.inStore(), w.candidates())
			}
		})
	}
}

// Two rotations in a row that Oracle only said it made: all of them are kept, and the last that logged in.
func TestUnverifiedTwiceInARow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overFusion, proven, answering(saysSo, saysSo))
		p := w.process()
		p.story(rotation.ByEngine)
		if _, err := p.rotate(rotation.ByPerson); err != nil {
			t.Fatal(err)
		}
		if got, want := w.inStore()+"; "+w.candidates(), "unverified served refusals=1 | API_GL new-2? was old or new-1 | not_proved tries=1; new-1 acknowledged"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		w.livePasswordIsStored()
	})
}

// What the new password leaves with the account.
func TestWhatAPromotionStores(t *testing.T) {
	t.Parallel()
	for k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, k)
			w.holding.Retry, w.holding.LastError, w.holding.LastErrorDetail = rotation.Retry{Failures: 10, Stopped: true}, rotation.NotDone, "HTTP 404"
			before, first := *w.target(), w.holding.Current
			if _, err := w.process().rotate(rotation.ByPerson); err != nil {
				t.Fatal(err)
			}
			h := w.holding
			now, keys := time.Now().UTC(), h.Current
			if keys.Username != before.Username || !keys.LoggedIn || !keys.KnownUser || !keys.SetByUs || !keys.Own || keys.Basis <= max(before.Basis, first.Basis) {
				t.Errorf("%s: %+v", k, keys)
			}
			if keys.Previous.Reveal() != before.Password.Reveal() || !keys.PreviousSet.Equal(before.Set) || now.Sub(keys.Set) > 2*time.Second || len(keys.Candidates) != 0 {
				t.Errorf("%s: %+v", k, keys)
			}
			if h.Standby != nil && (h.Standby.Username != first.Username || h.Standby.Password.Reveal() != first.Password.Reveal() || h.Standby.Basis != first.Basis) {
				t.Errorf("%s: the account before: %+v", k, *h.Standby)
			}
			if h.Turn != (rotation.Turn{}) || h.Retry != (rotation.Retry{}) || h.LastError != rotation.NoFailure || h.LastErrorDetail != "" || !h.LastRotation.Equal(keys.Set) || h.ProvenBy != h.Doorway {
				t.Errorf("%s: %+v", k, h)
			}
			m := w.told[len(w.told)-1]
			if len(w.told) != 1 || m.Kind != rotation.EventRotation || !m.Done || m.Failed || m.Actor != "person" || m.Side != rotation.SideCurrent || m.Proof == nil || !m.At.Equal(keys.Set) {
				t.Errorf("%s: told %+v", k, w.told)
			}
		})
	}
}

// What a rotation that came to nothing leaves, and tells.
func TestWhatAFailureStores(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overFusion, answering(denies))
		if _, err := w.process().rotate(rotation.ByEngine); err != nil {
			t.Fatal(err)
		}
		h := w.holding
		if h.LastError != rotation.DirectoryRefused || h.LastErrorDetail != "HTTP 401" || h.Retry.Failures != 1 || !h.LastRotation.IsZero() {
			t.Errorf("%+v", h)
		}
		if at := time.Until(h.Retry.NotBefore); at != time.Minute {
			t.Errorf("tried again in %v", at)
		}
		if m := w.told[0]; len(w.told) != 1 || !m.Failed || m.Done || m.Proof != nil || m.Actor != "engine" || m.Kind != rotation.EventRotation {
			t.Errorf("told %+v", w.told)
		}
	})
}

// Oracle's word is believed of who gave it once and was right: another directory, or another address, has to be
// proved anew.
func TestAnotherDoorwayIsNotBelieved(t *testing.T) {
	t.Parallel()
	for doorway, served := range map[string]bool{"dir " + podURL: true, "another " + podURL: false, "": false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, overFusion, answering(saysSo))
			w.holding.ProvenBy = doorway
			if _, err := w.process().rotate(rotation.ByEngine); err != nil || w.holding.Turn.Served != served {
				t.Errorf("proved by %q: %s, %v", doorway, w.inStore(), err)
			}
		})
	}
}

// An outage of the directory is no fault of the rotation: however long it lasts, it is tried again.
func TestAnOutageDoesNotStopRotations(t *testing.T) {
	t.Parallel()
	for why, alter := range map[rotation.Failure]func(*world){
		rotation.DirectorySilent: func(w *world) { w.doorDown = true },
		rotation.NoSuchUser:      func(w *world) { w.unknown = true },
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, overDomain, alter)
			p := w.process()
			for range 3 * rotation.MaxRotationRetries {
				time.Sleep(8 * time.Hour)
				if _, err := p.rotate(rotation.ByEngine); err != nil || w.holding.LastError != why {
					t.Fatalf("%s, %v", w.inStore(), err)
				}
			}
			if stopped := w.holding.Retry.Stopped; stopped != (why != rotation.DirectorySilent) {
				t.Errorf("%s: stopped %v", why, stopped)
			}
		})
	}
}
