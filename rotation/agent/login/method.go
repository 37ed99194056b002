package login

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// method is one way to log in, and what follows from it.
type method struct {
	api.AuthMethod
	name config.Method
	// files hold what is shown to Vault: a login that was refused is tried again as soon as one of them changes.
	files []string
	// given is a token that somebody else made: when it ends, there is nothing to log in with but another one.
	given bool
	// kept is a token that somebody else renews, so that we do not.
	kept bool
	hint string // what to look at when Vault refuses
}

// newMethod chooses the way to log in.
func newMethod(auth config.Auth) (method, error) {
	mount := strings.Trim(cmp.Or(auth.Mount, string(auth.Method)), "/")
	switch auth.Method {
	case config.MethodToken:
		return tokenMethod()
	case config.MethodTokenFile:
		return method{
			AuthMethod: &tokenLogin{file: auth.TokenFile}, files: []string{auth.TokenFile}, given: true, kept: true,
			hint: "the agent waits for another token in " + auth.TokenFile + ": look whether Vault Agent, or what else writes it, runs",
		}, nil
	case config.MethodAppRole:
		return method{
			AuthMethod: &approleLogin{mount: mount, auth: auth}, files: some(auth.RoleIDFile, auth.SecretIDFile),
			hint: "look whether role_id is right, and whether the secret id in " + auth.SecretIDFile + " has ended or was used up",
		}, nil
	case config.MethodKubernetes:
		return method{
			AuthMethod: &kubernetesLogin{mount: mount, auth: auth}, files: some(auth.JWTFile),
			hint: "look whether the role " + auth.Role + " at auth/" + mount + " names this service account and its namespace",
		}, nil
	case config.MethodJWT:
		return method{
			AuthMethod: &jwtLogin{mount: mount, auth: auth}, files: some(auth.JWTFile),
			hint: "look whether the role " + auth.Role + " at auth/" + mount + " takes the claims of " + auth.JWTFile + ", and whether it has expired",
		}, nil
	case config.MethodCert:
		return method{
			AuthMethod: &certLogin{mount: mount, auth: auth}, files: some(auth.ClientCert, auth.ClientKey),
			hint: "look whether " + auth.ClientCert + " is still valid and auth/" + mount + " trusts its authority",
		}, nil
	}
	return method{}, fmt.Errorf("the auth method %q is not known: choose token, token_file, approle, kubernetes, jwt or cert", auth.Method)
}

// some is the paths that are not empty.
func some(paths ...string) []string {
	var named []string
	for _, path := range paths {
		if path != "" {
			named = append(named, path)
		}
	}
	return named
}

// tokenMethod is the token of the environment, else the one that `vault login` left in the home directory.
func tokenMethod() (method, error) {
	if token := os.Getenv(api.EnvVaultToken); token != "" {
		return method{
			AuthMethod: &tokenLogin{token: secret.New(token)}, given: true,
			hint: "start the agent with another VAULT_TOKEN, or use a method that can log in again",
		}, nil
	}
	if os.Getenv(api.EnvVaultAgentAddr) != "" {
		// Vault Agent's and Vault Proxy's listeners add their own token to a request that has none.
		return method{
			AuthMethod: &tokenLogin{proxied: true}, given: true, kept: true,
			hint: "set use_auto_auth_token in the api_proxy of the Vault Agent at VAULT_AGENT_ADDR, or set VAULT_TOKEN",
		}, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return method{}, fmt.Errorf("find the token of vault login: set VAULT_TOKEN, or choose another auth method: %w", err)
	}
	file := filepath.Join(home, ".vault-token")
	return method{
		AuthMethod: &tokenLogin{file: file, left: true}, files: []string{file}, given: true,
		hint: "run vault login, or set VAULT_TOKEN to another token",
	}, nil
}

// maxFile bounds what is read of a file that holds a token or a secret id, in bytes.
const maxFile = 64 << 10

// readFile is what a file holds, without the white space around it.
func readFile(path string) (secret.Value, error) {
	unready := func(text string, err error) error {
		return &Failure{Reason: Unready, Text: text, cause: err}
	}
	file, err := os.Open(path) //nolint:gosec // G304: the operator names the file
	if err != nil {
		return secret.Value{}, unready("cannot log in: "+oneLine(err.Error())+": create the file, or let the agent's user read it", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	raw, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return secret.Value{}, unready("cannot log in: "+oneLine(err.Error()), err)
	}
	if len(raw) > maxFile {
		return secret.Value{}, unready("cannot log in: "+path+" is larger than any token or secret id: name the right file", nil)
	}
	value := secret.New(strings.TrimSpace(string(raw)))
	if value.IsZero() {
		return secret.Value{}, unready("cannot log in: "+path+" is empty: put the token or secret id into it", nil)
	}
	return value, nil
}

// scrubbed is an error of Vault's without a secret that was sent to it.
func scrubbed(err error, sent secret.Value) error {
	var answer *api.ResponseError
	if sent.IsZero() || !errors.As(err, &answer) {
		return err
	}
	for i, words := range answer.Errors {
		answer.Errors[i] = strings.ReplaceAll(words, sent.Reveal(), sent.String())
	}
	return err
}
