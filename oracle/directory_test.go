package oracle_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

const (
	someone      = "int_gl@example.com" // who is looked up
	clientID     = "0123456789abcdef"
	clientSecret = "Canary-Secret-4Hd!" // leak tests look for these two as well
	accessToken  = "eyJ.Canary-Token-2Qw.sig"

	usersPlace  = "/hcmRestApi/scim/Users"
	tokenPlace  = "/oauth2/v1/token"
	domainPlace = "/admin/v1/Users"
	policyPlace = "/admin/v1/PasswordPolicies/"
)

const tokenAnswer = `{"access_token":"` + accessToken + `","token_type":"Bearer","expires_in":3600}`

// fusionAt is a directory of users at a pod, asked as the pod's own user.
func fusionAt(p pod) oracle.Directory {
	return oracle.Directory{Kind: oracle.FusionDirectory, Endpoint: p.endpoint, Login: login()}
}

func domainAt(p pod) oracle.Directory {
	return oracle.Directory{
		Kind: oracle.IdentityDomain, Endpoint: p.endpoint,
		Login: oracle.Login{Username: clientID, Password: secret.New(clientSecret)},
	}
}

// domain plays an identity domain for what the simulator cannot do. What is nil is not there.
type domain struct{ token, users, policy http.HandlerFunc }

// start serves the domain until the test ends.
func (d domain) start(t *testing.T) pod {
	t.Helper()
	return startServer(t, func(w http.ResponseWriter, r *http.Request) {
		play := http.NotFound
		switch {
		case r.Method == http.MethodPost && r.URL.Path == tokenPlace && d.token != nil:
			play = d.token
		case r.Method == http.MethodGet && r.URL.Path == domainPlace && d.users != nil:
			play = d.users
		case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, policyPlace) && d.policy != nil:
			play = d.policy
		}
		play(w, r)
	})
}

// asked is the requests that reached a server: what was asked, and with which kind of credential.
func asked(p pod) string {
	var all []string
	for _, r := range p.requests() {
		name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		kind, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		all = append(all, strings.TrimSpace(name+" "+kind))
	}
	return strings.Join(all, ", ")
}

// list is a SCIM list of these resources, in the form of Fusion: without totalResults.
func list(resources ...string) string {
	return fmt.Sprintf(`{"itemsPerPage":%d,"startIndex":1,"Resources":[%s]}`, len(resources), strings.Join(resources, ","))
}

// counted is a SCIM list of these resources, in the form of an identity domain.
func counted(resources ...string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":%d,"Resources":[%s],"startIndex":1,"itemsPerPage":2}`,
		len(resources), strings.Join(resources, ","))
}

// wantLookUp compares a look-up, of the detail only some words.
func wantLookUp(t *testing.T, got, want oracle.LookUp) {
	t.Helper()
	wantAnswer(t, got.Answer, want.Answer)
	got.Answer, want.Answer = oracle.Answer{}, oracle.Answer{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantNoCanary(t, "look-up", fmt.Sprintf("%+v", got))
}

// wantNoCanary looks for every secret of the tests in a text.
func wantNoCanary(t *testing.T, name, text string) {
	t.Helper()
	for _, canary := range []string{password, clientSecret, accessToken} {
		if strings.Contains(text, canary) {
			t.Errorf("%s %q holds %q", name, text, canary)
		}
	}
}

func answered(outcome oracle.Outcome, status int, words string) oracle.Answer {
	return oracle.Answer{Outcome: outcome, Delivery: oracle.Answered, HTTPStatus: status, Detail: words}
}

func notSent(outcome oracle.Outcome, words string) oracle.Answer {
	return oracle.Answer{Outcome: outcome, Delivery: oracle.NotSent, Detail: words}
}

// A name that could end the quotes of a filter is refused before anything leaves, a login least of all.
func TestNamesThatAreNotAsked(t *testing.T) {
	t.Parallel()
	p := domain{token: body(200, "application/json", tokenAnswer), users: body(200, "application/json", counted())}.start(t)
	client := newClient(t)
	client.KeepToken(domainAt(p), accessToken, time.Hour)
	for name, username := range map[string]string{
		"nothing":                 "",
		"a quote":                 `x" or userName pr or userName eq "y`,
		"a quote alone":           `"`,
		"a backslash":             `x\`,
		"a backslash and a quote": `x\" or "`,
		"a NUL":                   "x\x00",
		"a new line":              "x\n",
		"a tab":                   "x\ty",
		"a DEL":                   "x\x7f",
		"a control of Latin-1":    "x\u0085",
		"not UTF-8":               "x\xff",
		"longer than any":         strings.Repeat("x", 321),
	} {
		for _, directory := range []oracle.Directory{fusionAt(p), domainAt(p)} {
			look := client.LookUp(within(t, patience), directory, username)
			wantLookUp(t, look, oracle.LookUp{Login: oracle.LoginUnproved, Answer: notSent(oracle.UnexpectedContent, "user")})
			if look.Answered() || (len(username) > 1 && strings.Contains(look.Answer.Detail, username)) {
				t.Errorf("%s at %s: answer = %+v", name, directory.Kind, look.Answer)
			}
			if look, ok := client.LookUpByToken(within(t, patience), directory, username); ok {
				t.Errorf("%s at %s by token: %+v", name, directory.Kind, look)
			}
		}
	}
	if got := asked(p); got != "" {
		t.Errorf("asked %s", got)
	}
}

// What may be asked for arrives as it was meant, in one filter that ends where it should.
func TestNamesAsSent(t *testing.T) {
	t.Parallel()
	for name, username := range map[string]string{
		"plain":           "INT_GL",
		"an address":      "int+gl@example.com",
		"a space":         "a b",
		"query signs":     "a&count=9#?=;",
		"a percent":       "100%22",
		"brackets":        "a) or (userName pr",
		"a wildcard":      "*",
		"letters":         "Zoë.Müller",
		"a full width \"": "x＂y",
		"as long as any":  strings.Repeat("x", 320),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startServer(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == tokenPlace {
					body(200, "application/json", tokenAnswer)(w, r)
					return
				}
				body(200, "application/json", counted())(w, r)
			})
			client := newClient(t)
			for _, directory := range []oracle.Directory{fusionAt(p), domainAt(p)} {
				if look := client.LookUp(within(t, patience), directory, username); look.Answer.Outcome != oracle.NoRows {
					t.Errorf("%s: %+v", directory.Kind, look)
				}
			}
			for _, r := range p.requests() {
				if r.URL.Path == tokenPlace {
					continue
				}
				query := r.URL.Query()
				if got, want := query["filter"], []string{`userName eq "` + username + `"`}; !cmp.Equal(got, want) {
					t.Errorf("filter = %q, want %q", got, want)
				}
				if query.Get("count") != "2" || strings.Contains(r.URL.RawQuery, "+") || r.URL.Fragment != "" {
					t.Errorf("query = %q", r.URL.RawQuery)
				}
			}
		})
	}
}

// A directory obeys allowed_hosts, and a kind that is none is not guessed.
func TestDirectoriesThatAreNotAsked(t *testing.T) {
	t.Parallel()
	p := domain{token: body(200, "application/json", tokenAnswer)}.start(t)
	client := newClient(t)
	for _, directory := range []oracle.Directory{fusionAt(p), domainAt(p)} {
		elsewhere, untrusted, other := directory, directory, directory
		elsewhere.Endpoint.AllowedHosts = []string{"*.oraclecloud.com"}
		untrusted.Endpoint.CACert = ""
		other.Kind = "ldap"
		for _, test := range []struct {
			directory oracle.Directory
			want      oracle.Answer
		}{
			{elsewhere, notSent(oracle.HostNotAllowed, "allowed_hosts")},
			{untrusted, notSent(oracle.TLSFailure, "certificate")},
			{other, notSent(oracle.UnexpectedContent, "type fusion or identity_domain")},
		} {
			got := client.LookUp(within(t, patience), test.directory, someone)
			wantLookUp(t, got, oracle.LookUp{Login: oracle.LoginUnproved, Answer: test.want})
		}
	}
	if got := asked(p); got != "" {
		t.Errorf("asked %s", got)
	}
}

// A host that is not allowed any more gets no token either, however it was come by.
func TestHostIsCheckedBeforeEveryRequest(t *testing.T) {
	t.Parallel()
	p := domain{token: body(200, "application/json", tokenAnswer), users: body(200, "application/json", counted())}.start(t)
	client, directory := newClient(t), domainAt(p)
	client.LookUp(within(t, patience), directory, someone)
	directory.Endpoint.AllowedHosts = nil
	look, ok := client.LookUpByToken(within(t, patience), directory, someone)
	if !ok || look.Answer.Outcome != oracle.HostNotAllowed {
		t.Errorf("look = %+v, %v", look, ok)
	}
	if got := asked(p); got != "token Basic, Users Bearer" {
		t.Errorf("asked %s", got)
	}
}

func pointer[T any](value T) *T { return &value }

func at(t *testing.T, text string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339Nano, text)
	must(t, err)
	return instant.UTC()
}
