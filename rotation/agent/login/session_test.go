package login_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

// approle is the auth of a role whose secret id is in a file that the test may write anew.
func approle(t *testing.T, secretID string) config.Auth {
	t.Helper()
	return config.Auth{Method: config.MethodAppRole, Mount: "approle", RoleID: "role-id", SecretIDFile: file(t, secretID)}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	fill(t, path, content)
	return path
}

func fill(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// running runs the session in a bubble until the test's story is told.
func running(t *testing.T, session *login.Session, story func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		session.Run(ctx)
		close(ended)
	}()
	synctest.Wait()
	story()
	cancel()
	<-ended
}

// turns lets the agent ask once a minute for so long, and gives how many turns came to nothing.
func turns(t *testing.T, session *login.Session, long time.Duration) (failed int) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < long; time.Sleep(time.Minute) {
		if agent(t, session) != nil {
			failed++
		}
	}
	return failed
}

func TestATokenIsRenewedAndReplacedInTimeForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		session, log := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() {
			if failed := turns(t, session, 24*time.Hour); failed != 0 {
				t.Errorf("%d turns were without a token", failed)
			}
		})
		// Four hours at most for each token, and renewals of an hour.
		if logins := v.count("/login"); logins < 6 || logins > 8 {
			t.Errorf("%d logins in a day", logins)
		}
		if renewals := v.count("renew-self"); renewals < 24 || renewals > 60 {
			t.Errorf("%d renewals in a day", renewals)
		}
		if looks := v.count("lookup-self"); looks != 0 {
			t.Errorf("%d looks at a token that nobody refused", looks)
		}
		if told := log.says("logged in to Vault"); told != v.count("/login") {
			t.Errorf("%d logins were logged:\n%s", told, log)
		}
	})
}

func TestABatchTokenIsReplacedBeforeItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.batch = true
		session, _ := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() {
			if failed := turns(t, session, 6*time.Hour); failed != 0 {
				t.Errorf("%d turns were without a token", failed)
			}
		})
		if logins := v.count("/login"); logins < 6 || logins > 9 || v.count("renew-self") != 0 {
			t.Errorf("%d logins and %d renewals of tokens that last an hour", logins, v.count("renew-self"))
		}
	})
}

func TestAVaultThatIsAwayForAnHourIsFoundAgain(t *testing.T) {
	away := map[string]struct {
		set  func(*vault, bool)
		says string
	}{
		"gone":     {func(v *vault, on bool) { v.down = on }, "connection refused"},
		"silent":   {func(v *vault, on bool) { v.silent = on }, "did not answer in time"},
		"sealed":   {func(v *vault, on bool) { v.sealed = on }, "unseal it"},
		"refusing": {func(v *vault, on bool) { v.refuses = map[bool]string{true: "invalid role"}[on] }, "invalid role"},
	}
	for name, way := range away {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVault()
				v.ttl, v.max = 10*time.Minute, 10*time.Minute
				session, log := open(t, v, approle(t, "secret-id-1"))
				running(t, session, func() {
					turns(t, session, 10*time.Minute)
					v.set(func(v *vault) { way.set(v, true) })
					before, renewals := v.count("/login"), v.count("renew-self")
					turns(t, session, time.Hour)
					if tries := v.count("renew-self") - renewals; tries > 30 {
						t.Errorf("%d renewals of one token", tries)
					}
					if _, err := session.Client(); err == nil || !strings.Contains(err.Error(), way.says) {
						t.Errorf("the session says %v, want %q", err, way.says)
					}
					if tries := v.count("/login") - before; tries > 120 || name == "refusing" && tries > 20 {
						t.Errorf("%d logins in an hour", tries)
					}
					v.set(func(v *vault) { way.set(v, false) })
					time.Sleep(login.MaxRefusedWait)
					if err := agent(t, session); err != nil {
						t.Errorf("afterwards: %v", err)
					}
				})
				if told := log.says(way.says); told != 1 {
					t.Errorf("the log says it %d times:\n%s", told, log)
				}
			})
		})
	}
}

func TestAVaultThatIsBackIsFoundWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.down = true
		session, _ := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() {
			time.Sleep(time.Hour)
			v.set(func(v *vault) { v.down = false })
			time.Sleep(login.MaxWait)
			if err := agent(t, session); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestATokenThatLivesIsUsedWhileTheNextLoginIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.batch = true
		session, _ := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() {
			v.set(func(v *vault) { v.refuses = "later" })
			for v.count("/login") < 2 {
				time.Sleep(time.Second)
			}
			if err := agent(t, session); err != nil {
				t.Errorf("the token has not ended yet: %v", err)
			}
		})
	})
}

func TestARevokedTokenIsReplacedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		session, log := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() {
			time.Sleep(10 * time.Minute)
			v.set(func(v *vault) { clear(v.tokens) })
			if err := agent(t, session); err == nil {
				t.Fatal("the token was not revoked")
			}
			synctest.Wait()
			if err := agent(t, session); err != nil {
				t.Errorf("the turn after: %v", err)
			}
		})
		if v.count("/login") != 2 || v.count("lookup-self") != 1 {
			t.Errorf("%d logins and %d looks", v.count("/login"), v.count("lookup-self"))
		}
		if told := log.says("does not know it any more"); told != 1 {
			t.Errorf("the log says it %d times:\n%s", told, log)
		}
	})
}

func TestAPathThatIsDeniedCausesNoLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.denies, v.max = true, 1000*time.Hour
		session, log := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() {
			// Twice a minute, as two mounts would be.
			go turns(t, session, 24*time.Hour)
			turns(t, session, 24*time.Hour)
			time.Sleep(time.Minute)
		})
		if logins := v.count("/login"); logins != 1 {
			t.Errorf("%d logins in a day", logins)
		}
		if looks := v.count("lookup-self"); looks > 24*60+1 {
			t.Errorf("%d looks in a day", looks)
		}
		if told := log.says("the token lives"); told != 1 {
			t.Errorf("the log says it %d times:\n%s", told, log)
		}
	})
}

func TestATokenThatMayNotLookAtItselfIsReplacedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.denies, v.blind, v.max = true, true, 1000*time.Hour
		session, _ := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() { turns(t, session, 24*time.Hour) })
		if logins := v.count("/login"); logins < 90 || logins > 97 {
			t.Errorf("%d logins in a day", logins)
		}
	})
}

func TestTokensOfASecondAreNotReplacedEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.ttl, v.max = time.Second, time.Second
		session, _ := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() { time.Sleep(time.Hour) })
		if logins := v.count("/login"); logins < 60 || logins > 130 {
			t.Errorf("%d logins in an hour", logins)
		}
	})
}

func TestRefusedLoginsStayBelowWhatLocksARole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		auth := approle(t, "wrong")
		session, _ := open(t, v, auth)
		running(t, session, func() {
			time.Sleep(2 * time.Hour)
			v.set(func(v *vault) {
				for n := range v.seen[4:] {
					if apart := v.seen[n+4].at.Sub(v.seen[n].at); apart < 15*time.Minute {
						t.Errorf("five refused logins within %v", apart)
					}
				}
			})
			before := v.count("/login")
			if before < 12 {
				t.Errorf("%d logins in two hours", before)
			}
			fill(t, auth.SecretIDFile, "secret-id-1\n")
			time.Sleep(login.PollEvery)
			synctest.Wait()
			if err := agent(t, session); err != nil {
				t.Errorf("after the secret id was mended: %v", err)
			}
			if tries := v.count("/login") - before; tries != 1 {
				t.Errorf("%d logins with the mended secret id", tries)
			}
		})
	})
}

func TestRunGoesOnWithTheTokenOfLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		session, _ := open(t, v, approle(t, "secret-id-1"))
		if _, err := session.Client(); err == nil {
			t.Error("there is a client before any login")
		}
		if _, known := session.Expiry(); known {
			t.Error("the end of no token is known")
		}
		if err := session.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		if at, known := session.Expiry(); !known || !at.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("the token ends at %v (%t)", at, known)
		}
		running(t, session, func() {
			time.Sleep(30 * time.Minute)
			if err := agent(t, session); err != nil {
				t.Error(err)
			}
		})
		if logins := v.count("/login"); logins != 1 {
			t.Errorf("%d logins", logins)
		}
	})
}

func TestACommandGivesTheTokenOfItsLoginBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		session, _ := open(t, v, approle(t, "secret-id-1"))
		session.Leave(t.Context()) // nobody has logged in
		if err := session.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		over, end := context.WithCancel(t.Context())
		end() // the command's time is over
		session.Leave(over)
		if len(v.tokens) != 0 || v.count("/revoke-self") != 1 {
			t.Errorf("left behind: %d tokens, after %d requests", len(v.tokens), v.count("/revoke-self"))
		}
		v.give("given", time.Hour, true)
		given, _ := open(t, v, config.Auth{Method: config.MethodTokenFile, TokenFile: file(t, "given")})
		if err := given.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		if given.Leave(t.Context()); len(v.tokens) != 1 {
			t.Error("a token that somebody else made was taken from him")
		}
		v.set(func(v *vault) { v.down = true })
		session.Leave(t.Context())
	})
}

func TestALoginThatIsNotAnsweredIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.silent = true
		session, _ := open(t, v, approle(t, "secret-id-1"))
		began := time.Now()
		if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), "did not answer in time") {
			t.Errorf("it says %v", err)
		}
		if took := time.Since(began); took > 45*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestEachOutageIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		session, log := open(t, v, approle(t, "secret-id-1"))
		running(t, session, func() {
			for range 3 {
				v.set(func(v *vault) { v.down = true; clear(v.tokens) })
				time.Sleep(8 * time.Hour)
				v.set(func(v *vault) { v.down = false })
				time.Sleep(8 * time.Hour)
			}
		})
		if told := log.says("connection refused"); told != 3 {
			t.Errorf("three outages, and the log says it %d times:\n%s", told, log)
		}
	})
}
