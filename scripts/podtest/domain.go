package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// The extensions of a domain's user that tell the state of its account and of its password.
const (
	userState     = "urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User"
	passwordState = "urn:ietf:params:scim:schemas:oracle:idcs:extension:passwordState:User" //nolint:gosec // G101: the name of a schema
)

// lastLoginDate is absent for a user who never logged in, or is not known to.
const lastLoginDate = userState + ":lastSuccessfulLoginDate"

// stateAttributes are those that the engine reads.
func stateAttributes() []string {
	return []string{
		userState + ":locked.on", userState + ":locked.expired", userState + ":loginAttempts",
		passwordState + ":expired", passwordState + ":mustChange", passwordState + ":cantExpire",
		passwordState + ":lastSuccessfulSetDate", passwordState + ":applicablePasswordPolicy",
	}
}

func domainChecks() []check {
	checks := []check{
		{
			name: "domain-token", question: "How long does a token live?", needs: needsDomain,
			assumes: "3600 seconds", ask: askToken,
		},
		{
			name: "domain-user", question: "What does the domain tell of a user's state?", needs: needsDomain,
			assumes: "all that the engine reads", ask: askDomainUser,
		},
		{
			name: "domain-store", question: "Does a login at the pod show in the domain?", needs: needsDomain,
			assumes: "yes: the domain is the login store", ask: askStore,
		},
	}
	checks = append(checks, policyChecks()...)
	return append(checks, check{
		name: "domain-engine", question: "What does the engine read there?", needs: needsDomain,
		assumes: "the user, and every fact of its state", ask: askDomainEngine,
	})
}

func askToken(ctx context.Context, s *session) finding {
	answer, err := s.rightLogin(ctx, question{
		base: s.domain, path: "/oauth2/v1/token", accept: acceptJSON, by: s.client,
		form: url.Values{"grant_type": {"client_credentials"}, "scope": {"urn:opc:idm:__myscopes__"}},
	})
	if err != nil {
		return notAsked(err)
	}
	object := answer.object()
	token, _ := object["access_token"].(string)
	if answer.status != http.StatusOK || token == "" {
		if object["error"] == "invalid_client" { // which some servers say by 400
			s.settle(true)
			s.over = refusedRight
		}
		return unsettled("no token: "+form(answer), answer)
	}
	s.token = credential{username: s.client.username, secret: s.client.secret, token: secret.New(token)}
	s.hidden.add(s.token)
	life, has := object["expires_in"].(float64)
	if !has {
		return judge(false, "it does not say", answer)
	}
	return judge(life == 3600, fmt.Sprintf("%v seconds", life), answer)
}

// fromDomain asks the domain with the token in hand, which is no login.
func (s *session) fromDomain(ctx context.Context, place string) (*exchange, error) {
	if s.token.token.IsZero() {
		return nil, notAskedError{"there is no token"}
	}
	return s.send(ctx, question{base: s.domain, path: "/admin/v1/" + place, accept: acceptJSON, by: s.token})
}

// sighting is what the domain said of the user last.
type sighting struct {
	known     bool // the domain answered
	lastLogin string
	attempts  float64
	counted   bool // attempts is known
	policyID  string
	missing   []string // of stateAttributes
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$`)

// sight asks the domain about the user, or says why it learned nothing.
func (s *session) sight(ctx context.Context) (seen sighting, answer *exchange, none *finding) {
	attributes := append([]string{"id", "userName", "active", lastLoginDate}, stateAttributes()...)
	answer, err := s.fromDomain(ctx, userFilter(s.user.username)+"&attributes="+url.QueryEscape(strings.Join(attributes, ",")))
	if err != nil {
		f := notAsked(err)
		return seen, nil, &f
	}
	resources, _ := answer.object()["Resources"].([]any)
	if answer.status != http.StatusOK || len(resources) != 1 {
		f := unsettled(fmt.Sprintf("not one user of this name: %s", form(answer)), answer)
		return seen, answer, &f
	}
	user, _ := resources[0].(map[string]any)
	seen.known = true
	for _, path := range stateAttributes() {
		if valueAt(user, path) == nil {
			_, name, _ := strings.Cut(path, "User:")
			seen.missing = append(seen.missing, name)
		}
	}
	seen.lastLogin, _ = valueAt(user, lastLoginDate).(string)
	seen.attempts, seen.counted = valueAt(user, userState+":loginAttempts").(float64)
	if id, _ := valueAt(user, passwordState+":applicablePasswordPolicy.value").(string); plainID.MatchString(id) {
		seen.policyID = id
	}
	return seen, answer, nil
}

// valueAt finds an attribute by its schema and path; nil when it is absent.
func valueAt(user map[string]any, path string) any {
	at := strings.LastIndex(path, ":")
	inner, _ := user[path[:at]].(map[string]any)
	parent, child, nested := strings.Cut(path[at+1:], ".")
	if !nested {
		return inner[parent]
	}
	object, _ := inner[parent].(map[string]any)
	return object[child]
}

func askDomainUser(ctx context.Context, s *session) finding {
	seen, answer, none := s.sight(ctx)
	if none != nil {
		return *none
	}
	s.sighting = seen
	if len(seen.missing) == 0 {
		return judge(true, fmt.Sprintf("all %d attributes", len(stateAttributes())), answer)
	}
	return judge(false, "without "+strings.Join(seen.missing, ", "), answer)
}

// askStore logs in at the pod and looks whether the domain noticed. It settles without a refused login what else only one
// could: that domain and pod share their accounts.
func askStore(ctx context.Context, s *session) finding {
	if !s.sighting.known {
		return unsettled("not asked: the domain did not tell of the user", nil)
	}
	login, err := s.get(ctx, ledgers+"?onlyData=true&limit=1", acceptADF)
	if err != nil {
		return notAsked(err)
	}
	seen, answer, none := s.sight(ctx)
	if none != nil {
		return *none
	}
	moved := seen.lastLogin != s.sighting.lastLogin
	s.sighting = seen
	if moved {
		return judge(true, "yes, the date of the last login moved", answer)
	}
	return judge(false, fmt.Sprintf("no: a login (%d) did not move the date of the last one, or not at once", login.status), answer)
}
