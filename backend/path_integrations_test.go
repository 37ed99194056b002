package backend_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"
)

func TestWriteProvesThenStores(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	answer := m.write()
	if answer.Data["state"] != "ok" || answer.Data["credential_version"] != 1 {
		t.Errorf("the write answered %v", answer.Data)
	}
	creds := m.read("creds/gl")
	if creds["password"] != password || creds["username"] != user || creds["server_url"] != m.sim.URL() {
		t.Errorf("creds answered %v", creds)
	}
	if got := creds["rest_api_url"]; got != m.sim.URL()+"/fscmRestApi/resources/latest/" {
		t.Errorf("rest_api_url is %v", got)
	}
	status := m.read("status/gl")
	if status["state"] != "ok" || status["reason"] != "logged_in" || status["confidence"] != "confirmed" {
		t.Errorf("status answered %v", status)
	}
	if logins := m.sim.Pod().Logins(user); len(logins) != 1 || !logins[0].Accepted {
		t.Errorf("the write spent %v, want one accepted login", logins)
	}
}

func TestWrongPasswordIsRefusedAndNothingStored(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	text := m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(map[string]any{"password": "Wrong-Horse-9"}))
	if !strings.Contains(text, "refused login 1") || strings.Contains(text, "Wrong-Horse-9") {
		t.Errorf("the refusal says %q", text)
	}
	m.refused(404, logical.ReadOperation, "integrations/gl", nil)
	m.refused(404, logical.ReadOperation, "creds/gl", nil)
	if logins := m.sim.Pod().Logins(user); len(logins) != 1 {
		t.Errorf("the write spent %d logins, want 1", len(logins))
	}
}
