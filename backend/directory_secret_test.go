package backend_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const secretRefused = "this very secret was refused"

func TestARefusedSecretIsKnownAgain(t *testing.T) {
	t.Parallel()
	for kind, secret := range map[string]string{"fusion": "password", "identity_domain": "client_secret"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := newGuardedMount(t, oraclesim.Switches{})
			path, wrong := "directories/"+kind, map[string]any{secret: "Wrong-Horse-9"}
			m.ok(logical.UpdateOperation, path, m.kinds()[kind])
			m.refused(400, logical.PatchOperation, path, wrong)
			m.sim.Pod().ResetLogs()
			m.restart()
			for _, again := range []func() string{
				func() string { return m.refused(400, logical.PatchOperation, path, wrong) },
				func() string {
					return m.refused(400, logical.UpdateOperation, "directories/another", laid(m.kinds()[kind], wrong))
				},
			} {
				text := again()
				if !strings.Contains(text, secretRefused) || !strings.Contains(text, "no login was spent") || strings.Contains(text, "action=release") {
					t.Errorf("it says %q", text)
				}
			}
			answer := m.ok(logical.PatchOperation, path, laid(map[string]any{"verify_connection": false}, wrong))
			if text := strings.Join(answer.Warnings, " "); !strings.Contains(text, secretRefused) || !strings.Contains(text, "send it once more") {
				t.Errorf("stored all the same, it warns %q", text)
			}
			m.write(map[string]any{"directory": kind})
			for range 3 {
				shows(t, "nothing tries it", m.checks(), map[string]any{"state": "ok"})
			}
			if n := m.requests(lookUps); n != 0 {
				t.Errorf("a secret that was refused was sent %d times", n)
			}
			shows(t, "held", m.read(path), map[string]any{"state": "held"})
			// Right after all: whoever insists on what is stored spends a login of people's budget.
			if kind == "fusion" {
				must(t, m.sim.Pod().SetPassword(adminUser, "Wrong-Horse-9"))
			} else {
				must(t, m.sim.Pod().SetClientSecret(clientID, "Wrong-Horse-9"))
			}
			if answer := m.ok(logical.PatchOperation, path, wrong); answer.Data["state"] != "ok" || len(answer.Warnings) != 0 {
				t.Errorf("sent once more it answered %v %v", answer.Data, answer.Warnings)
			}
		})
	}
}

func TestADirectorysUserThatWasUnlocked(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{}, "fusion")
	pod := m.sim.Pod()
	must(t, pod.Lock(adminUser))
	m.is("its user is well", map[string]any{"state": "ok"})
	shows(t, "locked", m.read("directories/fusion"), map[string]any{"state": "held"})
	must(t, pod.Unlock(adminUser))
	pod.AdvanceClock(2 * time.Hour)
	answer := m.ok(logical.PatchOperation, "directories/fusion", map[string]any{"password": adminSecret})
	if answer.Data["state"] != "ok" {
		t.Errorf("with the same secret again it answered %v %v", answer.Data, answer.Warnings)
	}
}

// Another secret that was stored unproved is tried by the next check, on the budget of who wrote it.
func TestAnotherSecretUnproved(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{}, "fusion")
	must(t, m.sim.Pod().SetPassword(adminUser, "Second-Horse-9"))
	m.checks()
	shows(t, "refused", m.read("directories/fusion"), map[string]any{"state": "held"})
	answer := m.ok(logical.PatchOperation, "directories/fusion", map[string]any{"password": "Second-Horse-9", "verify_connection": false})
	if text := strings.Join(answer.Warnings, " "); strings.Contains(text, secretRefused) || answer.Data["state"] != "unchecked" {
		t.Errorf("it answered %v %q", answer.Data, text)
	}
	m.checks()
	shows(t, "tried", m.read("directories/fusion"), map[string]any{"state": "ok"})
}

// Another node may have made another key of fingerprints.
func TestTheKeyOfFingerprintsIsReadAnew(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(map[string]any{"password": "Wrong-Horse-9"}))
	must(t, m.storage.Delete(t.Context(), "fingerprint_key"))
	m.backend.InvalidateKey(t.Context(), "fingerprint_key")
	text := m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(map[string]any{"password": "Wrong-Horse-9"}))
	if strings.Contains(text, knownRefused) || len(m.sim.Pod().Logins(user)) != 2 {
		t.Errorf("after %d logins it says %q", len(m.sim.Pod().Logins(user)), text)
	}
}

func TestTheNewPathsHaveHelpWithAnExampleAndSchemas(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	for path, sensitive := range map[string][]string{"directories/": nil, "directories/x": {"password", "client_secret"}, "reconcile/x": nil, "history/x": nil} {
		p := m.backend.(interface {
			Route(path string) *framework.Path
		}).Route(path)
		if p == nil || p.HelpSynopsis == "" || !strings.Contains(p.HelpDescription, "vault ") {
			t.Errorf("%s has no help with an example", path)
			continue
		}
		for operation, handler := range p.Operations {
			properties := handler.Properties()
			if properties.Summary == "" || len(properties.Responses) == 0 || properties.DisplayAttrs == nil {
				t.Errorf("%s %s lacks a summary, a response or an operation id", operation, path)
			}
			if operation != logical.ReadOperation && operation != logical.ListOperation && !properties.ForwardPerformanceStandby {
				t.Errorf("%s %s is not forwarded to the node that may write", operation, path)
			}
		}
		for _, name := range sensitive {
			if field := p.Fields[name]; field == nil || field.DisplayAttrs == nil || !field.DisplayAttrs.Sensitive {
				t.Errorf("%s: %s is not marked sensitive", path, name)
			}
		}
		for name, field := range p.Fields {
			if field.Description == "" {
				t.Errorf("%s: %s has no description", path, name)
			}
		}
	}
}

// A proof asks for a user that the directory permits: anybody may look up himself on some pods.
func TestWhomAProofAsksFor(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	for patterns, want := range map[string]string{
		"API_GL": "API_GL", "API_*": "API_", "*,INT_*": "INT_", "VAULT_ADMIN,API_GL": "API_GL", "*": adminUser,
	} {
		m.sim.Pod().ResetLogs()
		m.ok(logical.UpdateOperation, "directories/d", m.fusion(map[string]any{"allowed_usernames": patterns}))
		asked := m.requests(func(r oraclesim.Request) bool { return lookUps(r) && strings.Contains(r.Query, "%22"+want+"%22") })
		if asked != 1 || len(m.sim.Pod().Requests()) != 1 {
			t.Errorf("%s: it asked %v", patterns, m.sim.Pod().Requests())
		}
	}
}
