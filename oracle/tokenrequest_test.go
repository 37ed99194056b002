package oracle_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// What a token request can come to. Each row is played to a client that may try once more; logins is how many
// requests with the secret that came to.
func TestTokenAnswers(t *testing.T) {
	t.Parallel()
	json := func(status int, text string) http.HandlerFunc { return body(status, "application/json", text) }
	const hidden = "not shown: it may hold a secret"
	odd := answered(oracle.UnexpectedContent, 200, hidden)
	tests := map[string]struct {
		token  http.HandlerFunc
		login  oracle.LoginResult
		want   oracle.Answer
		logins int
	}{
		"a token":                     {json(200, tokenAnswer), oracle.LoginAccepted, answered(oracle.NoRows, 200, ""), 1},
		"without its kind":            {json(200, `{"access_token":"`+accessToken+`"}`), oracle.LoginAccepted, answered(oracle.NoRows, 200, ""), 1},
		"its kind in capitals":        {json(200, `{"access_token":"`+accessToken+`","token_type":"BEARER"}`), oracle.LoginAccepted, answered(oracle.NoRows, 200, ""), 1},
		"a life as a text":            {json(200, `{"access_token":"`+accessToken+`","expires_in":"3600"}`), oracle.LoginAccepted, answered(oracle.NoRows, 200, ""), 1},
		"of another kind":             {json(200, `{"access_token":"`+accessToken+`","token_type":"MAC"}`), oracle.LoginUnproved, odd, 1},
		"no token":                    {json(200, `{"token_type":"Bearer","detail":"`+accessToken+`"}`), oracle.LoginUnproved, odd, 1},
		"an empty token":              {json(200, `{"access_token":""}`), oracle.LoginUnproved, odd, 1},
		"a token of two lines":        {json(200, `{"access_token":"a\r\nX-Evil: 1"}`), oracle.LoginUnproved, odd, 1},
		"a token with a space":        {json(200, `{"access_token":"a b"}`), oracle.LoginUnproved, odd, 1},
		"a token that is huge":        {json(200, `{"access_token":"`+strings.Repeat("x", 16<<10+1)+`"}`), oracle.LoginUnproved, odd, 1},
		"a token as a number":         {json(200, `{"access_token":7}`), oracle.LoginUnproved, odd, 1},
		"a token in capitals":         {json(200, `{"Access_Token":"`+accessToken+`"}`), oracle.LoginUnproved, odd, 1},
		"a token called text":         {body(200, "text/plain", tokenAnswer), oracle.LoginUnproved, odd, 1},
		"a token called HTML":         {body(200, "text/html", tokenAnswer), oracle.LoginUnproved, answered(oracle.UnexpectedContent, 200, "HTML"), 1},
		"a token with 201":            {json(201, tokenAnswer), oracle.LoginUnproved, answered(oracle.UnexpectedContent, 201, hidden), 1},
		"a token cut short":           {json(200, tokenAnswer[:60]), oracle.LoginUnproved, odd, 1},
		"a token that breaks":         {breakInBody(200), oracle.LoginUnproved, answered(oracle.UnexpectedContent, 200, "broke off"), 1},
		"a sign-in page":              {body(200, "text/html", "<title>Sign In</title>"), oracle.LoginUnproved, answered(oracle.UnexpectedContent, 200, "Sign In"), 1},
		"a token with 400":            {json(400, tokenAnswer), oracle.LoginUnproved, answered(oracle.UnexpectedContent, 400, ""), 1},
		"401":                         {json(401, `{"error":"invalid_client","error_description":"Client authentication failed."}`), oracle.LoginRefused, answered(oracle.Refused, 401, "Client authentication failed."), 1},
		"401 with a token":            {json(401, tokenAnswer), oracle.LoginRefused, answered(oracle.Refused, 401, ""), 1},
		"401 with a page":             {body(401, "text/html", "<p>"), oracle.LoginRefused, answered(oracle.Refused, 401, "HTML"), 1},
		"400, another client":         {json(400, `{"error":"invalid_client"}`), oracle.LoginRefused, answered(oracle.Refused, 400, "invalid_client"), 1},
		"400, another scope":          {json(400, `{"error":"invalid_scope","error_description":"No such scope."}`), oracle.LoginUnproved, answered(oracle.UnexpectedContent, 400, "No such scope."), 1},
		"400, another client in text": {body(400, "text/plain", `{"error":"invalid_client"}`), oracle.LoginUnproved, answered(oracle.UnexpectedContent, 400, "invalid_client"), 1},
		"403":                         {json(403, `{"error":"x"}`), oracle.LoginUnproved, answered(oracle.Forbidden, 403, "x"), 1},
		"404":                         {nil, oracle.LoginUnproved, answered(oracle.NotFound, 404, "not found"), 1},
		"a redirect":                  {redirectTo("/x"), oracle.LoginUnproved, answered(oracle.UnexpectedContent, 302, "redirect"), 1},
		"a redirect of the POST": {
			func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusTemporaryRedirect) },
			oracle.LoginUnproved, answered(oracle.UnexpectedContent, 307, "redirect"), 1,
		},
		"429":       {after("0", 429), oracle.LoginUnproved, answered(oracle.Throttled, 429, ""), 2},
		"503":       {after("0", 503), oracle.LoginUnproved, answered(oracle.Unavailable, 503, ""), 2},
		"no answer": {hijacked(""), oracle.LoginUnanswered, oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.Unanswered, Detail: "EOF"}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := domain{token: test.token, users: granting(counted())}.start(t)
			look := newClient(t).LookUp(within(t, patience), domainAt(p), someone)
			want := oracle.LookUp{Login: test.login, Answer: test.want}
			if look.Answered() {
				want.View.Found = oracle.No
			}
			wantLookUp(t, look, want)
			wantAsked := strings.TrimPrefix(strings.Repeat(", token Basic", test.logins), ", ")
			if test.login == oracle.LoginAccepted {
				wantAsked += ", Users Bearer"
			}
			if got := asked(p); got != wantAsked {
				t.Errorf("asked %s, want %s", got, wantAsked)
			}
		})
	}
}

// renewing plays a domain whose tokens can be revoked: token n is good until the next is given or it is revoked.
type renewing struct {
	mu    sync.Mutex
	given int
	good  string
}

func (d *renewing) start(t *testing.T) pod {
	t.Helper()
	return domain{
		token: func(w http.ResponseWriter, r *http.Request) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.given++
			d.good = fmt.Sprintf("token-%d", d.given)
			granting(`{"access_token":"`+d.good+`","token_type":"Bearer","expires_in":3600}`)(w, r)
		},
		users: func(w http.ResponseWriter, r *http.Request) {
			d.mu.Lock()
			good := d.good
			d.mu.Unlock()
			if r.Header.Get("Authorization") != "Bearer "+good {
				body(401, "text/html", "<title>Unauthorized</title>")(w, r)
				return
			}
			granting(counted())(w, r)
		},
	}.start(t)
}

func (d *renewing) revoke() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.good = "none"
}

// One login serves until its token is refused; then there is one more, and by token alone there is none.
func TestTokensAreRenewedOnce(t *testing.T) {
	t.Parallel()
	d := &renewing{}
	p := d.start(t)
	client, directory := newClient(t), domainAt(p)
	lookUp := func() oracle.LookUp { return client.LookUp(within(t, patience), directory, someone) }
	byToken := func() (oracle.LookUp, bool) { return client.LookUpByToken(within(t, patience), directory, someone) }
	step := func(name, want string, ok bool) {
		t.Helper()
		if got := asked(p); got != want || !ok {
			t.Fatalf("%s: %v after %s, want %s", name, ok, got, want)
		}
	}

	_, ok := byToken()
	step("no token yet", "", !ok)
	look := lookUp()
	all := "token Basic, Users Bearer"
	step("the first", all, look.Login == oracle.LoginAccepted && look.Answered())
	look = lookUp()
	all += ", Users Bearer"
	step("the second", all, look.Login == oracle.LoginUnproved && look.Answered())
	look, ok = byToken()
	all += ", Users Bearer"
	step("by token", all, ok && look.Login == oracle.LoginUnproved && look.Answered() && look.View.Found == oracle.No)

	d.revoke()
	look, ok = byToken()
	all += ", Users Bearer"
	step("revoked", all, !ok && !look.Answered() && look.Login == oracle.LoginUnproved)
	_, ok = byToken()
	step("revoked and known to be", all, !ok)
	look = lookUp()
	all += ", token Basic, Users Bearer"
	step("renewed", all, look.Login == oracle.LoginAccepted && look.Answered())

	d.revoke()
	look = lookUp()
	all += ", Users Bearer, token Basic, Users Bearer"
	step("renewed in one look-up", all, look.Login == oracle.LoginAccepted && look.Answered())
	client.Close()
	_, ok = byToken()
	step("closed", all, !ok)
}

// A domain that takes none of its own tokens is asked for one, not for ever.
func TestTokensThatAreNeverAccepted(t *testing.T) {
	t.Parallel()
	p := domain{token: granting(tokenAnswer), users: body(401, "text/html", "<p>")}.start(t)
	client := newClient(t)
	for i := range 2 {
		look := client.LookUp(within(t, patience), domainAt(p), someone)
		wantLookUp(t, look, oracle.LookUp{Login: oracle.LoginAccepted, Answer: answered(oracle.Refused, 401, "HTML")})
		if want := strings.TrimPrefix(strings.Repeat(", token Basic, Users Bearer", i+1), ", "); asked(p) != want {
			t.Fatalf("asked %s, want %s", asked(p), want)
		}
	}
}

// A token is whose it is: another domain, client, secret or root gets none of it.
func TestTokensHaveOneOwner(t *testing.T) {
	t.Parallel()
	p := domain{token: granting(tokenAnswer), users: granting(counted())}.start(t)
	client, owner := newClient(t), domainAt(p)
	client.LookUp(within(t, patience), owner, someone)
	others := map[string]func(*oracle.Directory){
		"another host": func(d *oracle.Directory) {
			d.Endpoint.ServerURL = strings.Replace(d.Endpoint.ServerURL, "127.0.0.1", "localhost", 1)
		},
		"another client": func(d *oracle.Directory) { d.Login.Username += "x" },
		"another secret": func(d *oracle.Directory) { d.Login.Password = secret.New("other") },
		"no secret":      func(d *oracle.Directory) { d.Login.Password = secret.Value{} },
		"another root":   func(d *oracle.Directory) { d.Endpoint.CACert += "\n" },
		"another kind":   func(d *oracle.Directory) { d.Kind = oracle.FusionDirectory },
	}
	for name, change := range others {
		other := owner
		change(&other)
		if look, ok := client.LookUpByToken(within(t, patience), other, someone); ok {
			t.Errorf("%s: %+v", name, look)
		}
	}
	if _, ok := client.LookUpByToken(within(t, patience), owner, someone); !ok || asked(p) != "token Basic, Users Bearer, Users Bearer" {
		t.Errorf("the owner: %v after %s", ok, asked(p))
	}
}

// Many at once share one login.
func TestOneLoginServesAll(t *testing.T) {
	t.Parallel()
	d := &renewing{}
	p := d.start(t)
	client, directory := newClient(t), domainAt(p)
	logins := func() int { return strings.Count(asked(p), "token") }
	for round := 1; round <= 2; round++ {
		var all sync.WaitGroup
		var accepted atomic.Int64
		for range 8 {
			all.Go(func() {
				look := client.LookUp(within(t, patience), directory, someone)
				if !look.Answered() {
					t.Errorf("look = %+v", look)
				}
				if look.Login == oracle.LoginAccepted {
					accepted.Add(1)
				}
			})
		}
		all.Wait()
		if logins() != round || accepted.Load() != 1 {
			t.Errorf("round %d: %d logins, %d accepted", round, logins(), accepted.Load())
		}
		d.revoke()
	}
}

// Who waits for somebody else's login gives up in time, and has sent nothing.
func TestWaitingForAToken(t *testing.T) {
	t.Parallel()
	arrived, leave := make(chan struct{}), make(chan struct{})
	p := domain{
		token: func(w http.ResponseWriter, r *http.Request) {
			close(arrived)
			<-leave
			granting(tokenAnswer)(w, r)
		},
		users: granting(counted()),
	}.start(t)
	client, directory := newClient(t), domainAt(p)
	first := make(chan oracle.LookUp)
	go func() { first <- client.LookUp(within(t, patience), directory, someone) }()
	<-arrived
	look := client.LookUp(within(t, 50*time.Millisecond), directory, someone)
	wantLookUp(t, look, oracle.LookUp{Login: oracle.LoginUnproved, Answer: notSent(oracle.Timeout, "another request for a token")})
	close(leave)
	if look := <-first; look.Login != oracle.LoginAccepted || !look.Answered() {
		t.Errorf("the first = %+v", look)
	}
	if got := asked(p); got != "token Basic, Users Bearer" {
		t.Errorf("asked %s", got)
	}
}
