package oracle_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// No setting repeats what it set, or what asked for it, in whatever form a server sends it back.
func TestSettingsHoldNoSecret(t *testing.T) {
	t.Parallel()
	quotedToken, err := json.Marshal(awkwardToken)
	must(t, err)
	for place, carry := range carriers() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			var said string // by whoever is asked
			p := startServer(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == tokenPlace {
					granting(`{"access_token":`+string(quotedToken)+`}`)(w, r)
					return
				}
				carry(w, said)
			})
			client := newClient(t)
			keyed := fusionAt(p)
			keyed.Login.Password = secret.New(awkward)
			for form := range echoes(credentialled(t, awkward)) {
				for name, test := range map[string]struct {
					directory oracle.Directory
					set, told string
				}{
					"the new one at Fusion":   {fusionAt(p), awkward, awkward},
					"the new one at a domain": {domainAt(p), awkward, awkward},
					"the login's at Fusion":   {keyed, fresh, awkward},
					"the token":               {domainAt(p), fresh, awkwardToken},
				} {
					request := credentialled(t, test.told)
					if request.SetBasicAuth(test.directory.Login.Username, test.told); name == "the token" {
						request.Header.Set("Authorization", "Bearer "+test.told)
					}
					said = echoes(request)[form]
					got := client.SetPassword(within(t, patience), test.directory, guid, someone, secret.New(test.set))
					if got.Answer.Delivery == oracle.NotSent || got.Result == oracle.SetAccepted {
						t.Fatalf("%s: %+v, so nothing was tried", form, got)
					}
					wantPresentable(t, form, got.Answer.Detail)
					key := oracle.Login{Username: test.directory.Login.Username, Password: secret.New(test.told)}
					if hidden := revealed(got.Answer.Detail, key); hidden != "" {
						t.Errorf("%s, %s: detail %q holds %q", name, form, got.Answer.Detail, hidden)
					}
				}
			}
		})
	}
}

// A server that sends the request itself back, as debugging ones do, makes us tell nothing of it.
func TestSettingsThatAreEchoed(t *testing.T) {
	t.Parallel()
	for place, carry := range carriers() {
		for _, kind := range bothKinds() {
			t.Run(place+" at "+string(kind), func(t *testing.T) {
				t.Parallel()
				p := startServer(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == tokenPlace {
						granting(tokenAnswer)(w, r)
						return
					}
					sent, _ := io.ReadAll(r.Body)
					carry(w, string(bytes.ReplaceAll(sent, []byte(`"schemas"`), []byte(`"s"`))))
				})
				directory := map[oracle.DirectoryKind]oracle.Directory{oracle.FusionDirectory: fusionAt(p), oracle.IdentityDomain: domainAt(p)}[kind]
				for _, word := range []string{fresh, awkward, `Zq7-"\<` + "\u2028\n\x01"} {
					got := newClient(t).SetPassword(within(t, patience), directory, guid, someone, secret.New(word))
					if got.Answer.Delivery == oracle.NotSent {
						t.Fatalf("setting = %+v, so nothing was tried", got)
					}
					if hidden := revealed(got.Answer.Detail, oracle.Login{Password: secret.New(word)}); hidden != "" {
						t.Errorf("detail %q holds %q", got.Answer.Detail, hidden)
					}
				}
			})
		}
	}
}

// What Oracle says of a refused password is told, as long as it does not repeat it.
func TestSettingsTellOraclesText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"must hold 2 digits":        "must hold 2 digits",
		"must not be like " + fresh: "(not shown: the answer repeats a credential)",
		"must not begin with Can":   "must not begin with Can",
		"must not be of " + user:    "must not be of " + user,
	} {
		said := oracle.Said{Status: 400, ContentType: "application/json", Body: []byte(`{"Errors":[{"description":"` + text + `"}]}`)}
		if got := oracle.ReadFusionSetting(said, login(), guid, fresh); got.Answer.Detail != want || got.Result != oracle.SetPolicy {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// The new password leaves in the body of the one request and nowhere else, and a setting prints nothing secret.
func TestNewPasswordsTravelAlone(t *testing.T) {
	t.Parallel()
	for _, kind := range bothKinds() {
		var mu sync.Mutex
		bodies := map[string]string{}
		p := startServer(t, func(w http.ResponseWriter, r *http.Request) {
			sent, _ := io.ReadAll(r.Body)
			mu.Lock()
			bodies[r.URL.Path] += string(sent)
			mu.Unlock()
			if r.URL.Path == tokenPlace {
				granting(tokenAnswer)(w, r)
				return
			}
			granting(`{"id":"`+guid+`"}`)(w, r)
		})
		directory := map[oracle.DirectoryKind]oracle.Directory{oracle.FusionDirectory: fusionAt(p), oracle.IdentityDomain: domainAt(p)}[kind]
		client := newClient(t)
		got := client.SetPassword(within(t, patience), directory, guid, someone, secret.New(fresh))
		for _, r := range p.requests() {
			if dump := fmt.Sprintf("%s %s %v", r.Method, r.RequestURI, r.Header); strings.Contains(dump, fresh) {
				t.Errorf("request %s", dump)
			}
		}
		if strings.Contains(bodies[tokenPlace], fresh) || strings.Count(fmt.Sprint(bodies), fresh) != 1 {
			t.Errorf("bodies = %q", bodies)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%x"} {
			printed := fmt.Sprintf(verb, got)
			wantNoCanary(t, "setting", printed)
			if strings.Contains(printed, fresh) {
				t.Errorf("setting %q", printed)
			}
		}
	}
}
