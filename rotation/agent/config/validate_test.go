package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// folder is a place with files in it, some of them as they should be.
type folder struct {
	t    *testing.T
	path string
}

func newFolder(t *testing.T) folder {
	t.Helper()
	f := folder{t, t.TempDir()}
	f.file("token", "hvs.CANARY")
	f.file("empty", "")
	for _, name := range []string{"pair", "other"} {
		certificate, key := pair(t)
		f.file(name+".pem", certificate)
		f.file(name+"-key.pem", key)
	}
	f.file("locked", "CANARY")
	must(0, os.Chmod(f.at("locked"), 0))(t)
	must(0, os.Mkdir(f.at("folder"), 0o700))(t)
	f.file("web.yaml", "basic_auth_users:\n  prometheus: $2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi\n")
	f.file("web-key.yaml", "tls_server_config:\n  cert: CANARY\n")
	f.file("web-hash.yaml", "basic_auth_users:\n  prometheus: CANARY\n")
	f.file("web-kind.yaml", "basic_auth_users: CANARY\n")
	f.file("web-anchor.yaml", "basic_auth_users:\n  prometheus: *CANARY\n")
	f.file("web-unknown.yaml", "basic_auth_user: {}\n")
	return f
}

func (f folder) at(name string) string { return filepath.Join(f.path, name) }

func (f folder) file(name, text string) {
	f.t.Helper()
	must(0, os.WriteFile(f.at(name), []byte(text), 0o600))(f.t)
}

// pair is a certificate and its key, in PEM.
func pair(t *testing.T) (certificate, key string) {
	t.Helper()
	private := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der := must(x509.CreateCertificate(rand.Reader, template, template, private.Public(), private))(t)
	keyDER := must(x509.MarshalPKCS8PrivateKey(private))(t)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
}

const (
	noFile   = "there is no such file: make it, or correct the path"
	noRight  = "the file may not be read: give the user that the agent runs as the right to read it"
	isFolder = "is a folder: name a file in it"
	isEmpty  = "is an empty file: write into it what belongs there"
	noPair   = "is not the key of vault.auth.client_cert, or one of the two is not PEM: name the pair that belongs together"
	notWeb   = "is not a web configuration of Prometheus exporters: "
)

// TestValidateLooksAtEveryFile writes DIR where the folder's path comes.
func TestValidateLooksAtEveryFile(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	tokenFile := "vault:\n  auth:\n    method: token_file\n    token_file: "
	cert := "vault:\n  auth:\n    method: cert\n    client_cert: DIR/pair.pem\n    client_key: "
	hook := "state_dir: DIR\nreceivers:\n  - name: a\n    type: webhook\n    url_file: DIR/token\n    secret_file: "
	for name, row := range map[string]struct{ text, want string }{
		"a token that is there":            {tokenFile + "DIR/token", ""},
		"a token that is not":              {tokenFile + "DIR/none", "agent.yaml:4: vault.auth.token_file: " + noFile},
		"a token below a file":             {tokenFile + "DIR/token/below", "agent.yaml:4: vault.auth.token_file: the file can't be read, because of not a directory: correct the path"},
		"an empty token":                   {tokenFile + "DIR/empty", "agent.yaml:4: vault.auth.token_file: " + isEmpty},
		"a folder for a token":             {tokenFile + "DIR/folder", "agent.yaml:4: vault.auth.token_file: " + isFolder},
		"a token that may not be read":     {tokenFile + "DIR/locked", "agent.yaml:4: vault.auth.token_file: " + noRight},
		"a device for a token":             {tokenFile + "/dev/null", ""},
		"an authority":                     {"vault:\n  ca_cert: DIR/pair.pem", ""},
		"an authority that is none":        {"vault:\n  ca_cert: DIR/token", "agent.yaml:2: vault.ca_cert: holds no certificate in PEM: name the file with the authority that signed Vault's"},
		"a certificate and its key":        {cert + "DIR/pair-key.pem", ""},
		"a certificate and another's key":  {cert + "DIR/other-key.pem", "agent.yaml:5: vault.auth.client_key: " + noPair},
		"a certificate without a key":      {cert + "DIR/none", "agent.yaml:5: vault.auth.client_key: " + noFile},
		"a key without a certificate":      {strings.Replace(cert, "pair.pem", "none", 1) + "DIR/pair-key.pem", "agent.yaml:4: vault.auth.client_cert: " + noFile},
		"an approle":                       {"vault:\n  auth:\n    method: approle\n    role_id_file: DIR/no-role\n    secret_id_file: DIR/no-id", "agent.yaml:4: vault.auth.role_id_file: " + noFile + "\nagent.yaml:5: vault.auth.secret_id_file: " + noFile},
		"a pod's token outside of a pod":   {"vault:\n  auth:\n    method: kubernetes\n    role: a", "agent.yaml:2: vault.auth.jwt_file: " + noFile},
		"a webhook":                        {hook + "DIR/token", ""},
		"a webhook without its secret":     {hook + "DIR/none", "agent.yaml:6: receivers[0].secret_file: " + noFile},
		"a pager without its key":          {"state_dir: DIR\nreceivers: [{name: a, type: pagerduty, routing_key_file: DIR/none}]", "agent.yaml:2: receivers[0].routing_key_file: " + noFile},
		"a channel without its address":    {"state_dir: DIR\nreceivers: [{name: a, type: slack, url_file: DIR/none}]", "agent.yaml:2: receivers[0].url_file: " + noFile},
		"a folder for the state":           {"state_dir: DIR/folder", ""},
		"a folder that is to be made":      {"state_dir: DIR/folder/state", ""},
		"a folder that is nowhere":         {"state_dir: DIR/none/state", "agent.yaml:1: state_dir: the folder is not there, nor the one it would be in: make it, or correct the path"},
		"a file for a folder":              {"state_dir: DIR/token", "agent.yaml:1: state_dir: is not a folder: name one that only the agent writes to"},
		"a web configuration":              {"web_config_file: DIR/web.yaml", ""},
		"none of a web configuration":      {"web_config_file: DIR/none", "agent.yaml:1: web_config_file: " + noFile},
		"a key's place in one":             {"web_config_file: DIR/web-key.yaml", "agent.yaml:1: web_config_file: " + notWeb + "missing one of key or key_file"},
		"a hash that is none in one":       {"web_config_file: DIR/web-hash.yaml", "agent.yaml:1: web_config_file: " + notWeb + "crypto/bcrypt: hashedSecret too short to be a bcrypted password"},
		"a password in the wrong place":    {"web_config_file: DIR/web-kind.yaml", "agent.yaml:1: web_config_file: " + notWeb + "yaml: unmarshal errors: line 1: cannot unmarshal !!str (not shown) into map[string]config.Secret"},
		"a hash that begins with a star":   {"web_config_file: DIR/web-anchor.yaml", "agent.yaml:1: web_config_file: " + notWeb + "yaml: unknown anchor (not shown) referenced"},
		"a key that exporters do not know": {"web_config_file: DIR/web-unknown.yaml", "agent.yaml:1: web_config_file: " + notWeb + "yaml: unmarshal errors: line 1: field basic_auth_user not found in type web.Config"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(row.text, "locked") && os.Getuid() == 0 {
				t.Skip("root may read every file")
			}
			text := strings.ReplaceAll(row.text, "DIR", f.path) + "\n"
			c, err := config.Parse("agent.yaml", []byte(text), noEnvironment)
			if err == nil {
				err = c.Validate()
			}
			if got := said(err); got != row.want || strings.Contains(got, "CANARY") || strings.Contains(got, f.path) {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestValidateDoesNotWaitForAPipe(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s")
	listener := must(new(net.ListenConfig).Listen(t.Context(), "unix", socket))(t)
	defer listener.Close()
	c := config.Defaults()
	c.WebConfigFile, c.Vault.CACert = socket, socket
	for _, auth := range []config.Auth{
		{Method: config.MethodTokenFile, TokenFile: socket},
		{Method: config.MethodCert, ClientCert: socket, ClientKey: newFolder(t).at("pair-key.pem")},
	} {
		c.Vault.Auth = auth
		if err := c.Validate(); err != nil {
			t.Errorf("got %v", err)
		}
	}
}

func TestAPathThatIsNoneIsNotMissingAsWell(t *testing.T) {
	t.Parallel()
	c := config.Defaults()
	c.StateDir, c.WebConfigFile = "/none/none", "whsec_CANARY"
	want := `web_config_file: must be a path that begins with /, ./ or ../; if a secret itself stands here, put it into a file and name that
state_dir: the folder is not there, nor the one it would be in: make it, or correct the path`
	if got := said(c.Validate()); got != want {
		t.Errorf("got %s", got)
	}
}

func TestAFileThatMayNotBeReadIsSaidSo(t *testing.T) {
	t.Parallel()
	if got := config.Cause(&fs.PathError{Op: "open", Path: "CANARY", Err: fs.ErrPermission}); got != noRight {
		t.Errorf("got %s", got)
	}
}
