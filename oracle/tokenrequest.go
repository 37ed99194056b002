package oracle

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

const (
	// tokenPath is where an identity domain gives tokens to its OAuth clients (REST API for Identity Domains, OCI IAM).
	tokenPath = "/oauth2/v1/token" //nolint:gosec // G101: a path
	// tokenScope asks for all that the client may do at the domain's own interface, as Oracle's examples have it.
	tokenScope = "urn:opc:idm:__myscopes__" //nolint:gosec // G101: a name that Oracle publishes
	// maxToken bounds a token in bytes; a domain's are 1 to 4 KiB, and a longer one would not fit a header.
	maxToken = 16 << 10
	// maxTokenLife bounds how long a token is believed to live; a domain's live an hour.
	maxTokenLife = 24 * time.Hour
)

// granted is a token as a domain gave it.
type granted struct {
	token secret.Value
	life  time.Duration // 0 when the domain does not say
}

// tokenFor gives a token, and logs in for it unless somebody else just did. Without a token, the answer says why.
//
// Those who want a token of one client take turns, so that one login serves all of them.
func (c *Client) tokenFor(ctx context.Context, directory Directory) (credential, LoginResult, Answer) {
	done, err := c.tokens.takeTurn(ctx, directory)
	if err != nil {
		return credential{}, LoginUnproved, Answer{Outcome: Timeout, Delivery: NotSent, Detail: "another request for a token did not end in time"}
	}
	defer done()
	if token, found := c.tokens.find(directory); found {
		return credential{login: directory.Login, token: token}, LoginUnproved, Answer{}
	}
	grant, answer := c.askToken(ctx, directory)
	if answer.Outcome != Rows {
		return credential{}, loginBehindToken(answer), answer
	}
	c.tokens.keep(directory, grant)
	return credential{login: directory.Login, token: grant.token}, LoginAccepted, answer
}

// askToken logs in by the client credentials grant (RFC 6749, 4.4). Rows means that a token came.
//
// RFC 6749, 2.3.1 wants id and secret escaped as a form before they go into the header. Oracle's examples do not do
// that, and its ids and secrets hold nothing that would change by it.
func (c *Client) askToken(ctx context.Context, directory Directory) (granted, Answer) {
	var grant granted
	answer := c.do(ctx, directory.Endpoint, tokenRequest(directory.Login, &grant))
	return grant, answer
}

// tokenRequest asks for a token and reads it into grant.
func tokenRequest(login Login, grant *granted) request {
	return request{
		method: http.MethodPost, place: tokenPath, accept: acceptSCIM,
		form: url.Values{"grant_type": {"client_credentials"}, "scope": {tokenScope}}.Encode(),
		by:   credential{login: login}, yieldsSecret: true,
		understand: func(status int, body []byte) (outcome Outcome, words string) {
			*grant, outcome = understandToken(status, body)
			return outcome, ""
		},
	}
}

// understandToken reads the answer of a token endpoint (RFC 6749, 5.1 and 5.2). 400 with invalid_client is the same
// refusal as 401.
func understandToken(status int, body []byte) (granted, Outcome) {
	said := objectFrom(body)
	if status == http.StatusBadRequest && said.text("error") == "invalid_client" {
		return granted{}, Refused
	}
	token, kind := said.text("access_token"), said.text("token_type")
	if status != http.StatusOK || token == "" || len(token) > maxToken || !asSent(token) {
		return granted{}, UnexpectedContent
	}
	if kind != "" && !strings.EqualFold(kind, "Bearer") { // another kind is used in another way
		return granted{}, UnexpectedContent
	}
	grant := granted{token: secret.New(token)}
	if seconds, known := said.number("expires_in"); known && seconds > 0 {
		grant.life = time.Duration(min(seconds, int64(maxTokenLife/time.Second))) * time.Second
	}
	return grant, Rows
}

// loginBehindToken says what an answer without a token says about the client's secret. Unlike at a resource, 403 says
// nothing: no client has authenticated before it has a token.
func loginBehindToken(answer Answer) LoginResult {
	switch {
	case answer.Outcome == Refused:
		return LoginRefused
	case answer.Delivery == Unanswered:
		return LoginUnanswered
	}
	return LoginUnproved
}
