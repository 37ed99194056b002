package login_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

// realVault is a Vault that also listens with TLS, for certificates.
type realVault struct {
	*vaultdev.Server
	tls, authority string // its address, and the file with who signed it
}

// startReal starts a Vault. Its binary is a script that adds a configuration, because a dev server listens without TLS.
func startReal(t *testing.T) realVault {
	t.Helper()
	dir := t.TempDir()
	binary, err := vaultdev.Binary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	certificate, key := identity(t, dir, 1, net.IPv4(127, 0, 0, 1))
	settings, err := json.Marshal(map[string]any{"listener": []any{map[string]any{"tcp": map[string]any{
		"address": address, "tls_cert_file": certificate, "tls_key_file": key,
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	extra, script := filepath.Join(dir, "tls.json"), filepath.Join(dir, "vault.sh")
	fill(t, extra, string(settings))
	fill(t, script, fmt.Sprintf("#!/bin/sh\nexec %q \"$@\" -config=%q\n", binary, extra))
	if err := os.Chmod(script, 0o700); err != nil {
		t.Fatal(err)
	}
	server, err := vaultdev.StartDev(t.Context(), vaultdev.Options{Dir: t.TempDir(), Binary: script})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return realVault{server, "https://" + address, certificate}
}

// write writes as root, and fails the test when Vault refuses.
func (r realVault) write(t *testing.T, path string, data map[string]any) *api.Secret {
	t.Helper()
	answer, err := r.Client().Logical().WriteWithContext(t.Context(), path, data)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// auth mounts an auth method at a path of its own.
func (r realVault) auth(t *testing.T, mount, kind string) {
	t.Helper()
	if err := r.Client().Sys().EnableAuthWithOptionsWithContext(t.Context(), mount, &api.EnableAuthOptions{Type: kind}); err != nil {
		t.Fatal(err)
	}
}

// token makes one with the policy default, or none.
func (r realVault) token(t *testing.T, data map[string]any) string {
	t.Helper()
	return r.write(t, "auth/token/create", data).Auth.ClientToken
}

// runs starts a session that runs until the test ends.
func (r realVault) runs(t *testing.T, cfg config.Vault) (*login.Session, *journal) {
	t.Helper()
	log := &journal{}
	session, err := login.New(cfg, log.logger())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		session.Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	await(t, "a login", func() bool { _, err := session.Client(); return err == nil })
	return session, log
}

// awaitLimit is far more than anything here takes on an idle machine.
const awaitLimit = 30 * time.Second

// await asks until done says yes.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	limit := time.NewTimer(awaitLimit)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("waited %s in vain for %s", awaitLimit, what)
		}
	}
}

// lives says whether the session's token is one that Vault knows.
func lives(t *testing.T, session *login.Session) bool {
	t.Helper()
	client, err := session.Client()
	if err != nil {
		return false
	}
	_, err = client.Auth().Token().LookupSelfWithContext(t.Context())
	return err == nil
}

// current is the session's token.
func current(t *testing.T, session *login.Session) string {
	t.Helper()
	client, err := session.Client()
	if err != nil {
		t.Fatal(err)
	}
	return client.Token()
}

func TestWithARealVault(t *testing.T) {
	vault := startReal(t)
	t.Run("sessions", func(t *testing.T) {
		tests := map[string]func(*testing.T, realVault){
			"a wrapped secret id serves for several logins":        realWrapped,
			"a revoked token is replaced":                          realRevoked,
			"a path that is denied causes no login":                realDenied,
			"a token file is followed and never renewed":           realTokenFile,
			"a token that may not look at itself is taken":         realBlind,
			"a certificate logs in and renews, and may be changed": realCertificate,
			"what Vault refuses is said":                           realRefusals,
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, vault)
			})
		}
	})
}

// role makes an AppRole at a mount of its own, and gives what logs in there.
func role(t *testing.T, vault realVault, mount string, settings map[string]any, wrap bool) config.Vault {
	t.Helper()
	vault.auth(t, mount, "approle")
	vault.write(t, "auth/"+mount+"/role/agent", settings)
	read, err := vault.Client().Logical().ReadWithContext(t.Context(), "auth/"+mount+"/role/agent/role-id")
	if err != nil {
		t.Fatal(err)
	}
	asking, err := vault.NewClient(vault.RootToken())
	if err != nil {
		t.Fatal(err)
	}
	if wrap {
		asking.SetWrappingLookupFunc(func(string, string) string { return "60s" })
	}
	made, err := asking.Logical().WriteWithContext(t.Context(), "auth/"+mount+"/role/agent/secret-id", map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	secretID := ""
	if wrap {
		secretID = made.WrapInfo.Token
	} else {
		secretID = made.Data["secret_id"].(string)
	}
	return config.Vault{Address: vault.Address(), Auth: config.Auth{
		Method: config.MethodAppRole, Mount: mount, RoleID: read.Data["role_id"].(string),
		SecretIDFile: file(t, secretID+"\n"), SecretIDWrapped: wrap,
	}}
}

func realWrapped(t *testing.T, vault realVault) {
	session, log := vault.runs(t, role(t, vault, "wrapped", map[string]any{"token_ttl": "2s", "token_max_ttl": "6s"}, true))
	first := current(t, session)
	await(t, "another token", func() bool { return current(t, session) != first })
	if !lives(t, session) {
		t.Error("the second token is dead")
	}
	if told := log.says("there is no login"); told != 0 {
		t.Errorf("a login failed:\n%s", log)
	}
}

func realRevoked(t *testing.T, vault realVault) {
	session, log := vault.runs(t, role(t, vault, "revoked", map[string]any{"token_ttl": "1h"}, false))
	first := current(t, session)
	vault.write(t, "auth/token/revoke", map[string]any{"token": first})
	if agent(t, session) == nil {
		t.Fatal("the token was not revoked")
	}
	await(t, "another token", func() bool { return lives(t, session) })
	if told := log.says("does not know it any more"); told != 1 {
		t.Errorf("the log says it %d times:\n%s", told, log)
	}
}

func realDenied(t *testing.T, vault realVault) {
	session, log := vault.runs(t, role(t, vault, "denied", map[string]any{"token_ttl": "1h"}, false))
	first := current(t, session)
	if agent(t, session) == nil {
		t.Fatal("the path was not denied")
	}
	await(t, "the log to say it", func() bool { return log.says("but the token lives") == 1 })
	if current(t, session) != first {
		t.Error("it was replaced")
	}
}

func realTokenFile(t *testing.T, vault realVault) {
	first, second := vault.token(t, map[string]any{"ttl": "5s", "explicit_max_ttl": "1h"}), vault.token(t, map[string]any{"ttl": "1h"})
	path := file(t, first)
	session, log := vault.runs(t, config.Vault{Address: vault.Address(), Auth: config.Auth{Method: config.MethodTokenFile, TokenFile: path}})
	await(t, "the first to end, for nobody renews it", func() bool { return !lives(t, session) })
	fill(t, path, second)
	session.Rejected()
	await(t, "the second", func() bool { return lives(t, session) })
	if current(t, session) != second || log.says("its file holds another") != 1 {
		t.Errorf("the log says:\n%s", log)
	}
}

func realBlind(t *testing.T, vault realVault) {
	token := vault.token(t, map[string]any{"ttl": "1h", "no_default_policy": true, "policies": []string{"nothing"}})
	session, _ := vault.runs(t, config.Vault{Address: vault.Address(), Auth: config.Auth{Method: config.MethodTokenFile, TokenFile: file(t, token)}})
	if current(t, session) != token {
		t.Error("it is another token")
	}
}

func realCertificate(t *testing.T, vault realVault) {
	dir := t.TempDir()
	certificate, key := identity(t, dir, 7)
	vault.auth(t, "certificates", "cert")
	trust := func() {
		raw, err := os.ReadFile(certificate)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(raw)
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		vault.write(t, "auth/certificates/certs/agent-"+parsed.SerialNumber.String(), map[string]any{
			"certificate": string(raw), "token_ttl": "5s", "token_max_ttl": "8s",
		})
	}
	trust()
	session, log := vault.runs(t, config.Vault{Address: vault.tls, CACert: vault.authority, Auth: config.Auth{
		Method: config.MethodCert, Mount: "certificates", ClientCert: certificate, ClientKey: key,
	}})
	first := current(t, session)
	end, _ := session.Expiry()
	await(t, "a renewal", func() bool { now, known := session.Expiry(); return known && now.After(end) })
	if current(t, session) != first {
		t.Errorf("it was replaced, not renewed:\n%s", log)
	}
	identity(t, dir, 8)
	trust()
	await(t, "a login with the other certificate", func() bool { return current(t, session) != first && lives(t, session) })
	if told := log.says("there is no login"); told != 0 {
		t.Errorf("a login failed:\n%s", log)
	}
}

func realRefusals(t *testing.T, vault realVault) {
	good := role(t, vault, "refusing", map[string]any{"token_ttl": "1h", "secret_id_num_uses": 1}, false)
	wrapped := role(t, vault, "refusing-wrapped", map[string]any{}, true)
	fill(t, wrapped.Auth.SecretIDFile, "hvs.nonsense")
	cases := map[string]struct {
		cfg  config.Vault
		says string
	}{
		"a secret id that was used up":  {good, "Vault refused the login by approle (400 invalid role or secret ID): look whether"},
		"a wrapping token that is none": {wrapped, "was unwrapped before"},
		"a token that is none": {
			config.Vault{Address: vault.Address(), Auth: config.Auth{Method: config.MethodTokenFile, TokenFile: file(t, "hvs.nonsense")}},
			"Vault does not take the token (403 permission denied; invalid token): the agent waits for another",
		},
		"a mount that is not there": {
			config.Vault{Address: vault.Address(), Auth: config.Auth{Method: config.MethodJWT, Mount: "nowhere", JWTFile: file(t, "jwt")}},
			"Vault refused the login by jwt (403 permission denied)",
		},
		"plain http": {
			config.Vault{Address: strings.Replace(vault.tls, "https", "http", 1), Auth: good.Auth}, "http or https included",
		},
	}
	for name, c := range cases {
		session, err := login.New(c.cfg, (&journal{}).logger())
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "a secret id") {
			if err := session.Login(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}
