package oracle_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// awkwardToken is as awkward as a token can be: it stands in a header.
const awkwardToken = `Ca"na'ry&<7Z>>>>>q%2\F+/!x?????x`

// No look-up repeats a credential of its own, in whatever form a server sends it back: not the password of Fusion's
// user, not the client's secret, and not the token.
func TestLookUpsHoldNoCredential(t *testing.T) {
	t.Parallel()
	quotedToken, err := json.Marshal(awkwardToken)
	must(t, err)
	for place, carry := range carriers() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			var form string
			echo := func(w http.ResponseWriter, r *http.Request) { carry(w, echoes(r)[form]) }
			token := granting(`{"access_token":` + string(quotedToken) + `}`)
			whole := domain{token: echo}.start(t)
			giving := domain{token: token, users: echo}.start(t)
			fusion := startServer(t, echo)
			client := newClient(t)
			for form = range echoes(credentialled(t, awkward)) {
				for _, test := range []struct {
					directory oracle.Directory
					word      string
				}{{fusionAt(fusion), awkward}, {domainAt(whole), awkward}, {domainAt(giving), awkwardToken}} {
					directory := test.directory
					directory.Endpoint.RetryAttempts = 0
					directory.Login.Password = secret.New(awkward)
					look := client.LookUp(within(t, patience), directory, someone)
					if look.Answer.Delivery == oracle.NotSent || look.Answered() {
						t.Fatalf("%s: %+v, so nothing was tried", form, look)
					}
					wantPresentable(t, form, look.Answer.Detail)
					key := oracle.Login{Username: directory.Login.Username, Password: secret.New(test.word)}
					if hidden := revealed(look.Answer.Detail, key); hidden != "" {
						t.Errorf("%s at %s: detail %q holds %q", form, directory.Kind, look.Answer.Detail, hidden)
					}
				}
			}
		})
	}
}

// credentialled is a request with a password, for the names of its echoes.
func credentialled(t *testing.T, word string) *http.Request {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "https://localhost", nil)
	must(t, err)
	request.SetBasicAuth(clientID, word)
	return request
}

// What a directory says of a user is kept, and must not be the directory's own credential.
func TestViewsHoldNoCredential(t *testing.T) {
	t.Parallel()
	const word = "Canary-0123456789" // could be an id
	directory := func(p pod, d oracle.Directory) oracle.Directory {
		d.Endpoint, d.Login.Password = p.endpoint, secret.New(word)
		return d
	}
	user := `{"userName":"` + someone + `","id":"` + word + `","roles":[{"displayName":"` + word + `"},{"value":"x ` + word + `"}],"` +
		extension + `passwordState:User":{"applicablePasswordPolicy":{"value":"` + word + `"}}}`
	fusion := startServer(t, body(200, "application/json", list(user)))
	own := domain{token: granting(tokenAnswer), users: granting(counted(user)), policy: granting(`{}`)}.start(t)
	tokens := domain{token: granting(`{"access_token":"` + word + `"}`), users: granting(counted(user)), policy: granting(`{}`)}.start(t)
	for name, d := range map[string]oracle.Directory{
		"the password": directory(fusion, fusionAt(fusion)), "the secret": directory(own, domainAt(own)), "the token": domainAt(tokens),
	} {
		look := newClient(t).LookUp(within(t, patience), d, someone)
		stored, err := json.Marshal(look)
		must(t, err)
		if !look.Answered() || strings.Contains(string(stored), word) {
			t.Errorf("%s: %s", name, stored)
		}
	}
	if strings.Contains(asked(own)+asked(tokens), word) {
		t.Errorf("asked %s and %s", asked(own), asked(tokens))
	}
}

// However a value of this package is printed or stored, no secret comes out.
func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	p := domain{token: granting(tokenAnswer), users: granting(counted(domainUser(`,"id":"a1"`, "", "")))}.start(t)
	client, directory := newClient(t), domainAt(p)
	look := client.LookUp(within(t, patience), directory, someone)
	idle := newClient(t) // of the other, a transport may still be at work
	idle.KeepToken(directory, client.TokenInHand(directory), time.Hour)
	if idle.TokenInHand(directory) != accessToken {
		t.Fatal("no token is kept, so nothing is tried")
	}
	fusion := fusionAt(startServer(t, body(200, "application/json", list())))
	for name, value := range map[string]any{
		"client": idle, "directory": directory, "fusion": fusion, "login": directory.Login, "look-up": look,
		"fusion's look-up": client.LookUp(within(t, patience), fusion, someone), "pointers": []any{&directory, &look, &fusion.Login},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			wantNoCanary(t, name, fmt.Sprintf(verb, value))
			if hex := fmt.Sprintf(verb, value); strings.Contains(hex, fmt.Sprintf("%x", clientSecret)) || strings.Contains(hex, fmt.Sprintf("%x", accessToken)) {
				t.Errorf("%s with %s holds a secret in hexadecimal", name, verb)
			}
		}
		if stored, err := json.Marshal(value); err == nil {
			wantNoCanary(t, name, string(stored))
		}
	}
}

// A token leaves in the header of its own domain's requests and nowhere else; the secret, in the request for a token.
func TestSecretsTravelAlone(t *testing.T) {
	t.Parallel()
	p := domain{token: granting(tokenAnswer), users: granting(counted(domainUser("", "", inForce))), policy: granting(`{}`)}.start(t)
	client, directory := newClient(t), domainAt(p)
	client.LookUp(within(t, patience), directory, someone)
	before := len(p.requests())
	if look, ok := client.LookUpByToken(within(t, patience), directory, someone); !ok || !look.Answered() {
		t.Fatalf("look = %+v, %v", look, ok)
	}
	for i, r := range p.requests() {
		dump := fmt.Sprintf("%s %s %v", r.Method, r.RequestURI, r.Header)
		_, word, basic := r.BasicAuth()
		if isToken := r.URL.Path == tokenPlace; basic != isToken || (basic && word != clientSecret) || strings.Contains(dump, accessToken) == isToken {
			t.Errorf("request %d: %s", i, dump)
		}
		if i >= before && basic {
			t.Errorf("a look-up by token sends the secret: %s", dump)
		}
	}
}
