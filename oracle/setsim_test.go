package oracle_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

const (
	fresh        = "Canary-New-9Kx!" // what is set; leak tests look for it as for the others
	changerPlace = "/admin/v1/UserPasswordChanger/"
)

// end is what a setting came to.
type end struct {
	result  oracle.SetResult
	login   oracle.LoginResult
	outcome oracle.Outcome
	status  int
}

// settingRow is one way in which a simulated directory takes, or does not take, another password of the user.
type settingRow struct {
	switches oraclesim.Switches
	faults   []oraclesim.Fault
	setUp    func(*oraclesim.Pod) error
	as       oracle.Login  // who asks, instead of the administrator
	password string        // instead of fresh
	timeout  time.Duration // instead of patience

	want   end
	words  string // in the detail
	unsent bool   // no request to set reached the directory; else exactly one did
	by     string // who changed the password; empty: nobody did
}

// play sets the user's password as the row says, through a client that may try everything else once more.
func (row settingRow) play(t *testing.T, kind oracle.DirectoryKind) {
	t.Helper()
	p, directory, id := startSetting(t, kind, row.switches, row.faults...)
	if row.setUp != nil {
		must(t, row.setUp(p.sim.Pod()))
	}
	if row.as.Username != "" {
		directory.Login = row.as
	}
	if row.timeout != 0 {
		directory.Endpoint.Timeout = row.timeout
	}
	word := row.password
	if word == "" {
		word = fresh
	}
	got := newClient(t).SetPassword(within(t, patience), directory, id, user, secret.New(word))
	if came := (end{got.Result, got.Login, got.Answer.Outcome, got.Answer.HTTPStatus}); came != row.want {
		t.Errorf("setting = %+v, want %+v", got, row.want)
	}
	if !strings.Contains(got.Answer.Detail, row.words) || (got.Result == oracle.SetAccepted && got.Answer.Detail != "") {
		t.Errorf("detail = %q, want %q in it", got.Answer.Detail, row.words)
	}
	wantNoCanary(t, "detail", got.Answer.Detail)
	if n := sets(p); (n != 1 || row.unsent) && (n != 0 || !row.unsent) {
		t.Errorf("%d requests to set: %s", n, asks(p))
	}
	if by := changedBy(p); by != row.by {
		t.Errorf("password changed by %q, want %q", by, row.by)
	}
}

// startSetting serves a pod and its domain, and gives one of the two directories and its own id of the user.
func startSetting(t *testing.T, kind oracle.DirectoryKind, switches oraclesim.Switches, faults ...oraclesim.Fault) (pod, oracle.Directory, string) {
	t.Helper()
	p, fusion, domain := startDirectories(t, switches, faults...)
	state, err := p.sim.Pod().State(user)
	must(t, err)
	if kind == oracle.IdentityDomain {
		return p, domain, state.DomainID
	}
	return p, fusion, state.ID
}

// sets counts the requests to set a password that reached the pod or its domain.
func sets(p pod) int {
	n := 0
	for _, r := range p.sim.Pod().Requests() {
		if (r.Method == http.MethodPatch && strings.HasPrefix(r.Path, usersPlace+"/")) ||
			(r.Method == http.MethodPut && strings.HasPrefix(r.Path, changerPlace)) {
			n++
		}
	}
	return n
}

// changedBy lists who changed the user's password.
func changedBy(p pod) string {
	var all []string
	for _, change := range p.sim.Pod().PasswordChanges(user) {
		all = append(all, change.By)
	}
	return strings.Join(all, " ")
}

func privileged(p *oraclesim.Pod) error { return p.SetIdentityAdmin(user, true) }

func unprivileged(p *oraclesim.Pod) error { return p.SetIdentityAdmin(rotator, false) }

// formerly gives the user a password before he is given another.
func formerly(word string) func(*oraclesim.Pod) error {
	return func(p *oraclesim.Pod) error { return p.SetPassword(user, word) }
}

// What a simulated Fusion SCIM, in each of its moods, makes of one request to set, and what we make of that.
func TestSetOverSimulatedFusion(t *testing.T) {
	t.Parallel()
	type switches = oraclesim.Switches
	at := func(f oraclesim.Fault) []oraclesim.Fault { f.Path = usersPlace + "/"; return []oraclesim.Fault{f} }
	const rotated = "scim:" + rotator
	var (
		set       = end{oracle.SetAccepted, oracle.LoginAccepted, oracle.Rows, 200}
		policy    = end{oracle.SetPolicy, oracle.LoginUnproved, oracle.UnexpectedContent, 400}
		forbidden = end{oracle.SetDenied, oracle.LoginAccepted, oracle.Forbidden, 403}
		refused   = end{oracle.SetDenied, oracle.LoginRefused, oracle.Refused, 401}
		lost      = end{oracle.SetUnknown, oracle.LoginUnanswered, oracle.NoConnection, 0}
		page      = end{oracle.SetUnknown, oracle.LoginUnproved, oracle.UnexpectedContent, 200}
		broken    = end{oracle.SetUnknown, oracle.LoginUnproved, oracle.Unavailable, 503}
		notSent   = end{oracle.SetNotDone, oracle.LoginUnproved, oracle.NoConnection, 0}
	)
	const rule = "Invalid Password: does not meet password policy"
	tests := map[string]settingRow{
		"a rotator":                           {want: set, by: rotated},
		"the user himself, privileged":        {want: set, by: "self", as: login(), setUp: privileged},
		"the user himself, where that is let": {want: set, by: "self", as: login(), switches: switches{SelfChangeWithoutPrivilege: true}},
		"a user who is locked":                {want: set, by: rotated, setUp: func(p *oraclesim.Pod) error { return p.Lock(user) }},
		"a user who is suspended":             {want: set, by: rotated, setUp: func(p *oraclesim.Pod) error { return p.Disable(user) }},
		"a password to be changed at once":    {want: set, by: rotated, switches: switches{ResetForcesChange: true}},
		"the same password, with no history":  {want: set, by: rotated, password: password},
		// Oracle says that it set it, and no more can be known from the answer: a login has to show.
		"200 without effect": {want: set, switches: switches{ScimPasswordIgnored: true}},

		"no digit for Simple":                {want: policy, words: rule, password: "nodigits"},
		"no capital for Complex":             {want: policy, words: rule, password: "nocapital1", switches: switches{PasswordPolicy: "complex"}},
		"no special for Very Complex":        {want: policy, words: rule, password: "NoSpecial1", switches: switches{PasswordPolicy: "very_complex"}},
		"too short for Custom":               {want: policy, words: rule, switches: switches{PasswordPolicy: "custom", PasswordMinLength: 30}},
		"a character that is not allowed":    {want: policy, words: rule, switches: switches{ForbiddenCharacters: "!"}},
		"the last password":                  {want: policy, words: rule, password: password, switches: switches{PasswordHistory: 1}},
		"the last but one":                   {want: policy, words: rule, password: password, setUp: formerly("Other-1234!"), switches: switches{PasswordHistory: 2}, by: "admin"},
		"too soon":                           {want: policy, words: rule, switches: switches{PasswordMinAge: time.Hour}},
		"a refusal in another pod's words":   {want: policy, words: "Not again.", password: "x", switches: switches{ScimRefusalText: "Not again."}},
		"a refusal where nothing has effect": {want: policy, words: rule, password: "nodigits", switches: switches{ScimPasswordIgnored: true}},

		"no privilege":                     {want: forbidden, setUp: unprivileged},
		"no privilege, in plain text":      {want: forbidden, setUp: unprivileged, switches: switches{ForbiddenBody: "plain"}},
		"no privilege, without a word":     {want: forbidden, setUp: unprivileged, switches: switches{ForbiddenBody: "empty"}},
		"no privilege, said by 401":        {want: refused, setUp: unprivileged, switches: switches{ScimWithoutPrivilege401: true}},
		"no privilege, said by a page":     {want: end{oracle.SetUnknown, oracle.LoginUnproved, oracle.UnexpectedContent, 403}, setUp: unprivileged, switches: switches{ForbiddenBody: "html"}},
		"the user himself, unprivileged":   {want: forbidden, as: login()},
		"the user himself, wrong password": {want: refused, as: login(), setUp: formerly("Other-1234!"), by: "admin"},
		"a wrong password":                 {want: refused, setUp: func(p *oraclesim.Pod) error { return p.SetPassword(rotator, "Other-1234!") }},
		"a rotator who is locked":          {want: refused, setUp: func(p *oraclesim.Pod) error { return p.Lock(rotator) }},
		"from another place, said by 401":  {want: refused, switches: switches{LocationAccess: "unauthorized"}},
		"from another place, said by 403":  {want: forbidden, switches: switches{LocationAccess: "forbidden"}},

		"maintenance, 503":           {want: broken, switches: switches{Maintenance: "unavailable", RetryAfter: "0"}},
		"maintenance, a page":        {want: page, words: "HTML", switches: switches{Maintenance: "page"}},
		"maintenance, a redirect":    {want: end{oracle.SetUnknown, oracle.LoginUnproved, oracle.UnexpectedContent, 302}, words: "redirect", switches: switches{Maintenance: "redirect"}},
		"503 once, to come again":    {want: broken, faults: at(oraclesim.Fault{Kind: "status", Status: 503, RetryAfter: "0", Count: 1})},
		"a sign-in page":             {want: page, words: "Sign In", faults: at(oraclesim.Fault{Kind: "sso_page"})},
		"a body cut short":           {want: page, words: "broke off", faults: at(oraclesim.Fault{Kind: "truncated"})},
		"a body of two MiB":          {want: page, words: "1 MiB", faults: at(oraclesim.Fault{Kind: "huge", MiB: 2})},
		"a lost reply":               {want: lost, by: rotated, faults: at(oraclesim.Fault{Kind: "lost_reply"})},
		"a reset":                    {want: lost, faults: at(oraclesim.Fault{Kind: "reset"})},
		"no answer in time":          {want: end{oracle.SetUnknown, oracle.LoginUnanswered, oracle.Timeout, 0}, timeout: 2 * time.Second, faults: at(oraclesim.Fault{Kind: "hang"})},
		"throttled, to come again":   {want: end{oracle.SetNotDone, oracle.LoginUnproved, oracle.Throttled, 429}, switches: switches{RateLimitEvery: 1, RetryAfter: "0"}},
		"a user who is gone":         {want: end{oracle.SetNotDone, oracle.LoginUnproved, oracle.NotFound, 404}, words: "not found", setUp: func(p *oraclesim.Pod) error { return p.RemoveUser(user) }},
		"a connection that is ended": {want: notSent, unsent: true, faults: []oraclesim.Fault{{Kind: "drop"}}},
		"a pod that is down":         {want: notSent, unsent: true, setUp: func(p *oraclesim.Pod) error { return p.SetDown(true) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.play(t, oracle.FusionDirectory)
		})
	}
}

// The answer to a request that is applied later says nothing, and rightly so.
func TestSetLate(t *testing.T) {
	t.Parallel()
	for kind, path := range map[oracle.DirectoryKind]string{oracle.FusionDirectory: usersPlace, oracle.IdentityDomain: changerPlace} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			p, directory, id := startSetting(t, kind, oraclesim.Switches{},
				oraclesim.Fault{Kind: "late", Path: path, Domain: kind == oracle.IdentityDomain})
			got := newClient(t).SetPassword(within(t, patience), directory, id, user, secret.New(fresh))
			if got.Result != oracle.SetUnknown || got.Answer.Delivery != oracle.Unanswered || changedBy(p) != "" {
				t.Errorf("setting = %+v, changed by %q", got, changedBy(p))
			}
			if n := p.sim.Pod().ReleaseLate(); n != 1 || changedBy(p) == "" || sets(p) != 1 {
				t.Errorf("%d of %d requests came late, changed by %q", n, sets(p), changedBy(p))
			}
		})
	}
}
