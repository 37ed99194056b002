package backend_test

import (
	"testing"

	"github.com/hashicorp/vault/sdk/logical"
)

// spoil writes something that no engine wrote into an entry.
func (m *mount) spoil(key string) {
	m.t.Helper()
	must(m.t, m.storage.Put(m.t.Context(), &logical.StorageEntry{Key: key, Value: []byte(`{"record":7,"id":7}`)}))
	m.restart()
}

func TestARecordThatCannotBeReadIsMadeAnew(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.spoil("record/gl")
	if status := m.read("status/gl"); status["state"] != "unchecked" {
		t.Errorf("status answered %v", status)
	}
	if status := m.ok(logical.UpdateOperation, "check/gl", nil).Data; status["state"] != "ok" {
		t.Errorf("the check answered %v", status)
	}
}

func TestAnIntegrationThatCannotBeReadClosesNoOther(t *testing.T) {
	t.Parallel()
	m := newMount(t, someUsers(2)...)
	for name, user := range map[string]string{"a": "API_0", "b": "API_1"} {
		m.ok(logical.UpdateOperation, "integrations/"+name, m.fields(map[string]any{"username": user}))
	}
	m.spoil("integration/a")
	if status := m.read("status/b"); status["state"] != "ok" {
		t.Errorf("status of the other answered %v", status)
	}
	m.refused(500, logical.ReadOperation, "creds/a", nil)
	m.ok(logical.DeleteOperation, "integrations/a", nil)
	m.ok(logical.UpdateOperation, "integrations/a", m.fields(map[string]any{"username": "API_0"}))
}
