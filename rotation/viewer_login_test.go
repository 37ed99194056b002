package rotation_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// A directory that hangs costs a check a few seconds, and its own login is not called off for that.
func TestADirectoryThatHangs(t *testing.T) {
	t.Parallel()
	for name, byToken := range map[string]bool{"at its login": false, "with a token": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				door := newDoor(counted(0))
				door.takes, door.byToken = 30*time.Second, byToken
				b := newBench(door, &fakePod{}, recentBehind("gl"))
				began := time.Now()
				if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took != 8*time.Second || b.pod.surveys != 1 {
					t.Errorf("the check took %v and made %d logins", took, b.pod.surveys)
				}
				if v := b.state("gl"); v.State != rotation.StateOK {
					t.Errorf("shown as %s", v.State)
				}
				time.Sleep(30 * time.Second)
				if _, notes, _ := door.asked(); len(notes) != 1 {
					t.Errorf("noted %+v", notes) // that it hung, or what it said in the end
				}
				if own := b.ownLedger(); !byToken && (len(own.Charges) != 0 || own.Generation != 1) {
					t.Errorf("its login was not settled as accepted: %+v", own)
				}
			})
		})
	}
}

// Checks of many users share one login of their fusion directory at a time, and none waits for ever.
func TestParallelChecksAskOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const users = 20
		var snapshots []rotation.Snapshot
		for i := range users {
			snapshots = append(snapshots, recentBehind(fmt.Sprintf("u%02d", i)))
		}
		door := newDoor(counted(0))
		door.takes = time.Second
		b := newBench(door, &fakePod{}, snapshots...)
		began := time.Now()
		var all sync.WaitGroup
		for _, s := range snapshots {
			all.Go(func() {
				if _, err := b.check(t, s.Integration.Name, rotation.ByEngine); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		took := time.Since(began)
		time.Sleep(time.Minute)
		logins, _, _ := door.asked()
		if door.most != 1 || b.pod.surveys != users || took > 10*time.Second {
			t.Errorf("%d at once, %d checks in %v", door.most, b.pod.surveys, took)
		}
		if logins < 7 || logins > 9 {
			t.Errorf("%d logins for those who still waited", logins)
		}
		if own := b.ownLedger(); len(own.Charges) != 0 {
			t.Errorf("left %+v", own.Charges)
		}
	})
}

// After no answer the directory is knocked at first, and a knock that is not answered is noted.
func TestADirectoryIsKnockedAt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(counted(0))
		door.answers = []oracle.LookUp{doorSilent, doorSays(counted(0))}
		silence := oracle.Answer{Outcome: oracle.Timeout, Delivery: oracle.Unanswered}
		b := newBench(door, &fakePod{knocks: []oracle.Answer{silence}}, recentBehind("gl"))
		for range 3 {
			if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
		}
		logins, notes, _ := door.asked()
		if logins != 2 || b.pod.knocked != 2 || len(notes) != 3 || notes[1].Answer != silence || !notes[2].Answered() || len(b.ownLedger().Charges) != 0 {
			t.Errorf("%d logins, %d knocks, noted %+v", logins, b.pod.knocked, notes)
		}
	})
}

// A directory that is about to be stored is proved on the budget of the person who writes it.
func TestProvingADirectory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(counted(0))
		door.answers = []oracle.LookUp{doorRefuses}
		b := newBench(door, &fakePod{}, recentBehind("gl"))
		for n, want := range []rotation.Denial{"", "", rotation.DenyPeopleBudget} {
			ctx, cancel := context.WithTimeout(t.Context(), 36*time.Second)
			look, decision, err := b.viewer.Prove(ctx, door.directory, oracle.Directory{}, rotation.DefaultPolicy(), "ADMIN")
			cancel()
			if err != nil || decision.Denial != want || want == "" && look.Login != oracle.LoginRefused {
				t.Errorf("attempt %d: %+v, %+v, %v", n+1, look, decision, err)
			}
		}
		if door.forgotten != 3 { // by a token in hand nothing would be proved
			t.Errorf("%d tokens were forgotten", door.forgotten)
		}
		own := b.ownLedger()
		if len(own.Charges) != 2 || own.Charges[0].By != rotation.ByPerson || own.Charges[0].For != (rotation.Subject{IntegrationID: directoryID, Basis: 1}) {
			t.Errorf("charged as %+v", own.Charges)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := b.viewer.Prove(ctx, door.directory, oracle.Directory{}, rotation.DefaultPolicy(), "ADMIN"); err == nil || errors.Is(err, errStorage) {
			t.Errorf("for nobody: %v", err)
		}
	})
}

// A secret that was refused lately is not tried again for a person; by schedule the guard alone decides.
func TestARefusedSecretIsKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(counted(0))
		door.directory.Fingerprint = "bad"
		b := newBench(door, &fakePod{}, recentBehind("gl"))
		b.store.ledgers[door.directory.Account()] = rotation.Ledger{}.Rejected("bad", time.Now())
		ctx, cancel := context.WithTimeout(t.Context(), 36*time.Second)
		defer cancel()
		if _, decision, err := b.viewer.Prove(ctx, door.directory, oracle.Directory{}, rotation.DefaultPolicy(), "ADMIN"); err != nil || decision.Denial != rotation.DenyRejected {
			t.Errorf("a person's: %+v, %v", decision, err)
		}
		if _, err := b.check(t, "gl", rotation.ByEngine); err != nil || door.logins == 0 {
			t.Errorf("by schedule: %d logins, %v", door.logins, err)
		}
	})
}

// A directory whose own user is an integration's obeys what that one's directory said of it.
func TestADirectoryObeysWhatIsSaidOfItsUser(t *testing.T) {
	t.Parallel()
	for name, watched := range map[string]string{"watched": "another", "by nobody": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				door := newDoor(counted(0))
				door.directory.WatchedBy = watched
				b := newBench(door, &fakePod{}, recentBehind("gl"))
				b.store.ledgers[door.directory.Account()] = rotation.Ledger{}.Sighted(rotation.Sighting{
					Directory: "another", View: lockedView(), Observed: time.Now(),
				}, rotation.DefaultPolicy(), time.Now())
				if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
					t.Fatal(err)
				}
				if logins, _, _ := door.asked(); (logins > 0) != (watched == "") {
					t.Errorf("%d logins", logins)
				}
				if own := b.ownLedger(); watched != "" && !own.SeenLocked {
					t.Error("what was said is forgotten")
				}
			})
		})
	}
}
