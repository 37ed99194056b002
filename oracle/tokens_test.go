package oracle_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

func client(id string) oracle.Directory {
	return oracle.Directory{
		Kind: oracle.IdentityDomain, Endpoint: oracle.Endpoint{ServerURL: "https://idcs-1.identity.oraclecloud.com"},
		Login: oracle.Login{Username: id, Password: secret.New(clientSecret)},
	}
}

// A token is used until shortly before its end, to the moment.
func TestTokensEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ life, used time.Duration }{
		"an hour":                   {time.Hour, time.Hour - oracle.TokenMargin},
		"hardly more than a margin": {oracle.TokenMargin + time.Second, time.Second},
		"a margin":                  {oracle.TokenMargin, 0},
		"a second":                  {time.Second, 0},
		"not said":                  {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, owner := oracle.NewClient(), client(clientID)
				c.KeepToken(owner, accessToken, test.life)
				if test.used > 0 {
					time.Sleep(test.used - time.Nanosecond)
					if c.TokenInHand(owner) != accessToken {
						t.Error("not used, although it lives long enough")
					}
					time.Sleep(time.Nanosecond)
				}
				if token := c.TokenInHand(owner); token != "" {
					t.Error("still used")
				}
			})
		})
	}
}

// A new token goes before the old one, and belongs to the secret that it was got with.
func TestTokensAreReplaced(t *testing.T) {
	t.Parallel()
	c, owner := oracle.NewClient(), client(clientID)
	changed := owner
	changed.Login.Password = secret.New("changed")
	c.KeepToken(owner, "one", time.Hour)
	c.KeepToken(owner, "two", time.Hour)
	if c.TokenInHand(owner) != "two" || c.TokenInHand(changed) != "" {
		t.Errorf("%q, and with another secret %q", c.TokenInHand(owner), c.TokenInHand(changed))
	}
	c.KeepToken(changed, "three", time.Hour)
	if c.TokenInHand(owner) != "" || c.TokenInHand(changed) != "three" {
		t.Errorf("after a change %q, and with the old secret %q", c.TokenInHand(changed), c.TokenInHand(owner))
	}
}

// Who learns late that a token is refused does not take the one that somebody else got since.
func TestOnlyTheRefusedTokenIsDropped(t *testing.T) {
	t.Parallel()
	c, owner := oracle.NewClient(), client(clientID)
	c.KeepToken(owner, "two", time.Hour)
	c.DropToken(owner, "one")
	if c.TokenInHand(owner) != "two" {
		t.Error("a refusal of the token before drops the new one")
	}
	c.DropToken(owner, "two")
	if c.TokenInHand(owner) != "" {
		t.Error("a token that was refused is used again")
	}
}

// A token that is forgotten is its owner's, and the next look-up logs in.
func TestForgottenTokens(t *testing.T) {
	t.Parallel()
	p := domain{token: granting(tokenAnswer), users: granting(counted())}.start(t)
	c, owner, other := newClient(t), domainAt(p), client("other")
	changed := owner
	changed.Login.Password = secret.New("changed")
	c.ForgetToken(owner) // none yet
	c.LookUp(within(t, patience), owner, someone)
	c.KeepToken(other, "theirs", time.Hour)
	c.ForgetToken(changed)
	if c.TokenInHand(owner) != accessToken {
		t.Error("forgotten for a secret that the token was not got with")
	}
	c.ForgetToken(owner)
	if c.TokenInHand(owner) != "" || c.TokenInHand(other) != "theirs" {
		t.Errorf("after forgetting one, %q and %q", c.TokenInHand(owner), c.TokenInHand(other))
	}
	if look := c.LookUp(within(t, patience), owner, someone); look.Login != oracle.LoginAccepted || asked(p) != "token Basic, Users Bearer, token Basic, Users Bearer" {
		t.Errorf("%+v after %s", look, asked(p))
	}
}

// However many clients there are, so many tokens are kept and no more; the latest is.
func TestTokensAreBounded(t *testing.T) {
	t.Parallel()
	c := oracle.NewClient()
	const n = 3*oracle.MaxTokens + 1
	for i := range n {
		owner := client(fmt.Sprint(i))
		c.KeepToken(owner, fmt.Sprint(i), time.Hour)
		if c.TokenInHand(owner) != fmt.Sprint(i) {
			t.Fatalf("token %d is not kept", i)
		}
	}
	if kept := c.TokensKept(); kept == 0 || kept > oracle.MaxTokens {
		t.Errorf("%d tokens kept, want at most %d", kept, oracle.MaxTokens)
	}
	c.Close()
	if kept := c.TokensKept(); kept != 0 {
		t.Errorf("%d tokens kept by a client that is closed", kept)
	}
}
