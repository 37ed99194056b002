package oracle_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/oracle"
)

const (
	extension = `urn:ietf:params:scim:schemas:oracle:idcs:extension:`
	policyID  = "StandardPasswordPolicy"
	inForce   = `"applicablePasswordPolicy":{"value":"` + policyID + `","$ref":"https://x/"}`
)

func granting(text string) http.HandlerFunc { return body(200, "application/json", text) }

// domainUser is a user with these members besides its name, of userState and of passwordState.
func domainUser(members, state, password string) string {
	return `{"userName":"` + someone + `"` + members + `,"` + extension + `userState:User":{` + state + `},"` + extension + `passwordState:User":{` + password + `}}`
}

// What an identity domain's user says, fact by fact. What is not said, or not in its type, is not known.
func TestDomainFacts(t *testing.T) {
	t.Parallel()
	type view = oracle.View
	tests := map[string]struct {
		members, state, password string
		want                     oracle.View
	}{
		"nothing": {},
		"a healthy user": {
			`,"id":"a1b2","active":true`, `"locked":{"on":false,"expired":false},"loginAttempts":0`,
			`"expired":false,"mustChange":false,"cantExpire":false,"lastSuccessfulSetDate":"2026-11-01T08:09:10.123Z"`,
			view{
				ID: "a1b2", Active: oracle.Yes, Locked: oracle.No, Expired: oracle.No, MustChange: oracle.No, CannotExpire: oracle.No,
				PasswordSet: at(t, "2026-11-01T08:09:10.123Z"), LoginAttempts: pointer(0),
			},
		},
		"a locked user": {
			``, `"locked":{"on":true,"reason":0,"lockDate":"2026-11-22T10:00:00+02:00"},"loginAttempts":5`, ``,
			view{Locked: oracle.Yes, LockReason: oracle.LockedByPassword, LockedSince: at(t, "2026-11-22T08:00:00Z"), LoginAttempts: pointer(5)},
		},
		"a last login": {
			``, `"lastSuccessfulLoginDate":"2026-11-21T22:23:24.5-01:00"`, ``, view{LastLogin: at(t, "2026-11-21T23:23:24.5Z")},
		},
		"a last login in another place":  {`,"lastSuccessfulLoginDate":"2026-11-21T22:23:24Z"`, ``, `"lastSuccessfulLoginDate":"2026-11-21T22:23:24Z"`, view{}},
		"an expired user":                {``, ``, `"expired":true,"mustChange":true`, view{Expired: oracle.Yes, MustChange: oracle.Yes}},
		"expired by the lock's word":     {``, `"locked":{"on":false,"expired":true}`, `"expired":false`, view{Locked: oracle.No, Expired: oracle.Yes}},
		"expired by one word":            {``, `"locked":{"expired":false}`, `"expired":true`, view{Expired: oracle.Yes}},
		"not expired by the lock's word": {``, `"locked":{"expired":false}`, ``, view{}}, // Oracle judges it at the next login
		"not expired by the other":       {``, ``, `"expired":false`, view{Expired: oracle.No}},
		"a password without end":         {``, ``, `"cantExpire":true`, view{CannotExpire: oracle.Yes}},
		"inactive":                       {`,"active":false`, ``, ``, view{Active: oracle.No}},
		"a lock that is over keeps no date": {
			``, `"locked":{"on":false,"reason":1,"lockDate":"2026-11-22T10:00:00Z"}`, ``, view{Locked: oracle.No},
		},
		"a lock that nobody speaks of": {``, `"locked":{"reason":1,"lockDate":"2026-11-22T10:00:00Z"}`, ``, view{}},
		"a lock of another type":       {``, `"locked":true`, ``, view{}},
		"facts as texts":               {`,"active":"true"`, `"locked":{"on":"true","expired":"false"}`, `"expired":"true","mustChange":"false","cantExpire":1`, view{}},
		"facts that are null":          {`,"active":null`, `"locked":{"on":null},"loginAttempts":null`, `"expired":null,"lastSuccessfulSetDate":null`, view{}},
		"attempts as a text":           {``, `"loginAttempts":"3"`, ``, view{}},
		"attempts below none":          {``, `"loginAttempts":-1`, ``, view{}},
		"attempts in halves":           {``, `"loginAttempts":1.5`, ``, view{}},
		"absurd attempts":              {``, `"loginAttempts":1000001`, ``, view{}},
		"attempts that no number hold": {``, `"loginAttempts":1e400`, ``, view{}},
		"as many as believed":          {``, `"loginAttempts":1000000`, ``, view{LoginAttempts: pointer(1_000_000)}},
		"a time without a fraction":    {``, ``, `"lastSuccessfulSetDate":"2026-11-01T08:09:10Z"`, view{PasswordSet: at(t, "2026-11-01T08:09:10Z")}},
		"a time without a zone":        {``, ``, `"lastSuccessfulSetDate":"2026-11-01T08:09:10"`, view{}},
		"a time as Fusion writes it":   {``, ``, `"lastSuccessfulSetDate":"2026-11-01 08:09:10.000"`, view{}},
		"a time as a number":           {``, ``, `"lastSuccessfulSetDate":1793520550`, view{}},
		"a time before Fusion":         {``, ``, `"lastSuccessfulSetDate":"1970-01-01T00:00:00Z"`, view{}},
		"a time that cannot be stored": {``, ``, `"lastSuccessfulSetDate":"9999-12-31T23:59:59-23:59"`, view{}},
		"an id with a slash":           {`,"id":"a/../b"`, ``, ``, view{}},
		"an id of dots":                {`,"id":".."`, ``, ``, view{}},
		"an id that is too long":       {`,"id":"` + strings.Repeat("x", 129) + `"`, ``, ``, view{}},
		"facts in other places":        {`,"locked":{"on":true},"expired":true,"loginAttempts":5`, `"active":false,"on":true`, `"locked":{"on":true},"loginAttempts":2`, view{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.Found = oracle.Yes
			p := domain{token: granting(tokenAnswer), users: granting(counted(domainUser(test.members, test.state, test.password)))}.start(t)
			got := newClient(t).LookUp(within(t, patience), domainAt(p), someone)
			wantLookUp(t, got, oracle.LookUp{Login: oracle.LoginAccepted, Answer: answered(oracle.Rows, 200, ""), View: test.want})
			if got := asked(p); got != "token Basic, Users Bearer" {
				t.Errorf("asked %s", got)
			}
		})
	}
}

func TestLockReasons(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]oracle.LockReason{
		"0": oracle.LockedByPassword, "1": oracle.LockedByAdministrator, "2": oracle.LockedByReset, "3": oracle.LockedByMFA,
		"4": oracle.LockedByFederatedMFA, "5": oracle.LockedByDatabaseLogin, "6": oracle.LockReasonNotKnown, "-1": oracle.LockReasonNotKnown,
		`"0"`: oracle.LockReasonNotKnown, "null": oracle.LockReasonNotKnown, "0.5": oracle.LockReasonNotKnown,
	} {
		p := domain{token: granting(tokenAnswer), users: granting(counted(domainUser("", `"locked":{"on":true,"reason":`+reason+`}`, "")))}.start(t)
		view := newClient(t).LookUp(within(t, patience), domainAt(p), someone).View
		if view.Locked != oracle.Yes || view.LockReason != want {
			t.Errorf("reason %s = %q, want %q", reason, view.LockReason, want)
		}
	}
}

// The policy in force is read besides; one that cannot be read costs only itself.
func TestDomainPolicies(t *testing.T) {
	t.Parallel()
	const days = 24 * time.Hour
	policy := func(members string) http.HandlerFunc { return granting(`{"id":"` + policyID + `"` + members + `}`) }
	tests := map[string]struct {
		state  string
		policy http.HandlerFunc
		want   oracle.Rules
		asked  string
	}{
		"a policy": {
			inForce, policy(`,"passwordExpiresAfter":120,"passwordExpireWarning":7,"maxIncorrectAttempts":5,"lockoutDuration":30,"minLength":12`),
			oracle.Rules{
				MaxAge: pointer(120 * days), Warning: pointer(7 * days), LockAfter: pointer(5), LockDuration: pointer(30 * time.Minute),
				Password: &oracle.PasswordRules{MinLength: 12},
			},
			policyID,
		},
		"never": {
			inForce, policy(`,"passwordExpiresAfter":0,"passwordExpireWarning":0,"maxIncorrectAttempts":0,"lockoutDuration":0`),
			oracle.Rules{MaxAge: pointer(time.Duration(0)), Warning: pointer(time.Duration(0)), LockAfter: pointer(0)},
			policyID,
		},
		"of which nothing is said": {inForce, policy(``), oracle.Rules{}, policyID},
		"null and texts":           {inForce, policy(`,"passwordExpiresAfter":null,"passwordExpireWarning":"7","maxIncorrectAttempts":"5","lockoutDuration":true`), oracle.Rules{}, policyID},
		"below none":               {inForce, policy(`,"passwordExpiresAfter":-1,"passwordExpireWarning":-1,"maxIncorrectAttempts":-1,"lockoutDuration":-1`), oracle.Rules{}, policyID},
		"absurd":                   {inForce, policy(`,"passwordExpiresAfter":36501,"passwordExpireWarning":1e9,"maxIncorrectAttempts":1000001,"lockoutDuration":52560001`), oracle.Rules{}, policyID},
		"that no duration holds":   {inForce, policy(`,"passwordExpiresAfter":9223372036854775807,"lockoutDuration":9223372036854775807`), oracle.Rules{}, policyID},
		"as long as believed":      {inForce, policy(`,"passwordExpiresAfter":36500,"lockoutDuration":52560000`), oracle.Rules{MaxAge: pointer(36500 * days), LockDuration: pointer(36500 * days)}, policyID},
		"another policy":           {inForce, granting(`{"id":"Other","passwordExpiresAfter":120}`), oracle.Rules{}, policyID},
		"a policy without an id":   {inForce, granting(`{"passwordExpiresAfter":120}`), oracle.Rules{}, policyID},
		"a list of policies":       {inForce, granting(counted(`{"id":"` + policyID + `","passwordExpiresAfter":120}`)), oracle.Rules{}, policyID},
		"not permitted":            {inForce, body(403, "application/json", `{"detail":"no"}`), oracle.Rules{}, policyID},
		"not accepted":             {inForce, body(401, "text/html", "<p>"), oracle.Rules{}, policyID},
		"not there":                {inForce, nil, oracle.Rules{}, policyID},
		"with another status":      {inForce, body(400, "application/json", `{"id":"`+policyID+`","passwordExpiresAfter":120}`), oracle.Rules{}, policyID},
		"a page":                   {inForce, body(200, "text/html", `{"id":"`+policyID+`","passwordExpiresAfter":120}`), oracle.Rules{}, policyID},
		"too much":                 {inForce, policy(`,"passwordExpiresAfter":120,"x":"` + strings.Repeat("x", oracle.MaxAnswer) + `"`), oracle.Rules{}, policyID},
		"no policy named":          {``, policy(`,"passwordExpiresAfter":120`), oracle.Rules{}, ""},
		"a name that is null":      {`"applicablePasswordPolicy":null`, policy(``), oracle.Rules{}, ""},
		"a name of another type":   {`"applicablePasswordPolicy":{"value":7}`, policy(``), oracle.Rules{}, ""},
		"a name as a text":         {`"applicablePasswordPolicy":"` + policyID + `"`, policy(``), oracle.Rules{}, ""},
		"a name that leads away":   {`"applicablePasswordPolicy":{"value":"../Users"}`, policy(``), oracle.Rules{}, ""},
		"a name that leads up":     {`"applicablePasswordPolicy":{"value":".."}`, policy(``), oracle.Rules{}, ""},
		"a name with a query":      {`"applicablePasswordPolicy":{"value":"x?y"}`, policy(``), oracle.Rules{}, ""},
		"a name that is too long":  {`"applicablePasswordPolicy":{"value":"` + strings.Repeat("x", 129) + `"}`, policy(``), oracle.Rules{}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := domain{token: granting(tokenAnswer), users: granting(counted(domainUser("", "", test.state))), policy: test.policy}.start(t)
			got := newClient(t).LookUp(within(t, patience), domainAt(p), someone)
			wantLookUp(t, got, oracle.LookUp{
				Login: oracle.LoginAccepted, Answer: answered(oracle.Rows, 200, ""), View: oracle.View{Found: oracle.Yes, Rules: test.want},
			})
			want := "token Basic, Users Bearer"
			if test.asked != "" {
				want += ", " + test.asked + " Bearer"
			}
			if got := asked(p); got != want {
				t.Errorf("asked %s, want %s", got, want)
			}
		})
	}
}

// What the domain can answer about a user when the token is good. The token was had, so that the login is accepted
// whatever comes after; nothing but a bearer token is in these requests, so that they may be sent again.
func TestDomainAnswers(t *testing.T) {
	t.Parallel()
	json := func(status int, text string) http.HandlerFunc { return body(status, "application/json", text) }
	known := domainUser(`,"active":true`, "", "")
	rows, none := answered(oracle.Rows, 200, ""), answered(oracle.NoRows, 200, "")
	odd := func(words string) oracle.Answer { return answered(oracle.UnexpectedContent, 200, words) }
	tests := map[string]struct {
		users http.HandlerFunc
		want  oracle.Answer
		view  oracle.View
		tries int
	}{
		"a user":              {json(200, counted(known)), rows, oracle.View{Found: oracle.Yes, Active: oracle.Yes}, 1},
		"in SCIM's own type":  {body(200, "application/scim+json;charset=UTF-8", counted(known)), rows, oracle.View{Found: oracle.Yes, Active: oracle.Yes}, 1},
		"nobody":              {json(200, counted()), none, oracle.View{Found: oracle.No}, 1},
		"not counted":         {json(200, list(known)), odd(""), oracle.View{}, 1},
		"nobody, not counted": {json(200, list()), odd(""), oracle.View{}, 1},
		"a count as a text":   {json(200, `{"totalResults":"0","Resources":[]}`), odd(""), oracle.View{}, 1},
		"a count alone":       {json(200, `{"totalResults":0}`), odd(""), oracle.View{}, 1},
		"counted, not shown":  {json(200, `{"totalResults":1,"Resources":[]}`), odd("other users than it shows"), oracle.View{}, 1},
		"shown, not counted":  {json(200, `{"totalResults":0,"Resources":[`+known+`]}`), odd("other users than it shows"), oracle.View{}, 1},
		"two":                 {json(200, counted(known, known)), odd("more than one user"), oracle.View{}, 1},
		"another":             {json(200, counted(`{"userName":"admin","active":true}`)), odd("another user"), oracle.View{}, 1},
		"a page":              {body(200, "text/html", "<title>Sign In</title>"), odd("Sign In"), oracle.View{}, 1},
		"400": {
			json(400, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Bad filter.","status":"400"}`),
			answered(oracle.UnexpectedContent, 400, "Bad filter."),
			oracle.View{},
			1,
		},
		"401":       {body(401, "text/html", "<p>"), answered(oracle.Refused, 401, "HTML"), oracle.View{}, 1},
		"403":       {json(403, `{"detail":"Not authorized.","status":403}`), answered(oracle.Forbidden, 403, "Not authorized."), oracle.View{}, 1},
		"404":       {nil, answered(oracle.NotFound, 404, "not found"), oracle.View{}, 1},
		"429":       {after("0", 429), answered(oracle.Throttled, 429, ""), oracle.View{}, 2},
		"503":       {after("0", 503), answered(oracle.Unavailable, 503, ""), oracle.View{}, 2},
		"no answer": {hijacked(""), oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.Unanswered, Detail: "EOF"}, oracle.View{}, 2},
		"broken":    {breakInBody(200), odd("broke off"), oracle.View{}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := domain{token: granting(tokenAnswer), users: test.users}.start(t)
			got := newClient(t).LookUp(within(t, patience), domainAt(p), someone)
			wantLookUp(t, got, oracle.LookUp{Login: oracle.LoginAccepted, Answer: test.want, View: test.view})
			if want := "token Basic" + strings.Repeat(", Users Bearer", test.tries); asked(p) != want {
				t.Errorf("asked %s, want %s", asked(p), want)
			}
		})
	}
}

// What the requests to a domain look like, and that each attribute that is returned on request only is named.
func TestDomainRequestsAsSent(t *testing.T) {
	t.Parallel()
	forms := make(chan url.Values, 1)
	p := domain{
		token: func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			forms <- r.PostForm
			granting(tokenAnswer)(w, r)
		},
		users: granting(counted(domainUser("", "", inForce))), policy: granting(`{}`),
	}.start(t)
	newClient(t).LookUp(within(t, patience), domainAt(p), someone)
	requests := p.requests()
	if len(requests) != 3 {
		t.Fatalf("asked %s", asked(p))
	}
	if diff := cmp.Diff(url.Values{"grant_type": {"client_credentials"}, "scope": {"urn:opc:idm:__myscopes__"}}, <-forms); diff != "" {
		t.Error(diff)
	}
	id, word, _ := requests[0].BasicAuth()
	got := []string{id, word, requests[0].Header.Get("Content-Type"), requests[0].URL.RawQuery, requests[1].Header.Get("Authorization"), requests[2].RequestURI}
	want := []string{clientID, clientSecret, "application/x-www-form-urlencoded", "", "Bearer " + accessToken, policyPlace + policyID}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	named := strings.Split(requests[1].URL.Query().Get("attributes"), ",")
	for _, attribute := range []string{
		"userName", "active", "userState:User:locked", "userState:User:locked.expired", "userState:User:loginAttempts", "userState:User:lastSuccessfulLoginDate", "passwordState:User:expired",
		"passwordState:User:mustChange", "passwordState:User:cantExpire", "passwordState:User:lastSuccessfulSetDate", "passwordState:User:applicablePasswordPolicy",
	} {
		if strings.Contains(attribute, ":") {
			attribute = extension + attribute
		}
		if !slices.Contains(named, attribute) {
			t.Errorf("%s is not asked for in %q", attribute, named)
		}
	}
	for _, r := range requests {
		if r.Header.Get("Accept") != "application/json" || !r.Close || r.ProtoMajor != 1 {
			t.Errorf("%s: header %v, close %v, protocol %s", r.URL.Path, r.Header, r.Close, r.Proto)
		}
	}
}
