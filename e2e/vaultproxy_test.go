package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// proxied is an answer that came over vault proxy.
type proxied struct {
	status int
	cache  string // what the proxy says of its cache: HIT or MISS
	Data   struct {
		Username string `json:"username"`
		Password string `json:"password"`
	} `json:"data"`
}

// over asks vault proxy; without a token, the proxy adds its own.
func (p *vaultProgram) over(address, method, path, token string) (got proxied, err error) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, "http://"+address+"/v1/"+path, bytes.NewBufferString(`{"ttl": "1h"}`))
	mustDo(p.t, err)
	if token != "" {
		request.Header.Set("X-Vault-Token", token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return proxied{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	mustDo(p.t, err)
	if response.StatusCode == http.StatusOK {
		mustDo(p.t, json.Unmarshal(raw, &got))
	}
	got.status, got.cache = response.StatusCode, response.Header.Get("X-Cache")
	return got, nil
}

// Vault Proxy caches answers with a lease or a token, and with cache_static_secrets those of kv mounts. Ours are neither,
// so that what an application reads over it is never older than the promotion of the new password, and each read is one
// of the engine's own. The example does not ask for static secrets, which need Vault Enterprise; the test does.
func TestVaultProxyServesNoOldCredential(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	m, pod := newMount(t, server, ""), startRotatingPod(t, oraclesim.Switches{})
	r := m.addRotating(pod, "gl", asPair)
	p := newVaultProgram(m)
	address := freeAddress(t)
	p.start("proxy", p.example(server, "vault-proxy/proxy.hcl", "127.0.0.1:8100", address, "cache {}", "cache { cache_static_secrets = true }"))
	read := func(path string) proxied {
		got, err := p.over(address, http.MethodGet, m.path+"/"+path, "")
		mustDo(t, err)
		if got.status != http.StatusOK || got.cache == "HIT" {
			t.Fatalf("%s over the proxy is status %d, cache %q", path, got.status, got.cache)
		}
		return got
	}
	await(t, startLimit, "the proxy to have logged in", func() bool {
		got, err := p.over(address, http.MethodGet, m.path+"/creds/gl", "")
		return err == nil && got.status == http.StatusOK
	})
	for n := range 5 {
		read("connector/gl")
		before := read("creds/gl")
		m.write("rotate/gl", nil).want(http.StatusOK).has(fields{"credential_version": n + 2})
		after := read("creds/gl")
		if after.Data.Username == before.Data.Username || !pod.Pod().HasPassword(after.Data.Username, after.Data.Password) {
			t.Errorf("after rotation %d the proxy serves the credential of before, or a dead one, of %s", n+1, after.Data.Username)
		}
		if !pod.Pod().HasPassword(before.Data.Username, before.Data.Password) {
			t.Errorf("rotation %d took the credential of %s, which was read right before it", n+1, before.Data.Username)
		}
	}
	if fault := r.lost(pod.Pod(), m.read("creds/gl").want(http.StatusOK)); fault != "" {
		t.Error(fault)
	}

	// That its cache works at all shows on what it does keep: a token.
	const made = "auth/token/create-orphan"
	for _, want := range []string{"MISS", "HIT"} {
		got, err := p.over(address, http.MethodPost, made, server.RootToken())
		mustDo(t, err)
		if got.status != http.StatusOK || got.cache != want {
			t.Errorf("%s over the proxy is status %d, cache %q, want %s", made, got.status, got.cache, want)
		}
	}
}
