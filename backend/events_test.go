package backend_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/backend"
	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// bus is Vault's event bus.
type bus struct {
	mu   sync.Mutex
	fail error
	sent []sentEvent
}

type sentEvent struct {
	kind string
	data map[string]any
	text string
}

func (b *bus) SendEvent(_ context.Context, kind logical.EventType, event *logical.EventData) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, sentEvent{string(kind), event.GetMetadata().AsMap(), event.String()})
	return b.fail
}

// take gives what was sent since it was last asked.
func (b *bus) take() []sentEvent {
	b.mu.Lock()
	defer b.mu.Unlock()
	sent := b.sent
	b.sent = nil
	return sent
}

// heard restarts the engine with a bus.
func (m *mount) heard() *bus {
	m.t.Helper()
	b := &bus{}
	m.restartWith(b)
	return b
}

func (m *mount) restartWith(b *bus) {
	m.t.Helper()
	m.config = logical.TestBackendConfig()
	m.config.StorageView, m.config.Logger, m.config.EventsSender = m.storage, log.NewNullLogger(), b
	engine, err := backend.New(backend.Options{})(m.t.Context(), m.config)
	must(m.t, err)
	m.t.Cleanup(func() { engine.Cleanup(context.Background()) })
	m.backend = engine
}

func TestVaultsEventBusHearsOfChanges(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{NoAPILockLag: true}, "")
	b := m.heard()
	pod := m.sim.Pod()
	patch := func(fields map[string]any) { m.ok(logical.PatchOperation, "integrations/gl", fields) }
	// Each step is followed by the events that it sends: type, path, state and reason.
	steps := []struct {
		what string
		do   func()
		want string
	}{
		{"created", func() { m.write() }, "integration-write integrations/gl ok logged_in, state-change status/gl ok logged_in"},
		{"checked", func() { m.checks() }, ""},
		{"read", func() { m.read("creds/gl"); m.read("status/gl"); m.read("report") }, ""},
		{"a policy", func() { m.ok(logical.UpdateOperation, "policies/default", map[string]any{"unlock_delay": 0}) }, ""},
		{"a directory is written", func() { m.ok(logical.PatchOperation, "directories/domain", map[string]any{"timeout": 9}) }, ""},
		{"another timeout", func() { patch(map[string]any{"timeout": 7}) }, "integration-write integrations/gl ok logged_in"},
		{"refused writes", func() {
			m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 0})
			m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Wrong-Horse-9"})
		}, ""},
		{"the hold that it began", func() { m.ok(logical.UpdateOperation, "check/gl", map[string]any{"force": true}) }, ""},
		{"a directory", func() { patch(map[string]any{"directory": "domain"}) }, "integration-write integrations/gl ok logged_in"},
		{"locked", func() { must(t, pod.Lock(user)); m.checks() }, "state-change status/gl locked account_locked"},
		{"still locked", func() { m.checks() }, ""},
		{"unlocked", func() { must(t, pod.Unlock(user)); m.checks() }, "state-change status/gl ok logged_in"},
		{"paused", func() { patch(map[string]any{"paused_until": "2999-01-01T00:00:00Z", "pause_reason": "month end"}) }, "integration-write integrations/gl paused paused, state-change status/gl paused paused"},
		{"unproved", func() {
			patch(map[string]any{"paused_until": nil, "password": "Second-Horse-9", "verify_connection": false})
		}, "integration-write integrations/gl unchecked never_checked, state-change status/gl unchecked never_checked"},
		{"an unknown name is deleted", func() { m.ok(logical.DeleteOperation, "integrations/no", nil) }, ""},
		{"deleted", func() { m.ok(logical.DeleteOperation, "integrations/gl", nil) }, "integration-delete integrations/gl  "},
	}
	for _, step := range steps {
		step.do()
		var got []string
		for _, event := range b.take() {
			got = append(got, fmt.Sprint(strings.TrimPrefix(event.kind, "oracle-financials/"), " ", event.data["path"], " ", event.data["state"], " ", event.data["reason"]))
			if event.data["data_path"] != "status/gl" || event.data["name"] != "gl" || event.data["modified"] != "true" || !strings.HasPrefix(event.kind, "oracle-financials/") {
				t.Errorf("%s: %s says %v", step.what, event.kind, event.data)
			}
			for _, secret := range []string{password, "Second-Horse-9", "Wrong-Horse-9", adminSecret, clientKey} {
				if strings.Contains(event.text, secret) {
					t.Errorf("%s: %s holds a secret: %s", step.what, event.kind, event.text)
				}
			}
		}
		if text := strings.Join(got, ", "); text != step.want {
			t.Errorf("%s: sent was %q, not %q", step.what, text, step.want)
		}
	}
}

func TestWhatWasNotStoredIsNotAnnounced(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]string{"integration/": "", "history/": "", "record/": "", "ledger/": ""} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			m := watched(t, oraclesim.Switches{}, "domain")
			m.happens(rotation.MaxRecent - 1) // the next needs a write of the history too
			disk := &wavering{Storage: m.storage}
			m.storage = disk
			b := m.heard()
			must(t, m.sim.Pod().Lock(user))
			disk.decide(lose(prefix))
			_, _ = m.do(logical.UpdateOperation, "check/gl", nil)
			if prefix == "integration/" { // a check does not write it
				b.take()
			}
			_, err := m.do(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 7})
			for _, event := range b.take() {
				if !strings.HasSuffix(event.kind, "-write") || prefix == "integration/" {
					t.Errorf("%s, %v: %s was sent: %v (want %q)", prefix, err, event.kind, event.data, want)
				}
			}
			disk.decide(nil)
			m.checks()
			if prefix == "integration/" {
				return
			}
			changes := 0
			for _, event := range b.take() {
				if strings.HasSuffix(event.kind, "/state-change") && event.data["state"] == "locked" {
					changes++
				}
			}
			if changes != 1 {
				t.Errorf("once it could be stored it was announced %d times", changes)
			}
		})
	}
}

func TestABusThatFailsDelaysNobody(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	b := m.heard()
	b.fail = errDisk
	if answer := m.write(); answer.Data["state"] != "ok" || strings.Contains(fmt.Sprint(answer.Warnings), "event") {
		t.Errorf("the write answered %v %v", answer.Data, answer.Warnings)
	}
	if n := len(b.take()); n != 2 {
		t.Errorf("%d events were tried", n)
	}
}

func TestTheSweepAnnouncesWhatTimeChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, pod := &bus{}, &clockedPod{login: oracle.LoginAccepted}
		m := &mount{t: t, storage: &logical.InmemStorage{}}
		m.config = logical.TestBackendConfig()
		m.config.StorageView, m.config.Logger, m.config.EventsSender = m.storage, log.NewNullLogger(), b
		engine, err := backend.New(backend.Options{Oracle: pod})(t.Context(), m.config)
		must(t, err)
		must(t, engine.Initialize(t.Context(), &logical.InitializationRequest{Storage: m.storage}))
		defer engine.Cleanup(t.Context())
		m.backend = engine
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"password_set_time": stamped(time.Now().Add(-75 * 24 * time.Hour))}))
		b.take()
		time.Sleep(30 * 24 * time.Hour)
		var got []string
		for _, event := range b.take() {
			got = append(got, fmt.Sprint(event.kind, " ", event.data["state"]))
		}
		if text := strings.Join(got, ", "); text != "oracle-financials/state-change expiring" {
			t.Errorf("in a month was sent %q", text)
		}
	})
}
