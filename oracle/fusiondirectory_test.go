package oracle_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/oracle"
)

const guid = "0A1B2C3D4E5F60718293A4B5C6D7E8F9"

// What Fusion SCIM, or what stands before it, can say about a user. Each row is played to a client that may try once
// more; logins is how many requests with the password that came to.
func TestFusionAnswers(t *testing.T) {
	t.Parallel()
	const (
		accepted, refused, unproved = oracle.LoginAccepted, oracle.LoginRefused, oracle.LoginUnproved
		whole                       = `{"id":"` + guid + `","userName":"` + someone + `","active":true,"name":{"familyName":"GL"},"roles":[` +
			`{"id":"1","value":"ORA_FUN_FSI","displayName":"Financial Integration Specialist"},{"value":"ORA_X"}],"schemas":["urn:scim:schemas:core:2.0:User"]}`
	)
	found := func(change func(*oracle.View)) oracle.View {
		view := oracle.View{Found: oracle.Yes, ID: guid, Active: oracle.Yes}
		change(&view)
		return view
	}
	as := func(l oracle.LoginResult, a oracle.Answer, v oracle.View) oracle.LookUp {
		return oracle.LookUp{Login: l, Answer: a, View: v}
	}
	rows, none := answered(oracle.Rows, 200, ""), answered(oracle.NoRows, 200, "")
	odd := func(words string) oracle.Answer { return answered(oracle.UnexpectedContent, 200, words) }
	user := func(members string) http.HandlerFunc {
		return body(200, "application/json", list(`{"userName":"`+someone+`"`+members+`}`))
	}
	json := func(status int, text string) http.HandlerFunc { return body(status, "application/json", text) }
	tests := map[string]struct {
		handler http.HandlerFunc
		want    oracle.LookUp
		logins  int
	}{
		"a user": {json(200, list(whole)), as(accepted, rows, found(func(v *oracle.View) {
			v.Roles, v.RolesKnown = []string{"Financial Integration Specialist", "ORA_X"}, true
		})), 1},
		"a user that is suspended":       {user(`,"active":false`), as(accepted, rows, oracle.View{Found: oracle.Yes, Active: oracle.No}), 1},
		"a user of whom nothing is said": {user(``), as(accepted, rows, oracle.View{Found: oracle.Yes}), 1},
		"members that say nothing":       {user(`,"id":null,"active":null,"roles":null`), as(accepted, rows, oracle.View{Found: oracle.Yes}), 1},
		"members of other types":         {user(`,"id":7,"active":"false","roles":{"value":"x"}`), as(accepted, rows, oracle.View{Found: oracle.Yes}), 1},
		"members in other letters":       {user(`,"ID":"x","Active":false,"Roles":[]`), as(accepted, rows, oracle.View{Found: oracle.Yes}), 1},
		"active as a number":             {user(`,"active":0`), as(accepted, rows, oracle.View{Found: oracle.Yes}), 1},
		"an id that leaves its path":     {user(`,"id":"../Groups"`), as(accepted, rows, oracle.View{Found: oracle.Yes}), 1},
		"no roles":                       {user(`,"roles":[]`), as(accepted, rows, oracle.View{Found: oracle.Yes, RolesKnown: true}), 1},
		"roles that cannot be read":      {user(`,"roles":["x",7,null,{}]`), as(accepted, rows, oracle.View{Found: oracle.Yes}), 1},
		"roles of which one can be read": {user(`,"roles":["x",{"value":"ORA_X"},{"displayName":7}]`), as(accepted, rows, oracle.View{
			Found: oracle.Yes, RolesKnown: true, Roles: []string{"ORA_X"},
		}), 1},
		"the name in other letters": {json(200, list(`{"userName":"INT_GL@Example.COM","active":true}`)), as(accepted, rows, oracle.View{
			Found: oracle.Yes, Active: oracle.Yes,
		}), 1},
		"nobody":          {json(200, list()), as(accepted, none, oracle.View{Found: oracle.No}), 1},
		"nobody, counted": {json(200, counted()), as(accepted, none, oracle.View{Found: oracle.No}), 1},
		"a user, counted": {json(200, counted(whole[:len(whole)-1]+`}`)), as(accepted, rows, found(func(v *oracle.View) {
			v.Roles, v.RolesKnown = []string{"Financial Integration Specialist", "ORA_X"}, true
		})), 1},
		"two users":        {json(200, list(whole, whole)), as(accepted, odd("more than one user"), oracle.View{}), 1},
		"another user":     {json(200, list(`{"userName":"ADMIN","active":true}`)), as(accepted, odd("another user"), oracle.View{}), 1},
		"a user more":      {json(200, list(`{"userName":"`+someone+`x"}`)), as(accepted, odd("another user"), oracle.View{}), 1},
		"a user in signs":  {json(200, list(`{"userName":"int_gl@example\u00b7com"}`)), as(accepted, odd("another user"), oracle.View{}), 1},
		"no name":          {json(200, list(`{"id":"`+guid+`"}`)), as(accepted, odd("another user"), oracle.View{}), 1},
		"no user":          {json(200, list(`null`)), as(accepted, odd("another user"), oracle.View{}), 1},
		"a user uncounted": {json(200, `{"Resources":[`+whole+`],"totalResults":0}`), as(accepted, odd("other users than it shows"), oracle.View{}), 1},
		"a user unshown":   {json(200, `{"Resources":[],"totalResults":1}`), as(accepted, odd("other users than it shows"), oracle.View{}), 1},
		"more than shown":  {json(200, `{"Resources":[`+whole+`],"totalResults":2}`), as(accepted, odd("more than one user"), oracle.View{}), 1},

		"no list":                   {json(200, `{"id":"x","userName":"`+someone+`"}`), as(unproved, odd(""), oracle.View{}), 1},
		"a list of another product": {json(200, `{"resources":[],"Items":[]}`), as(unproved, odd(""), oracle.View{}), 1},
		"a list that is null":       {json(200, `{"Resources":null}`), as(unproved, odd(""), oracle.View{}), 1},
		"a list that is an object":  {json(200, `{"Resources":{}}`), as(unproved, odd(""), oracle.View{}), 1},
		"a bare array":              {json(200, `[`+whole+`]`), as(unproved, odd(""), oracle.View{}), 1},
		"nothing":                   {json(200, ``), as(unproved, odd(""), oracle.View{}), 1},
		"a list with 201":           {json(201, list(whole)), as(unproved, answered(oracle.UnexpectedContent, 201, ""), oracle.View{}), 1},
		"a list with 400":           {json(400, list(whole)), as(unproved, answered(oracle.UnexpectedContent, 400, ""), oracle.View{}), 1},
		"a list called HTML":        {body(200, "text/html", list()), as(unproved, odd("HTML"), oracle.View{}), 1},
		"a list called text":        {body(200, "text/plain", list()), as(unproved, odd("Resources"), oracle.View{}), 1},
		"a sign-in page":            {body(200, "text/html", "<title>Sign In</title>"), as(unproved, odd("Sign In"), oracle.View{}), 1},
		"a page called JSON":        {json(200, "<title>Sign In</title>"), as(unproved, odd("Sign In"), oracle.View{}), 1},
		"a redirect":                {redirectTo("/sso"), as(unproved, answered(oracle.UnexpectedContent, 302, "redirect"), oracle.View{}), 1},
		"400": {
			json(400, `{"Errors":[{"description":"Invalid filter","code":400}]}`),
			as(unproved, answered(oracle.UnexpectedContent, 400, "Invalid filter"), oracle.View{}), 1,
		},
		"401":             {json(401, ``), as(refused, answered(oracle.Refused, 401, ""), oracle.View{}), 1},
		"401 with a list": {json(401, list(whole)), as(refused, answered(oracle.Refused, 401, ""), oracle.View{}), 1},
		"403": {
			json(403, `{"Errors":[{"description":"You are not authorized","code":"403"}]}`),
			as(accepted, answered(oracle.Forbidden, 403, "not authorized"), oracle.View{}), 1,
		},
		"403 with a list": {json(403, list(whole)), as(accepted, answered(oracle.Forbidden, 403, ""), oracle.View{}), 1},
		"403 with a page": {body(403, "text/html", "<p>"), as(unproved, answered(oracle.UnexpectedContent, 403, "HTML"), oracle.View{}), 1},
		"404":             {http.NotFound, as(unproved, answered(oracle.NotFound, 404, "not found"), oracle.View{}), 1},
		"429":             {after("0", 429), as(unproved, answered(oracle.Throttled, 429, ""), oracle.View{}), 2},
		"429, much later": {after("300", 429), as(unproved, answered(oracle.Throttled, 429, ""), oracle.View{}), 1},
		"503":             {after("0", 503), as(unproved, answered(oracle.Unavailable, 503, ""), oracle.View{}), 2},
		"no answer": {hijacked(""), as(oracle.LoginUnanswered, oracle.Answer{
			Outcome: oracle.NoConnection, Delivery: oracle.Unanswered, Detail: "EOF",
		}, oracle.View{}), 1},
		"a body that breaks off": {breakInBody(200), as(unproved, odd("broke off"), oracle.View{}), 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startServer(t, test.handler)
			wantLookUp(t, newClient(t).LookUp(within(t, patience), fusionAt(p), someone), test.want)
			if p.logins() != test.logins {
				t.Errorf("%d logins, want %d: %s", p.logins(), test.logins, asked(p))
			}
		})
	}
}

func redirectTo(place string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, place, http.StatusFound) }
}

// after answers with a status and the time after which to come again.
func after(seconds string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", seconds)
		w.WriteHeader(status)
	}
}

// K is the sign for kelvin, which case folding makes a k of: another account all the same.
func TestNamesOfOtherAlphabets(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]oracle.Outcome{
		"kim": oracle.Rows, "KIM": oracle.Rows, "\u212aim": oracle.UnexpectedContent, "kim ": oracle.UnexpectedContent, "": oracle.UnexpectedContent,
	} {
		p := startServer(t, body(200, "application/json", list(`{"userName":"`+answer+`"}`)))
		if look := newClient(t).LookUp(within(t, patience), fusionAt(p), "kim"); look.Answer.Outcome != want {
			t.Errorf("%q: %+v", answer, look)
		}
	}
	p := startServer(t, body(200, "application/json", list(`{"userName":"ZOË"}`)))
	if look := newClient(t).LookUp(within(t, patience), fusionAt(p), "zoë"); look.Answer.Outcome != oracle.Rows {
		t.Errorf("ZOË: %+v", look)
	}
}

// What is kept of roles is bounded and for people.
func TestRolesAreBounded(t *testing.T) {
	t.Parallel()
	var roles []string
	for i := range oracle.MaxRoles + 50 {
		roles = append(roles, fmt.Sprintf(`{"displayName":"Role %d\n%s"}`, i, strings.Repeat("x", 300)))
	}
	roles[1] = `{"displayName":"my ` + password + `"}`
	p := startServer(t, body(200, "application/json", list(`{"userName":"`+someone+`","id":"`+password[:10]+`","roles":[`+strings.Join(roles, ",")+`]}`)))
	view := newClient(t).LookUp(within(t, patience), fusionAt(p), someone).View
	if len(view.Roles) != oracle.MaxRoles || !view.RolesKnown {
		t.Errorf("%d roles, known %v", len(view.Roles), view.RolesKnown)
	}
	for _, role := range view.Roles {
		wantPresentable(t, "role", role)
		wantNoCanary(t, "role", role)
	}
}

// What a look-up at Fusion looks like: one GET, one login.
func TestFusionRequestAsSent(t *testing.T) {
	t.Parallel()
	p := startServer(t, body(200, "application/json", list()))
	client := newClient(t)
	client.LookUp(within(t, patience), fusionAt(p), someone)
	if look, ok := client.LookUpByToken(within(t, patience), fusionAt(p), someone); ok || look.Answered() {
		t.Errorf("by token: %+v, %v", look, ok)
	}
	requests := p.requests()
	if len(requests) != 1 {
		t.Fatalf("%d requests, want 1", len(requests))
	}
	r := requests[0]
	name, word, _ := r.BasicAuth()
	got := []string{r.Method, r.RequestURI, name, word, r.Header.Get("Accept"), r.Header.Get("Content-Type")}
	want := []string{"GET", usersPlace + "?filter=userName%20eq%20%22int_gl%40example.com%22&count=2", user, password, "application/json", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A login whose time is over is not sent.
func TestFusionAfterTheDeadline(t *testing.T) {
	t.Parallel()
	p := startServer(t, body(200, "application/json", list()))
	look := newClient(t).LookUp(within(t, -time.Second), fusionAt(p), someone)
	wantLookUp(t, look, oracle.LookUp{Login: oracle.LoginUnproved, Answer: notSent(oracle.Timeout, "no answer in time")})
	if len(p.requests()) != 0 {
		t.Errorf("asked %s", asked(p))
	}
}
