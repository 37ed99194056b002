package oracle

import (
	"context"
	"net/http"
)

// Where an identity domain keeps what we ask for (REST API for Identity Domains, OCI IAM).
const (
	domainUsersPath    = "/admin/v1/Users"
	domainPoliciesPath = "/admin/v1/PasswordPolicies/"
)

// The extensions of a user that hold the state of its account and of its password (OCI SDK, identity_domains:
// ExtensionUserStateUser, ExtensionPasswordStateUser).
const (
	userState     = "urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User"
	passwordState = "urn:ietf:params:scim:schemas:oracle:idcs:extension:passwordState:User" //nolint:gosec // G101: the name of a schema
)

// domainAttributes names all that is read of a user: most of it is returned on request only, so that it would be
// absent, and not known, if it was not named.
func domainAttributes() []string {
	return []string{
		"id", "userName", "active",
		userState + ":locked", userState + ":locked.expired", userState + ":loginAttempts",
		userState + ":lastSuccessfulLoginDate",
		passwordState + ":expired", passwordState + ":mustChange", passwordState + ":cantExpire",
		passwordState + ":lastSuccessfulSetDate", passwordState + ":applicablePasswordPolicy",
	}
}

// lookUpDomain asks an identity domain with the token in hand, else logs in for one, at most once.
func (c *Client) lookUpDomain(ctx context.Context, directory Directory, username string) LookUp {
	if look, answered := c.LookUpByToken(ctx, directory, username); answered {
		return look
	}
	key, login, answer := c.tokenFor(ctx, directory)
	if key.token.IsZero() {
		return LookUp{Login: login, Answer: answer}
	}
	look := c.askDomain(ctx, directory.Endpoint, key, username)
	if look.Answer.Outcome == Refused {
		c.tokens.drop(directory, key.token)
	}
	look.Login = login
	return look
}

// askDomain asks about a user, and about the password policy in force for it.
func (c *Client) askDomain(ctx context.Context, endpoint Endpoint, by credential, username string) LookUp {
	var list userList
	answer := c.do(ctx, endpoint, request{
		method: http.MethodGet, place: domainUsersPath + userQuery(username, domainAttributes()...), accept: acceptSCIM,
		by: by, understand: understandUsers(username, true, &list),
	})
	look := LookUp{Login: LoginUnproved, Answer: answer}
	switch answer.Outcome {
	case Rows:
		look.View = viewFromDomain(list.user, by)
		policy := list.user.object(passwordState).object("applicablePasswordPolicy")
		look.View.Rules = c.askPolicy(ctx, endpoint, by, identifier(policy, "value", by))
	case NoRows:
		look.View = View{Found: No}
	default: // nothing was said about the user
	}
	return look
}

// askPolicy reads a password policy. One that cannot be read is not known and costs nothing else: the privilege for
// it is another than that for users.
func (c *Client) askPolicy(ctx context.Context, endpoint Endpoint, by credential, id string) Rules {
	var rules Rules
	if id == "" {
		return rules
	}
	c.do(ctx, endpoint, request{
		method: http.MethodGet, place: domainPoliciesPath + id, accept: acceptSCIM, by: by,
		understand: func(status int, body []byte) (Outcome, string) {
			policy := objectFrom(body)
			if status != http.StatusOK || policy.text("id") != id {
				return UnexpectedContent, ""
			}
			rules = rulesFrom(policy)
			return Rows, ""
		},
	})
	return rules
}
