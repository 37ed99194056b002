package login

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// tokenLogin takes a token that exists. Its login is to ask Vault about it.
type tokenLogin struct {
	token   secret.Value // of the environment
	file    string       // else where it is read from, at every login
	left    bool         // the file is the one that `vault login` leaves, and nobody named it
	proxied bool         // else a Vault Agent adds its own
}

var _ api.AuthMethod = (*tokenLogin)(nil)

// Login implements api.AuthMethod.
func (t *tokenLogin) Login(ctx context.Context, client *api.Client) (*api.Secret, error) {
	token := t.token
	if t.file != "" {
		read, err := readFile(t.file)
		if t.left && errors.Is(err, fs.ErrNotExist) {
			return nil, &Failure{Reason: Unready, Text: "cannot log in: there is no token: set VAULT_TOKEN, run vault login, or choose another vault.auth.method", cause: err}
		}
		if err != nil {
			return nil, err
		}
		token = read
	}
	found, err := lookUp(ctx, client, token)
	// A token whose policies do not even let it look at itself is taken as it is: when it ends is not known then.
	if err != nil && (t.proxied || !mayNotLook(err)) {
		return nil, err
	}
	return &api.Secret{Auth: &api.SecretAuth{
		ClientToken: token.Reveal(), Renewable: found.Renewable, LeaseDuration: found.TTL,
	}}, nil
}

// selfLook is what a token says of itself.
type selfLook struct {
	TTL       int  `json:"ttl"` // seconds left; 0 is for ever
	Renewable bool `json:"renewable"`
}

// lookUp asks Vault about a token. It uses and leaves a client that has none.
func lookUp(ctx context.Context, client *api.Client, token secret.Value) (selfLook, error) {
	client.SetToken(token.Reveal())
	defer client.ClearToken()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	said, err := client.Auth().Token().LookupSelfWithContext(ctx)
	if err != nil {
		return selfLook{}, scrubbed(err, token)
	}
	if said == nil {
		return selfLook{}, errors.New("vault said nothing about the token")
	}
	raw, err := json.Marshal(map[string]any{"ttl": said.Data["ttl"], "renewable": said.Data["renewable"]})
	if err != nil {
		return selfLook{}, errors.New("vault's words about the token cannot be read")
	}
	var look selfLook
	if err := json.Unmarshal(raw, &look); err != nil {
		return selfLook{}, errors.New("vault's words about the token cannot be read")
	}
	return look, nil
}

// tokenGone says whether Vault does not know the token: it ended or was revoked. Vault has said so since 1.11 beside its
// "permission denied".
func tokenGone(err error) bool {
	answer, denied := denial(err)
	return denied && (strings.Contains(Words(answer), "invalid token") || strings.Contains(Words(answer), "bad token"))
}

// mayNotLook says whether Vault refuses to speak of the token, and does not say that the token is unknown.
func mayNotLook(err error) bool {
	_, denied := denial(err)
	return denied && !tokenGone(err)
}

func denial(err error) (*api.ResponseError, bool) {
	var answer *api.ResponseError
	if errors.As(err, &answer) && answer.StatusCode == http.StatusForbidden {
		return answer, true
	}
	return nil, false
}

// end is when a token ends of which so many seconds are left; not known when it never does, or did not say.
func end(now time.Time, seconds int) (at time.Time, known bool) {
	if seconds <= 0 {
		return time.Time{}, false
	}
	return now.Add(time.Duration(seconds) * time.Second), true
}
