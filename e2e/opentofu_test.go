package e2e_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// tofu is a directory with configurations of docs/examples/terraform, and what runs them.
type tofu struct {
	*vaultProgram
	binary string
	env    []string
}

// newTofu skips the test unless `make consumers` runs it: one program takes long to build, and the other has to be brought.
func newTofu(m mount, server *vaultdev.Server, examples ...string) tofu {
	m.t.Helper()
	binary, provider := os.Getenv("TOFU_BIN"), os.Getenv("TERRAFORM_PROVIDER_VAULT")
	if binary == "" || provider == "" {
		m.t.Skip("TOFU_BIN and TERRAFORM_PROVIDER_VAULT name no programs: make consumers runs this test")
	}
	run := tofu{vaultProgram: &vaultProgram{mount: m, dir: m.t.TempDir()}, binary: binary}
	plugins := m.t.TempDir()
	mustDo(m.t, os.Symlink(provider, filepath.Join(plugins, "terraform-provider-vault")))
	config := run.keep("tofurc", `provider_installation { dev_overrides { "hashicorp/vault" = "`+plugins+`" } }`)
	run.env = []string{
		"HOME=" + run.dir, "PATH=" + os.Getenv("PATH"), "TF_CLI_CONFIG_FILE=" + config, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"VAULT_ADDR=" + server.Address(), "VAULT_TOKEN=" + server.RootToken(),
	}
	for _, name := range examples {
		run.example(server, "terraform/"+name)
	}
	return run
}

// run runs a command and gives its exit code. It must not print a password.
func (r tofu) run(args ...string) (code int, output string) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), r.binary, append(args, "-no-color")...)
	cmd.Dir, cmd.Env = r.dir, r.env
	out, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		r.t.Fatalf("run tofu: %v", err)
	}
	for _, found := range sightings(out, mark) {
		r.t.Errorf("tofu %s prints a password: %s", args[0], found)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// want runs a command that has to end with this exit code.
func (r tofu) want(code int, args ...string) {
	r.t.Helper()
	if got, output := r.run(args...); got != code {
		r.t.Errorf("tofu %s exits with %d, want %d:\n%s", args[0], got, code, output)
	}
}

// wantPlan plans; 0 is no difference and 2 is one.
func (r tofu) wantPlan(code int, variables ...string) {
	r.t.Helper()
	r.want(code, append([]string{"plan", "-detailed-exitcode", "-input=false"}, variables...)...)
}

// The examples as they are, with the real programs: a password is handed over and is in no state and no plan, everything
// else is written, read back without drift, before and after rotations, and put right when somebody changed it.
func TestOpenTofuRunsTheExamples(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	m, pod, password := newMount(t, server, ""), startRotatingPod(t, oraclesim.Switches{}), newPassword()
	mustDo(t, pod.Pod().AddUser(oraclesim.User{Name: "API_GL", Password: password}))
	m.addFusion(pod, "gl")
	r := newTofu(m, server, "main.tf", "handover.tf")
	where := []string{"-var", "server_url=" + pod.URL()}
	handover := append([]string{
		"-var", "hand_over=true", "-var", "username=API_GL", "-var", "password=" + password, "-var", "ca_cert=" + string(pod.CACertPEM()),
	}, where...)

	r.want(0, append([]string{"apply", "-auto-approve", "-input=false"}, handover...)...)
	m.read("integrations/gl").want(http.StatusOK).has(fields{"policy": "quarterly", "modules": []string{"GL", "AP"}, "timeout": 45})
	m.read("creds/gl").want(http.StatusOK).has(fields{"password": password, "credential_version": 1})
	if n := refusals(pod, "API_GL"); n != 0 {
		t.Errorf("%d logins were refused", n)
	}
	r.wantPlan(0, where...)
	r.want(0, append([]string{"plan", "-input=false", "-out=" + filepath.Join(r.dir, "kept")}, handover...)...)
	for what, raw := range map[string][]byte{"state": readAll(t, filepath.Join(r.dir, "terraform.tfstate")), "plan": unzipped(t, filepath.Join(r.dir, "kept"))} {
		if len(raw) == 0 {
			t.Errorf("the %s is empty", what)
		}
		for _, found := range sightings(raw, mark) {
			t.Errorf("the %s holds a password: %s", what, found)
		}
	}

	m.patch("integrations/gl", fields{"directory": "gl"}).want(http.StatusOK)
	for n := range 2 {
		m.write("rotate/gl", nil).want(http.StatusOK).has(fields{"credential_version": n + 2, "rotation_phase": "idle"})
		r.wantPlan(0, where...)
	}
	m.patch("integrations/gl", fields{"timeout": 20}).want(http.StatusOK)
	r.wantPlan(2, where...)
	r.want(0, append([]string{"apply", "-auto-approve", "-input=false"}, where...)...)
	r.wantPlan(0, where...)
	served := m.read("creds/gl").want(http.StatusOK).has(fields{"credential_version": 3, "timeout": 45})

	reader := newTofu(m, server, "read.tf")
	reader.keep("uses.tf", `resource "terraform_data" "uses" {
  lifecycle {
    precondition {
      condition     = sha256(ephemeral.vault_generic_secret.gl_prod.data["password"]) == "`+sum(served.text("password"))+`"
      error_message = "another password was read"
    }
  }
}`)
	reader.want(0, "apply", "-auto-approve", "-input=false")
	for _, found := range sightings(readAll(t, filepath.Join(reader.dir, "terraform.tfstate")), served.text("password")) {
		t.Errorf("the state holds a password that was read: %s", found)
	}

	r.want(0, append([]string{"destroy", "-auto-approve", "-input=false"}, where...)...)
	m.read("creds/gl").want(http.StatusOK).has(fields{"password": served.text("password")})
}

// unzipped is what is in a plan.
func unzipped(t *testing.T, path string) []byte {
	t.Helper()
	archive, err := zip.OpenReader(path)
	mustDo(t, err)
	defer archive.Close()
	var all bytes.Buffer
	for _, file := range archive.File {
		content, err := file.Open()
		mustDo(t, err)
		_, err = io.Copy(&all, content)
		mustDo(t, err)
		mustDo(t, content.Close())
	}
	return all.Bytes()
}

// sum is what a configuration calls sha256 of a text.
func sum(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}
