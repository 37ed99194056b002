package oraclesim

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestAccountLogin plays a script on one account with a fake clock. Steps: "right" and "wrong" are logins, "+30m"
// lets time pass, the others are an administrator's. The wanted reasons are those of the logins, in order.
func TestAccountLogin(t *testing.T) {
	t.Parallel()
	const w = "wrong_password "
	tests := map[string]struct {
		switches   Switches
		steps      string
		want       string
		wantFailed int
		wantLocked bool
	}{
		"the right password is accepted": {steps: "right", want: "accepted"},
		"a wrong one is refused and counted": {
			steps: "wrong wrong", want: w + w, wantFailed: 2,
		},
		"an accepted login resets the count": {
			steps: "wrong wrong wrong wrong right wrong", want: w + w + w + w + "accepted " + w, wantFailed: 1,
		},
		"four in a row do not lock": {
			steps: "wrong wrong wrong wrong", want: w + w + w + w, wantFailed: 4,
		},
		"five in a row lock, for the right password too": {
			steps: "wrong wrong wrong wrong wrong right", want: w + w + w + w + w + "locked", wantFailed: 6, wantLocked: true,
		},
		"the threshold is a switch": {
			switches: Switches{LockThreshold: 2}, steps: "wrong wrong right", want: w + w + "locked", wantFailed: 3, wantLocked: true,
		},
		"a lock stands one minute before its end": {
			steps: "lock +59m right", want: "locked", wantFailed: 1, wantLocked: true,
		},
		"a lock ends after an hour, and its count with it": {
			steps: "wrong wrong wrong wrong wrong +60m wrong right", want: w + w + w + w + w + w + "accepted",
		},
		"the length of a lock is a switch": {
			switches: Switches{LockDuration: 10 * time.Minute}, steps: "lock +10m right", want: "accepted",
		},
		"logins against a lock do not prolong it": {
			steps: "lock +59m right +1m right", want: "locked accepted",
		},
		"unless the switch says so": {
			switches: Switches{LockedLoginsExtendLock: true},
			steps:    "lock +59m right +1m right +60m right", want: "locked locked accepted",
		},
		"after an unlock the API refuses for an hour": {
			steps: "lock +5m unlock right +59m right +1m right", want: "lock_lag lock_lag accepted",
		},
		"refusals during the lag count and lock again": {
			switches: Switches{LockThreshold: 2},
			steps:    "lock unlock right right right", want: "lock_lag lock_lag locked", wantFailed: 3, wantLocked: true,
		},
		"the lag is a switch": {
			switches: Switches{NoAPILockLag: true}, steps: "lock unlock right", want: "accepted",
		},
		"its length is one, too": {
			switches: Switches{APILockLag: time.Minute}, steps: "lock unlock right +1m right", want: "lock_lag accepted",
		},
		"no lag follows a lock that ended by itself": {
			steps: "lock +60m right", want: "accepted",
		},
		"unless that is switched on": {
			switches: Switches{LagAfterTimedUnlock: true},
			steps:    "lock +60m right +59m right +1m right", want: "lock_lag lock_lag accepted",
		},
		"unlocking a user who is not locked starts no lag": {
			steps: "wrong unlock right", want: w + "accepted",
		},
		"unlocking resets the count": {
			switches: Switches{NoAPILockLag: true},
			steps:    "wrong wrong wrong wrong wrong unlock wrong", want: w + w + w + w + w + w, wantFailed: 1,
		},
		"a disabled user is refused, and counted": {
			steps: "disable right enable wrong right", want: "disabled " + w + "accepted",
		},
		"a new password replaces the old one": {
			steps: "password right", want: "wrong_password", wantFailed: 1,
		},
		"a new password does not lift a lock": {
			steps: "lock password right", want: "locked", wantFailed: 1, wantLocked: true,
		},
		"a password is good until its age is reached": {
			steps: "+2159h right", want: "accepted",
		},
		"and refused from then on": {
			steps: "+2160h right", want: "expired", wantFailed: 1,
		},
		"a wrong password is wrong also after the expiry": {
			steps: "+2160h wrong", want: "wrong_password", wantFailed: 1,
		},
		"an expired password can be accepted until the report": {
			switches: Switches{ExpiredAcceptedUntilReport: true}, steps: "+2160h right", want: "accepted",
		},
		"logins against a lock and in its lag can go uncounted": {
			switches: Switches{LockThreshold: 2, LockedLoginsUncounted: true},
			steps:    "lock right unlock right right right disable right", want: "locked lock_lag lock_lag lock_lag disabled", wantFailed: 1,
		},
		"failed logins may never lock": {
			switches: Switches{NeverLocks: true, LockThreshold: 2}, steps: "wrong wrong wrong right lock right",
			want: w + w + w + "accepted locked", wantFailed: 1, wantLocked: true,
		},
		"only wrong passwords can count": {
			switches: Switches{LockThreshold: 2, OnlyWrongPasswordsCount: true},
			steps:    "lock right unlock right disable right enable +2160h right wrong", want: "locked lock_lag disabled expired " + w, wantFailed: 1,
		},
		"a password that has to be changed is refused, and counted": {
			steps: "must right wrong", want: "must_change " + w, wantFailed: 2,
		},
		"unless that is accepted": {
			switches: Switches{MustChangeAccepted: true}, steps: "must wrong right", want: w + "accepted",
		},
		"five logins with an expired password lock": {
			steps: "+2160h right right right right right right",
			want:  "expired expired expired expired expired locked", wantFailed: 6, wantLocked: true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := test.switches.withDefaults()
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			a := &account{name: "INT_GL", passwordMaxAge: DefaultPasswordMaxAge}
			a.setPassword("right", now)
			var got []string
			for _, step := range strings.Fields(test.steps) {
				a.settle(now, s)
				switch {
				case step == "right" || step == "wrong":
					got = append(got, string(a.login(step, now, s)))
				case strings.HasPrefix(step, "+"):
					d, err := time.ParseDuration(step)
					if err != nil {
						t.Fatal(err)
					}
					now = now.Add(d)
				default:
					administer(t, a, step, now, s)
				}
			}
			a.settle(now, s)
			if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
			if a.failed != test.wantFailed || a.locked() != test.wantLocked {
				t.Errorf("failed = %d, locked = %v; want %d, %v", a.failed, a.locked(), test.wantFailed, test.wantLocked)
			}
		})
	}
}

func administer(t *testing.T, a *account, step string, now time.Time, s Switches) {
	t.Helper()
	switch step {
	case "lock":
		a.lock(now, s)
	case "unlock":
		a.unlock(now, s)
	case "disable":
		a.disabled = true
	case "must":
		a.mustChange = true
	case "enable":
		a.disabled = false
	case "password":
		a.setPassword("another", now)
	default:
		t.Fatalf("unknown step %q", step)
	}
}

func TestRingKeepsTheNewest(t *testing.T) {
	t.Parallel()
	var r ring[int]
	const added = 2*maxLogged + 3 // twice around
	for i := range added {
		r.add(i)
	}
	got := r.all()
	first, last := got[0], got[len(got)-1]
	if len(got) != maxLogged || first != added-maxLogged || last != added-1 || !slices.IsSorted(got) {
		t.Errorf("ring holds %d entries from %d to %d, want %d from %d to %d, in order",
			len(got), first, last, maxLogged, added-maxLogged, added-1)
	}
}
