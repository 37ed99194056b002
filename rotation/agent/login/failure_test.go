package login_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

// said is an answer of Vault's with words of an error.
func said(status int, words ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"errors": words})
	}
}

func page(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, "<html>canary of a proxy</html>")
	}
}

func TestALoginThatFailsSaysWhyAndWhatToDo(t *testing.T) {
	cases := map[string]struct {
		answer http.HandlerFunc
		change func(*config.Vault)
		reason login.Reason
		says   string
	}{
		"Vault is sealed": {said(503, "Vault is sealed"), nil, login.Sealed, "Vault is sealed: unseal it, and the agent goes on by itself"},
		"a standby without an active node": {
			said(500, "local node not active but active cluster node not found"), nil, login.Standby, "is a standby that reaches no active node: look at the cluster",
		},
		"a standby":                      {said(400, "Vault is in standby mode"), nil, login.Standby, "is a standby"},
		"a performance standby":          {said(473), nil, login.Standby, "is a standby"},
		"a secondary":                    {said(472), nil, login.Standby, "is a standby"},
		"a quota":                        {said(429, "request path: rate limit quota exceeded"), nil, login.Unreachable, "raise the quota"},
		"a node that lags":               {said(412, "required index state not present"), nil, login.Unreachable, "has not caught up"},
		"a proxy without Vault":          {page(502), nil, login.Unreachable, "answered 502: look whether Vault runs"},
		"an overloaded Vault":            {said(503, "overloaded, try again later"), nil, login.Unreachable, "(it said: overloaded, try again later)"},
		"a page":                         {page(200), nil, login.Unreachable, "what answered is not Vault"},
		"a page with an error":           {page(404), nil, login.Unreachable, "what answered is not Vault"},
		"an empty answer":                {func(http.ResponseWriter, *http.Request) {}, nil, login.Refused, "without a token"},
		"an answer that asks for MFA":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"auth":{"mfa_requirement":{}}}`) }, nil, login.Refused, "asks for MFA"},
		"a secret id that is not known":  {said(400, "invalid role or secret ID"), nil, login.Refused, "Vault refused the login by approle (400 invalid role or secret ID): look whether role_id is right"},
		"several errors":                 {said(403, "2 errors occurred:\n\t* permission denied\n\t* and more\n\n"), nil, login.Refused, "(403 permission denied; and more)"},
		"words without end":              {said(400, strings.Repeat("long ", 1000)), nil, login.Refused, "long …): look"},
		"nobody listens":                 {nil, func(c *config.Vault) { c.Address = "https://127.0.0.1:1" }, login.Unreachable, "connection refused): look whether it runs, and whether vault.address (or VAULT_ADDR) is right"},
		"an authority that is not known": {said(200), func(c *config.Vault) { c.CACert = "" }, login.Unreachable, "name its authority in vault.ca_cert (or VAULT_CACERT)"},
		"http where https is spoken":     {said(200), func(c *config.Vault) { c.Address = strings.Replace(c.Address, "https", "http", 1) }, login.Unreachable, "http or https included"},
		"no secret id":                   {said(200), func(c *config.Vault) { c.Auth.SecretIDFile += "-not" }, login.Unready, "create the file"},
		"an answer that breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"auth":`)
		}, nil, login.Unreachable, "unexpected EOF"},
	}
	reached := map[login.Reason]bool{}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg, _ := tlsVault(t, c.answer)
			if c.change != nil {
				c.change(&cfg)
			}
			session, err := login.New(cfg, (&journal{}).logger())
			if err != nil {
				t.Fatal(err)
			}
			failure, ok := session.Login(t.Context()).(*login.Failure) //nolint:errorlint // it is promised to be one
			if !ok || failure.Reason != c.reason || !strings.Contains(failure.Text, c.says) {
				t.Fatalf("it is %v, want %s and %q", failure, c.reason, c.says)
			}
			if strings.ContainsAny(failure.Text, "\n\t") || strings.Contains(failure.Text, "canary") || len(failure.Text) > 800 {
				t.Errorf("it is no sentence: %q", failure.Text)
			}
			reached[failure.Reason] = true
			if _, err := session.Client(); err == nil || err.Error() != failure.Text {
				t.Errorf("the client's error is %v", err)
			}
		})
	}
	for _, reason := range login.Reasons() {
		if !reached[reason] {
			t.Errorf("no case has the reason %s", reason)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(login.Reasons())))) != 5 {
		t.Error("the list of reasons has changed: add a case")
	}
}

func TestAServerOfHTTPBehindHTTPSIsNamed(t *testing.T) {
	session, err := login.New(config.Vault{Address: strings.Replace(plain(t), "http", "https", 1), Auth: approle(t, "x")}, (&journal{}).logger())
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), "Vault speaks http at this address") {
		t.Errorf("it says %v", err)
	}
}
