package oracle

import (
	"context"
	"encoding/json"
	"net/http"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

const (
	// domainChangerPath is where an administrator sets a password that he knows (REST API for Identity Domains, OCI IAM).
	// Its neighbour UserPasswordResetter sets one that nobody knows.
	domainChangerPath = "/admin/v1/UserPasswordChanger/"
	// The URNs that the two bodies have to name. Fusion's is older than RFC 7643.
	fusionUserSchema    = "urn:scim:schemas:core:2.0:User"
	domainChangerSchema = "urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger"
)

// newPassword is the body of both requests.
type newPassword struct {
	Schemas  []string `json:"schemas"`
	Password string   `json:"password"`
	// BypassNotification keeps an identity domain from writing to the user; Fusion SCIM never does.
	BypassNotification bool `json:"bypassNotification,omitempty"`
}

// text gives the body as it is sent. A struct of texts and booleans cannot fail to be written.
func (n newPassword) text() secret.Value {
	text, _ := json.Marshal(n) //nolint:gosec // G117: the one place where the password has to stand in it
	return secret.New(string(text))
}

// fusionSetting sets a password over Fusion SCIM: a partial user, and no list of operations (Reset User Password, Common
// Features REST guide).
func fusionSetting(login Login, userID string, password secret.Value) request {
	return request{
		method: http.MethodPatch, place: fusionUsersPath + "/" + userID, accept: acceptSCIM,
		json: newPassword{Schemas: []string{fusionUserSchema}, Password: password.Reveal()}.text(),
		by:   credential{login: login, fresh: password},
	}
}

// domainSetting sets a password over an identity domain (OCI SDK, identity_domains UserPasswordChanger).
func domainSetting(login Login, token secret.Value, userID string, password secret.Value) request {
	return request{
		method: http.MethodPut, place: domainChangerPath + userID, accept: acceptSCIM,
		json: newPassword{Schemas: []string{domainChangerSchema}, Password: password.Reveal(), BypassNotification: true}.text(),
		by:   credential{login: login, token: token, fresh: password},
	}
}

// setInFusion sets with a login of the directory's user.
func (c *Client) setInFusion(ctx context.Context, directory Directory, userID string, password secret.Value) Setting {
	setting := c.set(ctx, directory.Endpoint, fusionSetting(directory.Login, userID, password), userID)
	setting.Login = loginBehind(setting.Answer, false)
	return setting
}

// setInDomain sets with the token in hand, else logs in for one, at most once.
func (c *Client) setInDomain(
	ctx context.Context, directory Directory, userID, username string, password secret.Value,
) Setting {
	if setting, done := c.SetPasswordByToken(ctx, directory, userID, username, password); done {
		return setting
	}
	key, login, answer := c.tokenFor(ctx, directory)
	if key.token.IsZero() {
		setting := notSet(login, answer)
		if login == LoginRefused {
			setting.Result = SetDenied
		}
		return setting
	}
	setting := c.setByToken(ctx, directory, key.token, userID, password)
	setting.Login = login
	return setting
}

// setByToken sends the request once, and forgets the token if the domain does.
func (c *Client) setByToken(
	ctx context.Context, directory Directory, token secret.Value, userID string, password secret.Value,
) Setting {
	setting := c.set(ctx, directory.Endpoint, domainSetting(directory.Login, token, userID, password), userID)
	if setting.Answer.Outcome == Refused {
		c.tokens.drop(directory, token)
	}
	setting.Login = LoginUnproved
	return setting
}

// set sends a request once. A second one would be a second change, and the refusal of it (the password is in the history
// now) would be read as that of the first.
func (c *Client) set(ctx context.Context, endpoint Endpoint, ask request, userID string) Setting {
	endpoint.RetryAttempts = 0
	setting := Setting{Result: SetUnknown}
	setting.Answer = c.do(ctx, endpoint, ask.judged(userID, &setting.Result))
	if setting.Answer.Delivery == NotSent {
		setting.Result = SetNotDone
	}
	return setting
}
