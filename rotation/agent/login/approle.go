package login

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/approle"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// approleLogin logs in with a role id and a secret id.
//
// A wrapped secret id can be unwrapped once. What came out is kept in memory, for logging in again; it is unwrapped anew
// when the file holds another wrapping token.
type approleLogin struct {
	mount string
	auth  config.Auth

	wrapping  secret.Value // the token that was unwrapped
	unwrapped secret.Value // the secret id that came out
}

var _ api.AuthMethod = (*approleLogin)(nil)

// Login implements api.AuthMethod.
func (a *approleLogin) Login(ctx context.Context, client *api.Client) (*api.Secret, error) {
	role := a.auth.RoleID
	if a.auth.RoleIDFile != "" {
		read, err := readFile(a.auth.RoleIDFile)
		if err != nil {
			return nil, err
		}
		role = read.Reveal()
	}
	secretID, err := a.secretID(ctx, client)
	if err != nil {
		return nil, err
	}
	login, err := approle.NewAppRoleAuth(role, &approle.SecretID{FromString: secretID.Reveal()}, approle.WithMountPath(a.mount))
	if err != nil {
		return nil, fmt.Errorf("prepare the login: %w", err)
	}
	answer, err := login.Login(ctx, client)
	return answer, scrubbed(err, secretID)
}

// secretID reads the secret id, and unwraps it where it is wrapped.
func (a *approleLogin) secretID(ctx context.Context, client *api.Client) (secret.Value, error) {
	read, err := readFile(a.auth.SecretIDFile)
	if err != nil || !a.auth.SecretIDWrapped {
		return read, err
	}
	if read.Equal(a.wrapping) {
		return a.unwrapped, nil
	}
	// Unwrap leaves its argument in a client that has no token.
	defer client.ClearToken()
	answer, err := client.Logical().UnwrapWithContext(ctx, read.Reveal())
	if err != nil {
		return secret.Value{}, a.notUnwrapped(scrubbed(err, read))
	}
	if answer == nil {
		return secret.Value{}, a.notUnwrapped(nil)
	}
	text, _ := answer.Data["secret_id"].(string)
	if text = strings.TrimSpace(text); text == "" {
		return secret.Value{}, a.notUnwrapped(nil)
	}
	a.wrapping, a.unwrapped = read, secret.New(text)
	return a.unwrapped, nil
}

// notUnwrapped says what to do about a wrapping token that gave no secret id. That somebody else has used it is what
// wrapping is there to show.
func (a *approleLogin) notUnwrapped(err error) error {
	if unavailable := Unavailable(err); unavailable != nil {
		return unavailable
	}
	text := "the wrapped secret id in " + a.auth.SecretIDFile + " could not be unwrapped: it has expired, or was unwrapped before: put a new one there"
	if err != nil {
		text += "; if nothing of yours unwrapped it, treat the secret id as stolen"
	} else {
		text = "what was wrapped in " + a.auth.SecretIDFile + " is no secret id of AppRole: wrap the answer of auth/" + a.mount + "/role/<name>/secret-id"
	}
	return &Failure{Reason: Refused, Text: text, cause: err}
}
