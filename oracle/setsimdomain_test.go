package oracle_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// rights leaves the domain's client with these rights only.
func rights(all ...oraclesim.Right) func(*oraclesim.Pod) error {
	return func(p *oraclesim.Pod) error {
		if err := p.RemoveClient(clientID); err != nil {
			return err
		}
		return p.AddClient(oraclesim.Client{ID: clientID, Secret: clientSecret, Rights: all})
	}
}

// What a simulated identity domain makes of a request for a token and of one to set, and what we make of that.
func TestSetOverSimulatedDomain(t *testing.T) {
	t.Parallel()
	type switches = oraclesim.Switches
	at := func(place string, f oraclesim.Fault) []oraclesim.Fault {
		f.Domain, f.Path = true, place
		return []oraclesim.Fault{f}
	}
	const changed = "domain:" + clientID
	var (
		set    = end{oracle.SetAccepted, oracle.LoginAccepted, oracle.Rows, 200}
		policy = end{oracle.SetPolicy, oracle.LoginAccepted, oracle.UnexpectedContent, 400}
		lost   = end{oracle.SetUnknown, oracle.LoginAccepted, oracle.NoConnection, 0}
		page   = end{oracle.SetUnknown, oracle.LoginAccepted, oracle.UnexpectedContent, 200}
		// Without a token nothing was set, whatever became of the token.
		refused = end{oracle.SetDenied, oracle.LoginRefused, oracle.Refused, 401}
		token   = func(login oracle.LoginResult, outcome oracle.Outcome, status int) end {
			return end{oracle.SetNotDone, login, outcome, status}
		}
	)
	tests := map[string]settingRow{
		"a client":                           {want: set, by: changed},
		"a client with this right alone":     {want: set, by: changed, setUp: rights(oraclesim.RightChangePasswords)},
		"a user who is locked":               {want: set, by: changed, setUp: func(p *oraclesim.Pod) error { return p.Lock(user) }},
		"a password to be changed at once":   {want: set, by: changed, switches: switches{ResetForcesChange: true}},
		"a pod that is down":                 {want: set, by: changed, setUp: func(p *oraclesim.Pod) error { return p.SetDown(true) }},
		"the same password, with no history": {want: set, by: changed, password: password},
		// The domain set it, and nobody logs in with it: a login has to show.
		"a domain that is not the login store": {want: set, switches: switches{DomainNotLoginStore: true}},

		"no digit for Simple":             {want: policy, words: "password policy", password: "nodigits"},
		"no capital for Complex":          {want: policy, words: "upper case", password: "nocapital1", switches: switches{PasswordPolicy: "complex"}},
		"no special for Very Complex":     {want: policy, words: "special", password: "NoSpecial1", switches: switches{PasswordPolicy: "very_complex"}},
		"too short for Custom":            {want: policy, words: "fewer than 30", switches: switches{PasswordPolicy: "custom", PasswordMinLength: 30}},
		"a character that is not allowed": {want: policy, words: "not allowed", switches: switches{ForbiddenCharacters: "!"}},
		"the last password":               {want: policy, words: "one of the last 1", password: password, switches: switches{PasswordHistory: 1}},
		"too soon":                        {want: policy, words: "younger than", switches: switches{PasswordMinAge: time.Hour}},

		"no right":                   {want: end{oracle.SetDenied, oracle.LoginAccepted, oracle.Forbidden, 403}, words: "permission", setUp: rights(oraclesim.RightReadUsers)},
		"a new token that is no use": {want: end{oracle.SetDenied, oracle.LoginAccepted, oracle.Refused, 401}, faults: at(changerPlace, oraclesim.Fault{Kind: "status", Status: 401, Body: "html"})},
		"a user who is gone":         {want: end{oracle.SetNotDone, oracle.LoginAccepted, oracle.NotFound, 404}, setUp: func(p *oraclesim.Pod) error { return p.RemoveUser(user) }},
		"throttled, to come again":   {want: end{oracle.SetNotDone, oracle.LoginAccepted, oracle.Throttled, 429}, switches: switches{DomainRateLimit: 1, RetryAfter: "0"}},
		"503 once, to come again":    {want: end{oracle.SetUnknown, oracle.LoginAccepted, oracle.Unavailable, 503}, faults: at(changerPlace, oraclesim.Fault{Kind: "status", Status: 503, RetryAfter: "0", Count: 1})},
		"a lost reply":               {want: lost, by: changed, faults: at(changerPlace, oraclesim.Fault{Kind: "lost_reply", Count: 1})},
		"a reset":                    {want: lost, faults: at(changerPlace, oraclesim.Fault{Kind: "reset", Count: 1})},
		"no answer in time":          {want: end{oracle.SetUnknown, oracle.LoginAccepted, oracle.Timeout, 0}, timeout: 2 * time.Second, faults: at(changerPlace, oraclesim.Fault{Kind: "hang"})},
		"a sign-in page":             {want: page, faults: at(changerPlace, oraclesim.Fault{Kind: "sso_page"})},
		"a body cut short":           {want: page, words: "broke off", faults: at(changerPlace, oraclesim.Fault{Kind: "truncated"})},

		"a wrong secret":                 {want: refused, unsent: true, setUp: func(p *oraclesim.Pod) error { return p.SetClientSecret(clientID, "other") }},
		"no such client":                 {want: refused, unsent: true, setUp: func(p *oraclesim.Pod) error { return p.RemoveClient(clientID) }},
		"a token endpoint that is down":  {want: token("unproved", "unavailable", 503), unsent: true, faults: at(tokenPlace, oraclesim.Fault{Kind: "status", Status: 503, RetryAfter: "0"})},
		"a token endpoint down at first": {want: set, by: changed, faults: at(tokenPlace, oraclesim.Fault{Kind: "status", Status: 503, RetryAfter: "0", Count: 1})},
		"a token that is lost":           {want: token("unanswered", "no_connection", 0), unsent: true, faults: at(tokenPlace, oraclesim.Fault{Kind: "lost_reply"})},
		"a token that is a page":         {want: token("unproved", "unexpected_content", 200), unsent: true, faults: at(tokenPlace, oraclesim.Fault{Kind: "sso_page"})},
		"a token that is forbidden":      {want: token("unproved", "forbidden", 403), unsent: true, faults: at(tokenPlace, oraclesim.Fault{Kind: "status", Status: 403})},
		"a domain that is down":          {want: token("unproved", "no_connection", 0), unsent: true, setUp: func(p *oraclesim.Pod) error { return p.SetDomainDown(true) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.play(t, oracle.IdentityDomain)
		})
	}
}

// A token in hand costs no login; one that was revoked sets nothing and is renewed once, and only where that is asked for.
func TestSetWithTokens(t *testing.T) {
	t.Parallel()
	p, directory, id := startSetting(t, oracle.IdentityDomain, oraclesim.Switches{})
	client := newClient(t)
	byToken := func() (oracle.Setting, bool) {
		return client.SetPasswordByToken(within(t, patience), directory, id, user, secret.New(fresh))
	}
	whole := func() (oracle.Setting, bool) {
		return client.SetPassword(within(t, patience), directory, id, user, secret.New(fresh)), true
	}
	step := func(name string, set func() (oracle.Setting, bool), login oracle.LoginResult, result oracle.SetResult, done bool, asked string) {
		t.Helper()
		p.sim.Pod().ResetLogs()
		changes := changedBy(p)
		got, ok := set()
		if got.Login != login || got.Result != result || ok != done || asks(p) != asked {
			t.Errorf("%s: %+v, %v after %q, want %s, %s, %v after %q", name, got, ok, asks(p), login, result, done, asked)
		}
		if changed := changedBy(p) != changes; changed != (result == oracle.SetAccepted) {
			t.Errorf("%s: changed %v", name, changed)
		}
	}
	const accepted, unproved = oracle.LoginAccepted, oracle.LoginUnproved
	const set, not, denied = oracle.SetAccepted, oracle.SetNotDone, oracle.SetDenied
	step("no token yet", byToken, unproved, not, false, "")
	step("the first", whole, accepted, set, true, "token "+id)
	step("with it", whole, unproved, set, true, id)
	step("by it alone", byToken, unproved, set, true, id)
	p.sim.Pod().RevokeTokens()
	step("revoked", byToken, unproved, not, false, id)
	step("not used again", byToken, unproved, not, false, "")
	step("renewed", whole, accepted, set, true, "token "+id)
	p.sim.Pod().RevokeTokens()
	step("revoked and renewed in one", whole, accepted, set, true, id+" token "+id)

	must(t, rights(oraclesim.RightReadUsers)(p.sim.Pod()))
	step("without the right", whole, accepted, denied, true, id+" token "+id) // the token went with the client
	step("without the right, by token", byToken, unproved, denied, true, id)
	must(t, p.sim.Pod().SetClientSecret(clientID, "other"))
	p.sim.Pod().RevokeTokens()
	step("revoked, and a wrong secret", whole, oracle.LoginRefused, denied, true, id+" token")

	must(t, p.sim.Pod().SetClientSecret(clientID, clientSecret))
	must(t, p.sim.Pod().Inject(oraclesim.Fault{Kind: "status", Status: 401, Domain: true, Path: changerPlace}))
	step("a new token that is no use", whole, accepted, denied, true, "token "+id)
	step("which is not used again", byToken, unproved, not, false, "")
}
