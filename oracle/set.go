package oracle

import (
	"context"
	"unicode/utf8"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// SetResult is what became of a password that a directory was asked to set. The list is closed.
type SetResult string

// What can become of a password.
const (
	// SetAccepted: Oracle said that it set it, by 200 or 201 with the user's own id, or by 204. A directory that the pod
	// does not log in with says so, too, so that only a login proves it.
	SetAccepted SetResult = "accepted"
	// SetPolicy is 400: the password broke a rule (Reset User Password, Common Features REST guide), or the request did. It
	// was not set.
	SetPolicy SetResult = "policy"
	// SetDenied is 401 or 403: whoever asked may not, or is not let in. It was not set.
	SetDenied SetResult = "denied"
	// SetNotDone: nothing left, or the answer says for certain that nothing was done (404, 409, 429 and most other 4xx).
	SetNotDone SetResult = "not_done"
	// SetUnknown: perhaps it was set. No answer came, or one that says nothing of it: 5xx, a redirect, 408, a page in place
	// of 400 or 403 as proxies send it, a 2xx of another form, a body that broke off.
	SetUnknown SetResult = "unknown"
)

// SetResults lists every result.
func SetResults() []SetResult {
	return []SetResult{SetAccepted, SetPolicy, SetDenied, SetNotDone, SetUnknown}
}

// Setting is what a request to set a password came to.
type Setting struct {
	// Login is what the answer says of the credential that asked; LoginUnproved for a token that was in hand.
	Login LoginResult
	// Answer is the one that decided: Rows when the directory accepted. Its Detail is Oracle's own text, without the new
	// password and without any credential.
	Answer Answer
	Result SetResult
}

// SetPassword asks a directory to give a user another password. userID is View.ID of a look-up through the same
// directory, username the name that was looked up.
//
// The request that sets is sent once and never again, whatever becomes of it; only where an identity domain does not
// accept a token in hand, so that nothing was set, does it follow once more with a new one. To log in for that, a
// domain is asked at most once; at Fusion SCIM the request is a login itself.
func (c *Client) SetPassword(ctx context.Context, directory Directory, userID, username string, password secret.Value) Setting {
	if reason := unsettable(directory, userID, username, password); reason != "" {
		return notSet(LoginUnproved, unsent(reason))
	}
	switch directory.Kind {
	case FusionDirectory:
		return c.setInFusion(ctx, directory, userID, password)
	case IdentityDomain:
		return c.setInDomain(ctx, directory, userID, username, password)
	}
	return notSet(LoginUnproved, unsent("a directory is of type fusion or identity_domain"))
}

// SetPasswordByToken is SetPassword at an identity domain with a token in hand, and never logs in. It returns false when
// there is no such token, or the domain does not accept it any more: then nothing was set, and that token is not used
// again.
func (c *Client) SetPasswordByToken(
	ctx context.Context, directory Directory, userID, username string, password secret.Value,
) (Setting, bool) {
	none := notSet(LoginUnproved, Answer{})
	if directory.Kind != IdentityDomain || unsettable(directory, userID, username, password) != "" {
		return none, false
	}
	token, found := c.tokens.find(directory)
	if !found {
		return none, false
	}
	setting := c.setByToken(ctx, directory, token, userID, password)
	if setting.Answer.Outcome == Refused {
		return none, false
	}
	return setting, true
}

// unsettable says, in a few words, why a password cannot be set; empty when it can. The id stands in an address, where
// it must lead to no other place and show no secret.
func unsettable(directory Directory, userID, username string, password secret.Value) string {
	if reason := unaskable(username); reason != "" {
		return reason
	}
	switch {
	case !plainID.MatchString(userID) || repeats(userID, credential{login: directory.Login, fresh: password}):
		return "the directory's id of the user is none that can stand in an address: look the user up again"
	case password.IsZero() || !utf8.ValidString(password.Reveal()): // JSON would replace what is no UTF-8
		return "a password to set is UTF-8 and not empty"
	}
	return ""
}

// notSet is a setting of which it is certain that nothing was done.
func notSet(login LoginResult, answer Answer) Setting {
	return Setting{Login: login, Answer: answer, Result: SetNotDone}
}
