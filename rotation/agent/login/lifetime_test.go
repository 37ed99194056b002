package login_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRenewalsOfAVaultThatIsAwayAreSpread is about the whole life of a token, because the API's own LifetimeWatcher stops
// waiting towards its end.
func TestRenewalsOfAVaultThatIsAwayAreSpread(t *testing.T) {
	for range 5 {
		synctest.Test(t, func(t *testing.T) {
			v := newVault()
			session, _ := open(t, v, approle(t, "secret-id-1"))
			running(t, session, func() {
				v.set(func(v *vault) { v.sealed = true })
				time.Sleep(2 * time.Hour)
				if tries := v.count("renew-self"); tries < 20 || tries > 60 {
					t.Errorf("%d renewals", tries)
				}
				if tries := v.count("/login"); tries > 100 {
					t.Errorf("%d logins", tries)
				}
			})
		})
	}
}

func TestATokenSurvivesAVaultThatIsAwayForLessThanItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		session, log := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() {
			time.Sleep(29 * time.Minute)
			v.set(func(v *vault) { v.down = true })
			time.Sleep(25 * time.Minute)
			v.set(func(v *vault) { v.down = false })
			if failed := turns(t, session, 2*time.Hour); failed != 0 {
				t.Errorf("%d turns failed", failed)
			}
		})
		if v.count("/login") != 1 {
			t.Errorf("%d logins:\n%s", v.count("/login"), log)
		}
	})
}

func TestARenewalThatVaultRefusesIsFollowedByALogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		session, log := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() {
			// It was renewable when it was given.
			v.set(func(v *vault) { v.tokens["hvs.canary-1"].renewable = false })
			if failed := turns(t, session, time.Hour); failed != 0 {
				t.Errorf("%d turns failed", failed)
			}
		})
		if v.count("/login") != 2 || v.count("renew-self") != 1 {
			t.Errorf("%d logins and %d renewals:\n%s", v.count("/login"), v.count("renew-self"), log)
		}
	})
}

func TestATokenThatARenewalFindsGoneIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		session, log := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() {
			v.set(func(v *vault) { clear(v.tokens) })
			time.Sleep(41 * time.Minute)
			if err := agent(t, session); err != nil {
				t.Error(err)
			}
		})
		if !strings.Contains(log.String(), "does not know it any more") {
			t.Errorf("the log does not say it:\n%s", log)
		}
	})
}
