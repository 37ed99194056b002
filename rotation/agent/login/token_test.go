package login_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

// sink is the auth of a token file, and the file.
func sink(t *testing.T, token string) (config.Auth, string) {
	t.Helper()
	path := file(t, token+"\n")
	return config.Auth{Method: config.MethodTokenFile, TokenFile: path}, path
}

func TestATokenFileIsReadAgainWhenItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.give("first", time.Hour, true)
		auth, path := sink(t, "first")
		session, log := open(t, v, auth)
		running(t, session, func() {
			v.give("second", time.Hour, true)
			fill(t, path, "second")
			time.Sleep(login.PollEvery)
			synctest.Wait()
			v.set(func(v *vault) { delete(v.tokens, "first") })
			if err := agent(t, session); err != nil {
				t.Error(err)
			}
			// A sink that is being written is no replacement.
			fill(t, path, "")
			time.Sleep(time.Minute)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			if err := agent(t, session); err != nil {
				t.Error(err)
			}
		})
		if told := log.says("its file holds another"); told != 1 {
			t.Errorf("the log says it %d times:\n%s", told, log)
		}
		if touched := v.count("renew-self") + v.count("revoke-self"); touched != 0 {
			t.Errorf("%d renewals of a token that somebody else renews", touched)
		}
	})
}

func TestATokenFileIsReadAgainAtOnceOnA403(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.give("first", time.Hour, true)
		auth, path := sink(t, "first")
		session, log := open(t, v, auth)
		running(t, session, func() {
			time.Sleep(10*time.Minute + time.Second)
			v.set(func(v *vault) { delete(v.tokens, "first") })
			v.give("second", time.Hour, true)
			fill(t, path, "second")
			if err := agent(t, session); err == nil {
				t.Fatal("the token was not revoked")
			}
			synctest.Wait()
			if err := agent(t, session); err != nil {
				t.Errorf("in the same instant: %v", err)
			}
		})
		if looks := v.count("lookup-self"); looks != 2 || log.says("its file holds another") != 1 {
			t.Errorf("%d looks, want one at each token:\n%s", looks, log)
		}
	})
}

func TestATokenFileWhoseTokenWasRevokedIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.give("first", time.Hour, true)
		auth, path := sink(t, "first")
		session, log := open(t, v, auth)
		running(t, session, func() {
			time.Sleep(time.Minute)
			v.set(func(v *vault) { delete(v.tokens, "first") })
			turns(t, session, 12*time.Hour)
			if _, err := session.Client(); err == nil || !strings.Contains(err.Error(), "waits for another token in "+path) {
				t.Errorf("the session says %v", err)
			}
			if looks := v.count("lookup-self"); looks > 12*8+8 {
				t.Errorf("%d looks at a token that is gone", looks)
			}
			v.give("second", time.Hour, true)
			fill(t, path, "second")
			time.Sleep(login.PollEvery)
			synctest.Wait()
			if err := agent(t, session); err != nil {
				t.Error(err)
			}
		})
		if told := log.says("does not take the token"); told != 1 {
			t.Errorf("the log says it %d times:\n%s", told, log)
		}
	})
}

func TestTheEndOfATokenFileFollowsWhoRenewsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.give("first", time.Hour, true)
		auth, _ := sink(t, "first")
		session, log := open(t, v, auth)
		running(t, session, func() {
			for range 24 * 3 {
				time.Sleep(20 * time.Minute)
				v.give("first", time.Hour, true)
			}
			time.Sleep(15 * time.Minute)
			at, known := session.Expiry()
			if left := time.Until(at); !known || left < 20*time.Minute {
				t.Errorf("the session believes in %v (%t), and it is 45 minutes", left, known)
			}
		})
		if looks := v.count("lookup-self"); looks > 24*4 {
			t.Errorf("%d looks in a day", looks)
		}
		if renewals := v.count("renew-self"); renewals != 0 {
			t.Errorf("%d renewals of what is not ours to renew", renewals)
		}
		if told := log.says("logged in"); told != 1 {
			t.Errorf("the log says it %d times:\n%s", told, log)
		}
	})
}

func TestATokenWhoseEndCannotBeAskedForIsUsedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.give("first", time.Hour, true)
		v.down = true
		auth, _ := sink(t, "first")
		session, _ := open(t, v, auth)
		running(t, session, func() {
			time.Sleep(10 * time.Minute)
			v.set(func(v *vault) { v.down = false })
			time.Sleep(login.MaxWait)
			if err := agent(t, session); err != nil {
				t.Fatal(err)
			}
			v.give("first", 10*time.Hour, true)
			v.set(func(v *vault) { v.down = true })
			time.Sleep(2 * time.Hour)
			v.set(func(v *vault) { v.down = false })
			if err := agent(t, session); err != nil {
				t.Errorf("Vault Agent has renewed it, and the session says %v", err)
			}
		})
	})
}

// home is a home directory with what vault login left.
func home(t *testing.T, token string) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("VAULT_TOKEN", "")
	path := filepath.Join(dir, ".vault-token")
	fill(t, path, token)
	return path
}

// Who has never logged in named no file, so the error is not about one.
func TestWithoutAnyTokenItSaysHowToGetOne(t *testing.T) {
	left := home(t, "first")
	if err := os.Remove(left); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		session, _ := open(t, newVault(), config.Auth{Method: config.MethodToken})
		if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), "there is no token: set VAULT_TOKEN") {
			t.Errorf("it says %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		session, _ := open(t, newVault(), config.Auth{Method: config.MethodTokenFile, TokenFile: left})
		if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), "create the file") {
			t.Errorf("of a file that somebody named it says %v", err)
		}
	})
}

func TestATokenThatCannotBeRenewedEndsAndAnotherIsTaken(t *testing.T) {
	path := home(t, "first")
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.give("first", time.Hour, false)
		session, log := open(t, v, config.Auth{Method: config.MethodToken})
		running(t, session, func() {
			time.Sleep(time.Second) // so that no turn is in the instant of its end
			if failed := turns(t, session, time.Hour); failed != 0 {
				t.Errorf("%d turns failed while it lived", failed)
			}
			if failed := turns(t, session, time.Hour); failed != 60 {
				t.Errorf("%d turns failed after its end, want all", failed)
			}
			if _, err := session.Client(); err == nil || !strings.Contains(err.Error(), "run vault login") {
				t.Errorf("the session says %v", err)
			}
			if looks := v.count("lookup-self"); looks > 14 {
				t.Errorf("%d looks at a token that has ended", looks)
			}
			v.give("second", time.Hour, false)
			fill(t, path, "second")
			time.Sleep(login.PollEvery)
			synctest.Wait()
			if err := agent(t, session); err != nil {
				t.Error(err)
			}
		})
		if v.count("renew-self") != 0 {
			t.Error("it was renewed")
		}
		if told := log.says("its time is over"); told != 1 {
			t.Errorf("the log says it %d times:\n%s", told, log)
		}
	})
}

func TestATokenOfTheEnvironmentIsRenewedAsLongAsVaultAllows(t *testing.T) {
	t.Setenv("VAULT_TOKEN", "first")
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.give("first", time.Hour, true)
		session, log := open(t, v, config.Auth{Method: config.MethodToken})
		running(t, session, func() {
			if failed := turns(t, session, v.max); failed != 0 {
				t.Errorf("%d turns failed while it could be renewed", failed)
			}
			turns(t, session, time.Hour)
			if _, err := session.Client(); err == nil || !strings.Contains(err.Error(), "another VAULT_TOKEN") {
				t.Errorf("the session says %v", err)
			}
		})
		if renewals := v.count("renew-self"); renewals < 4 || renewals > 12 {
			t.Errorf("%d renewals in four hours", renewals)
		}
		if told := log.says("cannot be renewed any longer"); told != 1 {
			t.Errorf("the log says it %d times:\n%s", told, log)
		}
		if looks := v.count("lookup-self"); looks > 14 {
			t.Errorf("%d looks", looks)
		}
	})
}

func TestATokenWithoutAnEndIsLeftAlone(t *testing.T) {
	t.Setenv("VAULT_TOKEN", "root")
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.tokens["root"] = &lease{created: time.Now(), end: time.Now().Add(500 * time.Millisecond), renewable: true}
		session, _ := open(t, v, config.Auth{Method: config.MethodToken})
		running(t, session, func() {
			v.set(func(v *vault) { v.tokens["root"].end = time.Now().Add(10_000 * time.Hour) })
			turns(t, session, 24*time.Hour)
			if _, known := session.Expiry(); known {
				t.Error("the end of a token is known that has none")
			}
		})
		if asked := v.count("renew-self") + v.count("lookup-self"); asked != 1 {
			t.Errorf("it was asked about %d times", asked)
		}
	})
}

func TestATokenThatMayNotLookAtItselfIsTakenAsItIs(t *testing.T) {
	t.Setenv("VAULT_TOKEN", "blind")
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.give("blind", time.Hour, true)
		v.tokens["blind"].blind = true
		session, _ := open(t, v, config.Auth{Method: config.MethodToken})
		if err := session.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := agent(t, session); err != nil {
			t.Error(err)
		}
	})
}

func TestATokenThatVaultDoesNotTakeIsSaidSo(t *testing.T) {
	t.Setenv("VAULT_TOKEN", "wrong")
	synctest.Test(t, func(t *testing.T) {
		session, _ := open(t, newVault(), config.Auth{Method: config.MethodToken})
		err := session.Login(t.Context())
		want := "Vault does not take the token (403 permission denied; invalid token): start the agent with another VAULT_TOKEN, or use a method that can log in again"
		if err == nil || err.Error() != want {
			t.Errorf("it says %v", err)
		}
	})
}

func TestAVaultAgentThatAddsItsTokenNeedsNoneOfOurs(t *testing.T) {
	t.Setenv("VAULT_TOKEN", "")
	t.Setenv("VAULT_AGENT_ADDR", "http://agent.test")
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.give("", time.Hour, true)
		log := &journal{}
		session, err := login.NewOver(config.Vault{Auth: config.Auth{Method: config.MethodToken}}, log.logger(), v)
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := agent(t, session); err != nil {
			t.Error(err)
		}
		v.set(func(v *vault) { clear(v.tokens) })
		if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), "use_auto_auth_token") {
			t.Errorf("a listener that adds nothing: %v", err)
		}
	})
}

func TestATokenFileThatCannotBeReadSaysWhy(t *testing.T) {
	cases := map[string]struct{ content, says string }{
		"empty":    {" \n", "is empty: put the token"},
		"a letter": {strings.Repeat("x", 70_000), "name the right file"},
		"missing":  {"", "no such file"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			auth, path := sink(t, "x")
			fill(t, path, c.content)
			if c.content == "" {
				auth.TokenFile += "-not"
			}
			session, _ := open(t, newVault(), auth)
			if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v, want %q", err, c.says)
			}
		})
	}
}
