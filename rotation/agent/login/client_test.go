package login_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

// tlsVault is a server with TLS that answers as the handler says, and the session that asks it with AppRole.
func tlsVault(t *testing.T, handle http.HandlerFunc) (config.Vault, *httptest.Server) {
	t.Helper()
	server := httptest.NewTLSServer(handle)
	t.Cleanup(server.Close)
	return config.Vault{Address: server.URL, CACert: authority(t, server), Auth: approle(t, "secret-id-1")}, server
}

// accept answers a login.
func accept(w http.ResponseWriter) {
	fmt.Fprint(w, `{"auth":{"client_token":"hvs.new","renewable":true,"lease_duration":3600}}`)
}

func TestTheEnvironmentOfVaultCounts(t *testing.T) {
	var got *http.Request
	cfg, server := tlsVault(t, func(w http.ResponseWriter, r *http.Request) { got = r; accept(w) })
	t.Setenv("VAULT_ADDR", server.URL)
	t.Setenv("VAULT_CACERT", cfg.CACert)
	t.Setenv("VAULT_NAMESPACE", "of/environment")
	t.Setenv("VAULT_HEADERS", `{"X-House":"ours"}`)
	t.Setenv("VAULT_TOKEN", "hvs.of-somebody-else")
	t.Setenv("VAULT_WRAP_TTL", "5m")
	session, err := login.New(config.Vault{Auth: cfg.Auth}, (&journal{}).logger())
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"X-Vault-Namespace": "of/environment", "X-House": "ours", "X-Vault-Request": "true",
		"X-Vault-Token": "", "X-Vault-Wrap-Ttl": "",
	} {
		if value := got.Header.Get(header); value != want {
			t.Errorf("%s is %q, want %q", header, value, want)
		}
	}
	client, err := session.Client()
	if err != nil {
		t.Fatal(err)
	}
	if client.Token() != "hvs.new" {
		t.Errorf("the client's token is %q", client.Token())
	}
}

func TestTheConfigurationWinsOverTheEnvironment(t *testing.T) {
	var got *http.Request
	cfg, _ := tlsVault(t, func(w http.ResponseWriter, r *http.Request) { got = r; accept(w) })
	t.Setenv("VAULT_ADDR", "https://192.0.2.1:1")
	t.Setenv("VAULT_AGENT_ADDR", "https://192.0.2.1:2")
	t.Setenv("VAULT_NAMESPACE", "of/environment")
	cfg.Namespace = "of/file"
	session, err := login.New(cfg, (&journal{}).logger())
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	if namespace := got.Header.Get("X-Vault-Namespace"); namespace != "of/file" {
		t.Errorf("the namespace is %q", namespace)
	}
}

func TestAnEnvironmentThatIsWrongIsSaidSo(t *testing.T) {
	cases := map[string]struct{ name, value string }{
		"a number that is none": {"VAULT_MAX_RETRIES", "many"},
		"headers that are none": {"VAULT_HEADERS", "none"},
		"an authority missing":  {"VAULT_CACERT", "/nowhere/ca.pem"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv(c.name, c.value)
			if _, err := login.New(config.Vault{Auth: approle(t, "x")}, (&journal{}).logger()); err == nil {
				t.Error("it was taken")
			}
		})
	}
	if _, err := login.New(config.Vault{CACert: "/nowhere/ca.pem", Auth: approle(t, "x")}, (&journal{}).logger()); err == nil || !strings.Contains(err.Error(), "vault.ca_cert") {
		t.Errorf("vault.ca_cert: %v", err)
	}
	if _, err := login.New(config.Vault{Auth: config.Auth{Method: "userpass"}}, (&journal{}).logger()); err == nil || !strings.Contains(err.Error(), "choose token") {
		t.Errorf("an unknown method: %v", err)
	}
}

func TestNothingIsSentTwice(t *testing.T) {
	t.Setenv("VAULT_MAX_RETRIES", "5")
	for _, status := range []int{412, 429, 500, 502, 503} {
		asked := 0
		cfg, _ := tlsVault(t, func(w http.ResponseWriter, _ *http.Request) { asked++; w.WriteHeader(status) })
		session, err := login.New(cfg, (&journal{}).logger())
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Login(t.Context()); err == nil || asked != 1 {
			t.Errorf("%d: it was asked %d times (%v)", status, asked, err)
		}
	}
}

func TestAnAnswerWithoutEndIsCutOff(t *testing.T) {
	for _, status := range []int{200, 400} {
		sent := 0
		cfg, _ := tlsVault(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			for chunk := bytes.Repeat([]byte(" "), 1<<20); sent < 4*login.MaxAnswer; sent += len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		})
		session, err := login.New(cfg, (&journal{}).logger())
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), "larger than 32 MiB") {
			t.Errorf("%d: %v", status, err)
		}
		if sent >= 4*login.MaxAnswer {
			t.Errorf("%d: all of it was read", status)
		}
	}
}
