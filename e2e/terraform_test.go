package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// endpoint does what the resource vault_generic_endpoint of the provider hashicorp/vault does, in its order:
// https://github.com/hashicorp/terraform-provider-vault/blob/31447510c/vault/resource_generic_endpoint.go
type endpoint struct {
	mount
	path               string
	ignoreAbsentFields bool
	writeFields        []string

	state   string            // data_json as it is kept
	written map[string]string // write_data
}

// apply writes data_json, keeps what write_fields name, and reads back.
func (e *endpoint) apply(dataJSON string) {
	e.t.Helper()
	e.state = normalised(e.t, dataJSON)
	answered := e.write(e.path, decoded(e.t, dataJSON))
	if answered.status != http.StatusOK && answered.status != http.StatusNoContent {
		e.t.Fatalf("apply of %s: status %d %q", e.path, answered.status, answered.Errors)
	}
	e.written = map[string]string{}
	for _, name := range e.writeFields {
		if value, found := answered.Data[name]; found {
			e.written[name] = textOf(e.t, value)
		}
	}
	e.refresh()
}

// refresh reads, and keeps what it read of the fields that were written, or of all.
func (e *endpoint) refresh() {
	e.t.Helper()
	read := e.read(e.path).want(http.StatusOK).Data
	if e.ignoreAbsentFields {
		supplied := decoded(e.t, e.state)
		for name := range supplied {
			if value, found := read[name]; found {
				supplied[name] = value
			}
		}
		read = supplied
	}
	raw, err := json.Marshal(read)
	mustDo(e.t, err)
	e.state = normalised(e.t, string(raw))
}

// plan says what differs between a configuration and the state; nothing is no drift.
func (e *endpoint) plan(dataJSON string) string {
	e.t.Helper()
	if want := normalised(e.t, dataJSON); want != e.state {
		return "the configuration is\n" + want + "\nand the state\n" + e.state
	}
	return ""
}

func decoded(t *testing.T, text string) (data fields) {
	t.Helper()
	mustDo(t, json.Unmarshal([]byte(text), &data))
	return data
}

// normalised is the provider's form of data_json: one line, sorted, numbers as encoding/json has them.
func normalised(t *testing.T, text string) string { t.Helper(); return textOf(t, decoded(t, text)) }

func textOf(t *testing.T, value any) string {
	t.Helper()
	if text, isText := value.(string); isText {
		return text
	}
	raw, err := json.Marshal(value)
	mustDo(t, err)
	return string(raw)
}

// configurations are data_json by path, every field that a person would manage, in the form in which it is read.
func configurations(t *testing.T, pod *oraclesim.Server) map[string]string {
	t.Helper()
	certificate := textOf(t, map[string]string{"ca_cert": strings.TrimSpace(string(pod.CACertPEM()))})
	certificate = certificate[1 : len(certificate)-1]
	return map[string]string{
		"config": `{"allowed_hosts": ["localhost"], "max_concurrent_checks": 8, "max_concurrent_checks_per_host": 2, "disable_automated_sweep": false}`,
		"policies/quarterly": `{"check_period": 7200, "password_max_age": 7776000, "expiry_warning": 1814400, "failure_threshold": 5,
			"login_failure_budget": 1, "operator_login_budget": 1, "operator_login_window": 7200, "hold_period": 86400, "unlock_delay": 1800,
			"rotation_period": 7776000, "rotate_before_expiry": 1209600, "disable_automated_rotation": false, "password_length": 32}`,
		"policies/weekly": `{"check_schedule": "0 6 * * 1-5", "rotation_schedule": "0 3 * * 0", "rotation_window": 7200}`,
		"directories/gl":  `{"type": "fusion", "url": "` + pod.URL() + `", "username": "ADMIN_GL", "allowed_usernames": ["API_*"], "timeout": 20, ` + certificate + `}`,
		"integrations/gl": `{"server_url": "` + pod.URL() + `", ` + certificate + `, "policy": "quarterly", "directory": "gl", "modules": ["GL", "AP"],
			"timeout": 45, "retry_attempts": 2, "probes": {"GL": "11.13.18.05/ledgersLOV?limit=1"}, "self_managed": false,
			"paused_until": "2099-01-31T00:00:00Z", "pause_reason": "month end"}`,
	}
}

// Terraform writes, reads back, and must see no difference: not at once, not with the same configuration again, and not
// after a rotation. The integration was made before, with its password, as docs/consumers.md advises.
func TestTerraformSeesNoDrift(t *testing.T) {
	t.Parallel()
	m, pod := newMount(t, sharedVault(t), ""), startRotatingPod(t, oraclesim.Switches{})
	r := m.addRotating(pod, "gl", asPair)
	all := configurations(t, pod)
	managed := map[string]*endpoint{}
	before := logins(pod, r.users[0]) + logins(pod, r.users[1])
	for _, path := range []string{"config", "policies/quarterly", "policies/weekly", "directories/gl", "integrations/gl"} {
		e := &endpoint{mount: m, path: path, ignoreAbsentFields: true, writeFields: []string{"state", "credential_version", "password"}}
		managed[path] = e
		for range 2 {
			e.apply(all[path])
			if drift := e.plan(all[path]); drift != "" {
				t.Errorf("after apply, %s: %s", path, drift)
			}
		}
	}
	// Other modules are proved by a login; the same again is not.
	if n := logins(pod, r.users[0]) + logins(pod, r.users[1]) - before; n == 0 || n > 4 {
		t.Errorf("two applies spent %d requests with a password, want those of one proof", n)
	}
	if written := managed["integrations/gl"].written; written["state"] != "paused" || written["credential_version"] != "1" || written["password"] != "" {
		t.Errorf("write_fields of the integration keep %v", written)
	}
	for range 2 {
		m.write("rotate/gl", nil).want(http.StatusOK).has(fields{"rotation_phase": "idle"})
		for path, e := range managed {
			e.refresh()
			if drift := e.plan(all[path]); drift != "" {
				t.Errorf("after a rotation, %s: %s", path, drift)
			}
		}
	}
	// Drift that somebody made is seen, and put right without a password.
	m.patch("integrations/gl", fields{"timeout": 20}).want(http.StatusOK)
	e := managed["integrations/gl"]
	if e.refresh(); e.plan(all[e.path]) == "" {
		t.Error("a timeout that was changed by hand is not seen as drift")
	}
	if e.apply(all[e.path]); e.plan(all[e.path]) != "" {
		t.Error("an apply does not put the timeout right")
	}
	m.read("creds/gl").want(http.StatusOK).has(fields{"credential_version": 3, "timeout": 45})
}

// What docs/consumers.md warns of: what happens without its advice.
func TestTerraformWithoutTheAdvice(t *testing.T) {
	t.Parallel()
	m, pod := newMount(t, sharedVault(t), ""), startRotatingPod(t, oraclesim.Switches{})
	r := m.addRotating(pod, "gl", asPair)

	everything := &endpoint{mount: m, path: "integrations/gl"}
	if everything.apply(`{"timeout": 45}`); everything.plan(`{"timeout": 45}`) == "" {
		t.Error("without ignore_absent_fields there is no drift: say so in docs/consumers.md")
	}
	words := &endpoint{mount: m, path: "policies/p", ignoreAbsentFields: true}
	if words.apply(`{"check_period": "2h"}`); words.plan(`{"check_period": "2h"}`) == "" {
		t.Error("a duration in words is no drift: say so in docs/consumers.md")
	}
	certificate := textOf(t, map[string]string{"ca_cert": string(pod.CACertPEM())})
	lines := &endpoint{mount: m, path: "directories/gl", ignoreAbsentFields: true}
	if lines.apply(certificate); lines.plan(certificate) == "" {
		t.Error("a line break at the end of a certificate is no drift: say so in docs/consumers.md")
	}
	names := &endpoint{mount: m, path: "integrations/gl", ignoreAbsentFields: true}
	named := textOf(t, map[string]any{"username": r.users[0], "standby_username": r.users[1]})
	if names.apply(named); names.plan(named) != "" {
		t.Errorf("the user names of a pair: %s", names.plan(named))
	}
	m.write("rotate/gl", nil).want(http.StatusOK)
	if names.refresh(); names.plan(named) == "" {
		t.Error("the user names of a pair are no drift after a rotation: say so in docs/consumers.md")
	}
}

// Delete and read of what is gone end as the provider expects: 204, and nothing, which takes it out of the state.
func TestTerraformDestroys(t *testing.T) {
	t.Parallel()
	m, _, _ := proved(t, sharedVault(t))
	m.write("policies/p", fields{"check_period": 7200}).want(http.StatusNoContent)
	for _, path := range []string{"integrations/gl", "policies/p", "directories/absent"} {
		m.delete(path).want(http.StatusNoContent)
		if secret, err := m.client.Logical().ReadWithContext(t.Context(), m.path+"/"+path); secret != nil || err != nil {
			t.Errorf("after delete, a read of %s gives the provider %v, %v; want neither", path, secret, err)
		}
	}
	m.delete("config").want(http.StatusNoContent)
	m.read("config").want(http.StatusOK)
}

// The ephemeral vault_generic_endpoint writes when it is planned and once more when it is applied:
// https://github.com/hashicorp/terraform-provider-vault/blob/31447510c/internal/vault/generic/generic_endpoint_ephemeral.go
func TestTerraformHandsAPasswordOver(t *testing.T) {
	t.Parallel()
	m, pod := newMount(t, sharedVault(t), ""), startRotatingPod(t, oraclesim.Switches{})
	password := newPassword()
	mustDo(t, pod.Pod().AddUser(oraclesim.User{Name: "API_GL", Password: password}))
	m.addFusion(pod, "gl")
	handover := integration(pod, "API_GL", password).with(fields{"directory": "gl"})
	m.write("integrations/gl", handover).want(http.StatusOK).has(fields{"state": "ok", "credential_version": 1})
	once := logins(pod, "API_GL")
	m.write("integrations/gl", handover).want(http.StatusOK).has(fields{"state": "ok", "credential_version": 1})
	if n := logins(pod, "API_GL"); n != once {
		t.Errorf("the second write of the same password spent %d logins", n-once)
	}
	// Left in after a rotation, it is refused: once by Oracle, from then on without a login. What is served stays.
	m.write("rotate/gl", nil).want(http.StatusOK).has(fields{"credential_version": 2})
	for range 3 {
		m.write("integrations/gl", handover).want(http.StatusBadRequest)
	}
	if n := refusals(pod, "API_GL"); n > 1 {
		t.Errorf("three runs with the old password cost %d refused logins, want one", n)
	}
	served := m.read("creds/gl").want(http.StatusOK).has(fields{"credential_version": 2})
	if !pod.Pod().HasPassword("API_GL", served.text("password")) {
		t.Error("creds serves a dead password")
	}
}
