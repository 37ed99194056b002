package config

// Method is a way to log in to Vault. The list is closed.
type Method string

// The methods.
const (
	MethodToken      Method = "token"      // VAULT_TOKEN, or what `vault login` left in ~/.vault-token
	MethodTokenFile  Method = "token_file" // a file that somebody else renews, such as Vault Agent's sink
	MethodAppRole    Method = "approle"
	MethodKubernetes Method = "kubernetes"
	MethodJWT        Method = "jwt"
	MethodCert       Method = "cert"
)

// Methods lists every method.
func Methods() []Method {
	return []Method{MethodToken, MethodTokenFile, MethodAppRole, MethodKubernetes, MethodJWT, MethodCert}
}

// PodToken is where Kubernetes puts the token of a pod's service account.
const PodToken = "/var/run/secrets/kubernetes.io/serviceaccount/token" //nolint:gosec // a path, not a token

// takes is the keys that belong to a method, besides method itself.
func (m Method) takes() []string {
	switch m {
	case MethodToken:
		return nil
	case MethodTokenFile:
		return []string{"token_file"}
	case MethodAppRole:
		return []string{"mount", "role_id", "role_id_file", "secret_id_file", "secret_id_wrapped"}
	case MethodKubernetes, MethodJWT:
		return []string{"mount", "role", "jwt_file"}
	case MethodCert:
		return []string{"mount", "client_cert", "client_key", "cert_name"}
	}
	return nil
}

// needs is the keys without which a method can't log in. The RoleID of approle has two, and is judged apart; a JWT's role
// may be left to the auth mount's default_role.
func (m Method) needs() []string {
	switch m {
	case MethodToken:
		return nil
	case MethodTokenFile:
		return []string{"token_file"}
	case MethodAppRole:
		return []string{"secret_id_file"}
	case MethodKubernetes:
		return []string{"role", "jwt_file"}
	case MethodJWT:
		return []string{"jwt_file"}
	case MethodCert:
		return []string{"client_cert", "client_key"}
	}
	return nil
}

// said gives the keys of the section that have a value, besides method.
func (a Auth) said() map[string]bool {
	said := map[string]bool{
		"mount": a.Mount != "", "token_file": a.TokenFile != "",
		"role_id": a.RoleID != "", "role_id_file": a.RoleIDFile != "",
		"secret_id_file": a.SecretIDFile != "", "secret_id_wrapped": a.SecretIDWrapped,
		"role": a.Role != "", "jwt_file": a.JWTFile != "",
		"client_cert": a.ClientCert != "", "client_key": a.ClientKey != "", "cert_name": a.CertName != "",
	}
	for key, has := range said {
		if !has {
			delete(said, key)
		}
	}
	return said
}

// settled is the section with what its method says where the operator did not.
func (a Auth) settled() Auth {
	if a.Mount == "" && len(a.Method.takes()) > 1 {
		a.Mount = string(a.Method)
	}
	if a.Method == MethodKubernetes && a.JWTFile == "" {
		a.JWTFile = PodToken
	}
	return a
}
