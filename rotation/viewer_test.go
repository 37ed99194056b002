package rotation_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// A permission that was withdrawn, a directory that is another one by now: nothing is asked, and the check
// goes on without.
func TestADirectoryThatMayNotBeAskedIsNot(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(*fakeDoor){
		"the user is not permitted any more": func(d *fakeDoor) { d.directory.AllowedUsernames = []string{"OTHER_*"} },
		"nobody is":                          func(d *fakeDoor) { d.directory.AllowedUsernames = nil },
		"the user is the directory's own":    func(d *fakeDoor) { d.directory.User = " api_gl" },
		"the host is not served any more":    func(d *fakeDoor) { d.directory.URL = "https://other.example" },
		"created anew under the same name":   func(d *fakeDoor) { d.directory.ID = "another" },
		"it cannot be loaded":                func(d *fakeDoor) { d.loadFails = true },
	} {
		for _, byToken := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, token %v", name, byToken), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					door := newDoor(lockedView())
					door.byToken = byToken
					alter(door)
					b := newBench(door, &fakePod{}, recentBehind("gl"))
					if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
						t.Fatal(err)
					}
					logins, notes, complaints := door.asked()
					if logins+door.tokens+len(notes) != 0 || len(complaints) != 1 || b.pod.surveys != 1 {
						t.Errorf("%d logins, %d by token, noted %v, complaints %v, %d checks", logins, door.tokens, notes, complaints, b.pod.surveys)
					}
					if v := b.state("gl"); v.State != rotation.StateOK {
						t.Errorf("shown as %s", v.State)
					}
				})
			})
		}
	}
}

func TestADirectoryIsAskedBeforeTheLogin(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		view    oracle.View
		by      rotation.Initiator
		denial  rotation.Denial
		surveys int
		asked   int
		state   rotation.State
	}{
		"nothing wrong": {uncounted(oracle.Yes), rotation.ByEngine, "", 1, 1, rotation.StateOK},
		"nothing wrong, whether it sees logins is not known": {counted(0), rotation.ByEngine, "", 1, 2, rotation.StateOK},
		"locked":                                {lockedView(), rotation.ByEngine, rotation.DenyLocked, 0, 1, rotation.StateLocked},
		"locked, whoever asks":                  {lockedView(), rotation.ByPerson, rotation.DenyLocked, 0, 1, rotation.StateLocked},
		"one more refusal would lock":           {counted(4), rotation.ByPerson, rotation.DenyLastAttempt, 0, 1, rotation.StateOK},
		"inactive":                              {uncounted(oracle.No), rotation.ByEngine, rotation.DenyUnable, 0, 1, rotation.StateDisabled},
		"inactive, and a person wants it":       {uncounted(oracle.No), rotation.ByPerson, "", 1, 2, rotation.StateDisabled},
		"refused logins, and it is asked again": {counted(2), rotation.ByEngine, "", 1, 2, rotation.StateOK},
		"expired, and it logs in":               {expiredView, rotation.ByEngine, "", 1, 2, rotation.StateExpired},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := accepted
				f.Cause = oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered, HTTPStatus: 200}
				b := newBench(newDoor(tt.view), &fakePod{findings: []oracle.Findings{f}}, recentBehind("gl"))
				decision, err := b.check(t, "gl", tt.by)
				if err != nil || decision.Denial != tt.denial {
					t.Fatalf("%+v, %v", decision, err)
				}
				if logins, _, _ := b.door.asked(); logins != tt.asked || b.pod.surveys != tt.surveys {
					t.Errorf("asked %d times, %d logins", logins, b.pod.surveys)
				}
				if v := b.state("gl"); v.State != tt.state {
					t.Errorf("shown as %s", v.State)
				}
				if own := b.ownLedger(); len(own.Charges) != 0 || own.Generation == 0 {
					t.Errorf("the directory's own account: %+v", own)
				}
			})
		})
	}
}

// The directory's own logins are charged before they leave, and settled.
func TestADirectorysLoginsAreCharged(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer oracle.LookUp
		left   rotation.ChargeState
		noted  bool
	}{
		"accepted":      {doorSays(counted(0)), "", true},
		"forbidden":     {doorForbids, "", true},
		"refused":       {doorRefuses, rotation.ChargeRefused, true},
		"no answer":     {doorSilent, rotation.ChargeUnanswered, true},
		"nothing known": {oracle.LookUp{Login: oracle.LoginUnproved, Answer: oracle.Answer{Outcome: oracle.Unavailable, Delivery: oracle.Answered, HTTPStatus: 503}}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				door := newDoor(counted(0))
				b := newBench(door, &fakePod{}, recentBehind("gl"))
				door.answers, door.onLogin = []oracle.LookUp{tt.answer}, func() {
					own := b.ownLedger()
					if len(own.Charges) != 1 || own.Charges[0].State != rotation.ChargePending || own.Charges[0].By != rotation.ByEngine {
						t.Errorf("its login leaves with %+v", own.Charges)
					}
				}
				if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
					t.Fatal(err)
				}
				own := b.ownLedger()
				if tt.left == "" && len(own.Charges) != 0 || tt.left != "" && (len(own.Charges) != 1 || own.Charges[0].State != tt.left) {
					t.Errorf("left %+v", own.Charges)
				}
				if _, notes, _ := door.asked(); len(notes) != 1 || notes[0].Answer != tt.answer.Answer {
					t.Errorf("noted %+v", notes)
				}
			})
		})
	}
}

// A directory that the guard holds spends no login: what it would say is not known.
func TestAHeldDirectoryIsNotAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(lockedView())
		door.answers = []oracle.LookUp{doorRefuses}
		b := newBench(door, &fakePod{}, recentBehind("gl"))
		for range 5 {
			if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
		}
		logins, notes, _ := door.asked()
		if logins != 1 || len(notes) != 1 || b.pod.surveys != 5 || b.store.snapshot("gl").Ledger.Sighting != nil {
			t.Errorf("%d logins, noted %v, %d checks", logins, notes, b.pod.surveys)
		}
		if d, _ := door.directory, 0; rotation.DirectoryStatusOf(d, rotation.Health{}, b.ownLedger(), rotation.DefaultPolicy(), time.Now()).State != rotation.DirectoryHeld {
			t.Error("the directory is not shown as held")
		}
	})
}

func TestATokenNeedsNoCharge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(counted(0))
		door.byToken = true
		b := newBench(door, &fakePod{}, recentBehind("gl"))
		b.store.ledgers[door.directory.Account()] = spent(engineRefused, engineRefused) // held, which bars logins only
		if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
			t.Fatal(err)
		}
		logins, notes, _ := door.asked()
		if logins != 0 || len(notes) != 1 || len(b.ownLedger().Charges) != 2 || b.store.snapshot("gl").Ledger.Sighting == nil {
			t.Errorf("%d logins, %d notes, %+v", logins, len(notes), b.ownLedger())
		}
	})
}

// A note that cannot be stored takes nothing from what the directory said.
func TestANoteThatIsNotStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(lockedView())
		door.noteFails = true
		b := newBench(door, &fakePod{}, recentBehind("gl"))
		if decision, err := b.check(t, "gl", rotation.ByEngine); err != nil || decision.Denial != rotation.DenyLocked {
			t.Errorf("%+v, %v", decision, err)
		}
		if _, _, complaints := door.asked(); len(complaints) != 1 {
			t.Errorf("complaints: %v", complaints)
		}
	})
}

func TestNoDirectoryNoLook(t *testing.T) {
	t.Parallel()
	if look := (*rotation.Viewer)(nil).Looker(rotation.Integration{}); look != nil {
		t.Error("an integration without a directory is looked at")
	}
}
