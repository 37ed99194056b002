package login

import (
	"context"
	"crypto/tls"
	"fmt"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/kubernetes"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// kubernetesLogin shows the token of the pod's service account. It is projected anew about every hour, so that it is read
// at every login.
type kubernetesLogin struct {
	mount string
	auth  config.Auth
}

var _ api.AuthMethod = (*kubernetesLogin)(nil)

// Login implements api.AuthMethod.
func (k *kubernetesLogin) Login(ctx context.Context, client *api.Client) (*api.Secret, error) {
	token, err := readFile(k.auth.JWTFile)
	if err != nil {
		return nil, err
	}
	login, err := kubernetes.NewKubernetesAuth(k.auth.Role,
		kubernetes.WithMountPath(k.mount), kubernetes.WithServiceAccountToken(token.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("prepare the login: %w", err)
	}
	answer, err := login.Login(ctx, client)
	return answer, scrubbed(err, token)
}

// jwtLogin shows a JWT of a file, read at every login: workload identities replace it.
type jwtLogin struct {
	mount string
	auth  config.Auth
}

var _ api.AuthMethod = (*jwtLogin)(nil)

// Login implements api.AuthMethod.
func (j *jwtLogin) Login(ctx context.Context, client *api.Client) (*api.Secret, error) {
	token, err := readFile(j.auth.JWTFile)
	if err != nil {
		return nil, err
	}
	data := map[string]any{"jwt": token.Reveal()}
	if j.auth.Role != "" {
		data["role"] = j.auth.Role // without one, the mount's default role
	}
	answer, err := client.Logical().WriteWithContext(ctx, "auth/"+j.mount+"/login", data)
	return answer, scrubbed(err, token)
}

// certLogin shows the client's certificate of the TLS connection.
type certLogin struct {
	mount string
	auth  config.Auth
}

var _ api.AuthMethod = (*certLogin)(nil)

// Login implements api.AuthMethod.
func (c *certLogin) Login(ctx context.Context, client *api.Client) (*api.Secret, error) {
	// The handshake loads it, too; read before, a broken one is told from a Vault that cannot be reached.
	if _, err := tls.LoadX509KeyPair(c.auth.ClientCert, c.auth.ClientKey); err != nil {
		return nil, &Failure{Reason: Unready, cause: err, Text: "cannot log in: " + oneLine(err.Error()) + ": put a certificate into " +
			c.auth.ClientCert + ", and its key into " + c.auth.ClientKey}
	}
	data := map[string]any{}
	if c.auth.CertName != "" {
		data["name"] = c.auth.CertName // without one, Vault tries every certificate it trusts
	}
	return client.Logical().WriteWithContext(ctx, "auth/"+c.mount+"/login", data)
}
