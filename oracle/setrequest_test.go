package oracle_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// What the two requests look like: their place, their body, and who asks.
func TestSettingsAsSent(t *testing.T) {
	t.Parallel()
	for kind, want := range map[oracle.DirectoryKind][]string{
		oracle.FusionDirectory: {
			"PATCH", usersPlace + "/" + guid, "application/json", "application/json", "Basic SU5UX0dMOkNhbmFyeS03WnEh",
			`{"schemas":["urn:scim:schemas:core:2.0:User"],"password":"` + fresh + `"}`,
		},
		oracle.IdentityDomain: {
			"PUT", changerPlace + guid, "application/json", "application/json", "Bearer " + accessToken,
			`{"schemas":["urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger"],"password":"` + fresh + `","bypassNotification":true}`,
		},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			var text string
			p := startServer(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == tokenPlace {
					granting(tokenAnswer)(w, r)
					return
				}
				sent, _ := io.ReadAll(r.Body)
				text = string(sent)
				granting(`{"id":"`+guid+`"}`)(w, r)
			})
			directory := map[oracle.DirectoryKind]oracle.Directory{oracle.FusionDirectory: fusionAt(p), oracle.IdentityDomain: domainAt(p)}[kind]
			got := newClient(t).SetPassword(within(t, patience), directory, guid, someone, secret.New(fresh))
			if got.Result != oracle.SetAccepted || got.Login != oracle.LoginAccepted {
				t.Fatalf("setting = %+v", got)
			}
			requests := p.requests()
			r := requests[len(requests)-1]
			sent := []string{r.Method, r.RequestURI, r.Header.Get("Accept"), r.Header.Get("Content-Type"), r.Header.Get("Authorization"), text}
			if diff := cmp.Diff(want, sent); diff != "" {
				t.Error(diff)
			}
			if r.ContentLength != int64(len(text)) || !r.Close || r.ProtoMajor != 1 {
				t.Errorf("%d bytes of %d, close %v, %s", r.ContentLength, len(text), r.Close, r.Proto)
			}
			for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} { // net/http sends again what has one
				if _, found := r.Header[name]; found {
					t.Errorf("header %s", name)
				}
			}
		})
	}
}

// A password arrives character by character, whatever JSON makes of it on its way, and logs in.
func TestSettingsThatLogIn(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]string{
		"nothing odd": "", "awkward": awkward, "quotes": `"'\"\\/` + "`", "HTML": "<script>&amp;</script>", "controls": "\t\r\n\x00\x1f\x7f\u0085",
		"letters": "Zoë ÄÖÜ ß 日本語 🔑", "line ends": "\u2028\u2029\ufeff\u200b", "JSON": `","active":false,"x":"`, "escapes": `\u0041\n%41&#65;`,
		"spaces": "      ", "colons": "::", "the replacement": "\ufffd", "long": strings.Repeat("1é", 3000),
	} {
		for _, kind := range bothKinds() {
			t.Run(name+" at "+string(kind), func(t *testing.T) {
				t.Parallel()
				word := fresh + odd + "."
				p, directory, id := startSetting(t, kind, oraclesim.Switches{})
				got := newClient(t).SetPassword(within(t, patience), directory, id, user, secret.New(word))
				if got.Result != oracle.SetAccepted || changedBy(p) == "" {
					t.Fatalf("setting = %+v", got)
				}
				answer := ask(within(t, patience), newClient(t), p.endpoint, oracle.Login{Username: user, Password: secret.New(word)})
				if answer.Outcome != oracle.Rows {
					t.Errorf("login: %+v", answer)
				}
			})
		}
	}
}

// What could be a question about somebody else, leave the path, or set another password than was meant is not sent.
func TestSettingsThatAreNotSent(t *testing.T) {
	t.Parallel()
	for _, kind := range bothKinds() {
		p, directory := setterAt(t, kind, granting(`{"id":"`+guid+`"}`))
		client := newClient(t)
		client.KeepToken(directory, accessToken, time.Hour)
		elsewhere, untrusted, other, repeating := directory, directory, directory, directory
		elsewhere.Endpoint.AllowedHosts = []string{"*.oraclecloud.com"}
		untrusted.Endpoint.CACert = ""
		other.Kind = "ldap"
		repeating.Login.Password = secret.New("0A1B2C3D4E5F6071")
		tests := map[string]struct {
			directory          oracle.Directory
			id, username, word string
			outcome            oracle.Outcome
			words              string
		}{
			"no name":                      {directory, guid, "", fresh, oracle.UnexpectedContent, "without a name"},
			"a quote in the name":          {directory, guid, `x" or "`, fresh, oracle.UnexpectedContent, "another user"},
			"no id":                        {directory, "", someone, fresh, oracle.UnexpectedContent, "look the user up"},
			"an id that leaves its path":   {directory, "../Groups", someone, fresh, oracle.UnexpectedContent, "look the user up"},
			"an id of dots":                {directory, "..", someone, fresh, oracle.UnexpectedContent, "look the user up"},
			"an id with a query":           {directory, guid + "?x=1", someone, fresh, oracle.UnexpectedContent, "look the user up"},
			"an id with an escape":         {directory, guid + "%2f", someone, fresh, oracle.UnexpectedContent, "look the user up"},
			"an id with a fragment":        {directory, guid + "#x", someone, fresh, oracle.UnexpectedContent, "look the user up"},
			"an id with a line end":        {directory, guid + "\n", someone, fresh, oracle.UnexpectedContent, "look the user up"},
			"an id that is too long":       {directory, strings.Repeat("a", 129), someone, fresh, oracle.UnexpectedContent, "look the user up"},
			"an id that holds the secret":  {repeating, guid, someone, fresh, oracle.UnexpectedContent, "look the user up"},
			"an id that holds the new one": {directory, guid, someone, guid[:20], oracle.UnexpectedContent, "look the user up"},
			"no password":                  {directory, guid, someone, "", oracle.UnexpectedContent, "not empty"},
			"a password that is not UTF-8": {directory, guid, someone, fresh + "\xff", oracle.UnexpectedContent, "UTF-8"},
			"another kind":                 {other, guid, someone, fresh, oracle.UnexpectedContent, "fusion or identity_domain"},
			"a host that is not allowed":   {elsewhere, guid, someone, fresh, oracle.HostNotAllowed, "allowed_hosts"},
			"a host that is not trusted":   {untrusted, guid, someone, fresh, oracle.TLSFailure, "certificate"},
		}
		for name, test := range tests {
			got := client.SetPassword(within(t, patience), test.directory, test.id, test.username, secret.New(test.word))
			wantAnswer(t, got.Answer, notSent(test.outcome, test.words))
			if got.Result != oracle.SetNotDone || got.Login != oracle.LoginUnproved || strings.Contains(got.Answer.Detail, fresh) {
				t.Errorf("%s at %s: %+v", name, kind, got)
			}
			if test.outcome == oracle.UnexpectedContent {
				got, done := client.SetPasswordByToken(within(t, patience), test.directory, test.id, test.username, secret.New(test.word))
				if done || got.Result != oracle.SetNotDone {
					t.Errorf("%s at %s by token: %+v, %v", name, kind, got, done)
				}
			}
		}
		if got := asked(p); got != "" {
			t.Errorf("asked %s", got)
		}
	}
	p, directory := setterAt(t, oracle.FusionDirectory, granting(`{"id":"`+guid+`"}`))
	if got, done := newClient(t).SetPasswordByToken(within(t, patience), directory, guid, someone, secret.New(fresh)); done || asked(p) != "" {
		t.Errorf("Fusion by token: %+v, %v after %s", got, done, asked(p))
	}
}
