package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// vaultProgram is a program of Vault's own, agent or proxy, that reads a credential for an application. It runs with a
// configuration that docs/examples shows.
type vaultProgram struct {
	mount
	dir string
	cmd *exec.Cmd
}

// newVaultProgram is a place for its files, and a role to log in with that may do what an application may; more are the
// names of integrations that it may read beside gl.
func newVaultProgram(m mount, more ...string) *vaultProgram {
	m.t.Helper()
	p := &vaultProgram{mount: m, dir: m.t.TempDir()}
	ctx, logical, path := m.t.Context(), m.client.Logical(), m.path+"-approle"
	mustDo(m.t, m.client.Sys().EnableAuthWithOptionsWithContext(ctx, path, &api.EnableAuthOptions{Type: "approle"}))
	policy := m.shipped(applicationPolicy)
	for _, name := range more {
		policy += strings.ReplaceAll(m.shipped(applicationPolicy), `/gl"`, "/"+name+`"`)
	}
	mustDo(m.t, m.client.Sys().PutPolicyWithContext(ctx, path, policy))
	role := "auth/" + path + "/role/application"
	_, err := logical.WriteWithContext(ctx, role, fields{"token_policies": path, "token_ttl": "1h"})
	mustDo(m.t, err)
	id, err := logical.ReadWithContext(ctx, role+"/role-id")
	mustDo(m.t, err)
	secret, err := logical.WriteWithContext(ctx, role+"/secret-id", nil)
	mustDo(m.t, err)
	p.keep("role-id", fmt.Sprint(id.Data["role_id"]))
	p.keep("secret-id", fmt.Sprint(secret.Data["secret_id"]))
	return p
}

// keep writes a file of the program.
func (p *vaultProgram) keep(name, text string) (path string) {
	p.t.Helper()
	path = filepath.Join(p.dir, name)
	mustDo(p.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// example is a file of docs/examples as it is, but for the names of this mount and integration, for where things are on
// this machine, and for what else the test replaces.
func (p *vaultProgram) example(server *vaultdev.Server, path string, replace ...string) (copied string) {
	p.t.Helper()
	text := string(readAll(p.t, filepath.Join("..", "docs", "examples", path)))
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			p.t.Errorf("docs/examples/%s does not say %s", path, replace[i])
		}
	}
	text = strings.NewReplacer(append(replace,
		"https://vault.example.com:8200", server.Address(),
		"auth/approle", "auth/"+p.path+"-approle",
		"/etc/vault-agent.d", p.dir, "/etc/vault-proxy.d", p.dir, "/run/gl-prod", p.dir,
		"oracle-financials/", p.path+"/", "creds/gl-prod", "creds/gl", "connector/gl-prod", "connector/gl",
		"integrations/gl-prod", "integrations/gl",
	)...).Replace(text)
	return p.keep(filepath.Base(path), text)
}

// start runs it until the test ends. Its log must hold no password, no panic and no race.
func (p *vaultProgram) start(kind string, configs ...string) {
	p.t.Helper()
	binary, err := vaultdev.Binary(p.t.Context())
	mustDo(p.t, err)
	args := []string{kind, "-log-level=debug"}
	for _, config := range configs {
		args = append(args, "-config="+config)
	}
	log, err := os.Create(filepath.Join(p.dir, "log"))
	mustDo(p.t, err)
	p.cmd = exec.Command(binary, args...)
	// Nothing of the caller's: VAULT_ADDR or a token would stand in for what the configuration says.
	p.cmd.Env, p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = []string{"HOME=" + p.dir, "PATH=" + os.Getenv("PATH")}, p.dir, log, log
	mustDo(p.t, p.cmd.Start())
	exited := make(chan error, 1)
	go func() { exited <- p.cmd.Wait() }()
	p.t.Cleanup(func() { p.end(kind, exited, log) })
}

func (p *vaultProgram) end(kind string, exited chan error, log *os.File) {
	select {
	case err := <-exited:
		p.t.Errorf("vault %s ended by itself: %v", kind, err)
	default:
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		if err := <-exited; err != nil {
			p.t.Logf("vault %s was told to end, and ended with %v", kind, err)
		}
	}
	_ = log.Close()
	said := readAll(p.t, log.Name())
	for _, found := range sightings(said, mark) {
		p.t.Errorf("vault %s wrote a password into its log: %s", kind, found)
	}
	if strings.Contains(string(said), "panic") {
		p.t.Errorf("vault %s panicked", kind)
	}
	if p.t.Failed() {
		p.t.Logf("vault %s said:\n%s", kind, said)
	}
}
