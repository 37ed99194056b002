package backend_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// What happens while a login is under way.

func TestTwoWritesAtOnceDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pod := &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, &logical.InmemStorage{}, pod)
		defer m.backend.Cleanup(t.Context())
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(nil))
		pod.set(func(p *clockedPod) {
			p.during = func() { m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 7}) }
		})
		text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
		if !strings.Contains(text, "at the same time") {
			t.Errorf("it says %q", text)
		}
		if creds := m.read("creds/gl"); creds["password"] != password || creds["timeout"] != int64(7) {
			t.Errorf("creds answered %v", creds)
		}
	})
}

func TestAResultOfThePasswordBeforeIsDropped(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*mount){
		"another password": func(m *mount) {
			m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9", "verify_connection": false})
		},
		"deleted": func(m *mount) { m.ok(logical.DeleteOperation, "integrations/gl", nil) },
		"deleted and created": func(m *mount) {
			m.ok(logical.DeleteOperation, "integrations/gl", nil)
			m.write(map[string]any{"verify_connection": false})
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMount(t)
			m.write()
			store := m.backend.(rotation.Integrations)
			seen, _, err := store.LoadIntegration(t.Context(), "gl", "")
			must(t, err)
			change(m)
			before := m.stored()
			must(t, store.SaveRecord(t.Context(), seen, seen.Ledger, rotation.Change{Decide: func(rotation.Snapshot) rotation.Record {
				t.Error("the result of a check was laid over another password")
				return rotation.Record{}
			}}))
			if after := m.stored(); !cmp.Equal(before, after) {
				t.Errorf("storage changed:\n%s", cmp.Diff(before, after))
			}
		})
	}
}

func TestANewPasswordIsTriedOnceThoughTheEngineWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pod := &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, &logical.InmemStorage{}, pod)
		defer m.backend.Cleanup(t.Context())
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(nil))
		pod.set(func(p *clockedPod) { p.login, p.logins = oracle.LoginRefused, nil })
		time.Sleep(48 * time.Hour) // the engine has spent its budget
		if pod.count() != 2 {
			t.Fatalf("the engine spent %d logins", pod.count())
		}
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9", "verify_connection": false})
		pod.set(func(p *clockedPod) { p.login = oracle.LoginAccepted })
		time.Sleep(time.Hour)
		if status := m.read("status/gl"); status["state"] != "ok" || pod.count() != 3 {
			t.Errorf("after %d logins status answered %v", pod.count(), status)
		}
	})
}

func TestInitializeTwiceRunsOneSweep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pod := &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, &logical.InmemStorage{}, pod)
		must(t, m.backend.Initialize(t.Context(), &logical.InitializationRequest{Storage: m.storage}))
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(nil))
		m.backend.Cleanup(t.Context())
		time.Sleep(48 * time.Hour)
		if pod.count() != 1 {
			t.Errorf("a second sweep outlived Clean and logged in %d times", pod.count()-1)
		}
	})
}

func TestOneIntegrationPerUserAndPodAfterARestart(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.restart()
	if text := m.refused(400, logical.UpdateOperation, "integrations/other", m.fields()); !strings.Contains(text, "already holds this user") {
		t.Errorf("it says %q", text)
	}
}

func TestTheExistenceCheckSeesNoValues(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	for _, value := range []any{map[string]any{"a": canary}, []any{canary}, 7} {
		req := &logical.Request{Operation: logical.UpdateOperation, Path: "integrations/gl", Storage: m.storage, Data: map[string]any{
			"password": value, "timeout": value, "modules": value, "paused_until": value,
		}}
		if found, exists, err := m.backend.HandleExistenceCheck(t.Context(), req); err != nil || !found || exists {
			t.Errorf("it answered %v %v %v", found, exists, err)
		}
	}
}
