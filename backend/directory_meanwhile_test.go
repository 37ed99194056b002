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
	"vault-plugin-secrets-oracle-financials/oracle"
)

// toldPod is a pod in fake time with a domain that says what a test says.
type toldPod struct {
	clockedPod

	told    sync.Mutex
	view    oracle.View
	silent  bool
	looks   int
	whenAsk func() // runs once, while the domain is asked
}

func (p *toldPod) LookUp(context.Context, oracle.Directory, string) oracle.LookUp {
	p.told.Lock()
	p.looks++
	view, silent, during := p.view, p.silent, p.whenAsk
	p.whenAsk = nil
	p.told.Unlock()
	if during != nil {
		during()
	}
	if silent {
		return oracle.LookUp{Login: oracle.LoginUnproved, Answer: oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent}}
	}
	return oracle.LookUp{Login: oracle.LoginAccepted, View: view, Answer: oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered, HTTPStatus: 200}}
}

func (p *toldPod) tell(change func(*toldPod)) {
	p.told.Lock()
	defer p.told.Unlock()
	change(p)
}

func (p *toldPod) asked() int {
	p.told.Lock()
	defer p.told.Unlock()
	return p.looks
}

func calm() oracle.View {
	none, limit := 0, 5
	return oracle.View{
		Found: oracle.Yes, Active: oracle.Yes, Locked: oracle.No, Expired: oracle.No, MustChange: oracle.No,
		LoginAttempts: &none, Rules: oracle.Rules{LockAfter: &limit},
	}
}

// told runs a test in fake time with an integration over a directory, both proved.
func told(t *testing.T, body func(*testing.T, *mount, *toldPod)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pod := &toldPod{clockedPod: clockedPod{login: oracle.LoginAccepted}, view: calm()}
		m := &mount{t: t, storage: &wavering{Storage: &logical.InmemStorage{}}}
		m.config = logical.TestBackendConfig()
		m.config.StorageView, m.config.Logger = m.storage, log.NewNullLogger()
		b, err := backend.New(backend.Options{Oracle: pod})(t.Context(), m.config)
		must(t, err)
		must(t, b.Initialize(t.Context(), &logical.InitializationRequest{Storage: m.storage}))
		m.backend = b
		m.ok(logical.UpdateOperation, "directories/d", map[string]any{
			"type": "identity_domain", "url": "https://idcs.identity.oraclecloud.com", "client_id": clientID, "client_secret": clientKey,
			"allowed_usernames": "API_*", "allowed_server_hosts": "pod.oraclecloud.com",
		})
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"directory": "d"}))
		pod.set(func(p *clockedPod) { p.logins = nil })
		body(t, m, pod)
		m.backend.Cleanup(t.Context())
	})
}

func TestTwoWritesOfADirectoryAtOnce(t *testing.T) {
	told(t, func(t *testing.T, m *mount, pod *toldPod) {
		pod.tell(func(p *toldPod) {
			p.whenAsk = func() { m.ok(logical.PatchOperation, "directories/d", map[string]any{"timeout": 7}) }
		})
		text := m.refused(400, logical.PatchOperation, "directories/d", map[string]any{"client_secret": "Second-Horse-9"})
		if !strings.Contains(text, "at the same time") {
			t.Errorf("it says %q", text)
		}
		shows(t, "kept", m.read("directories/d"), map[string]any{"timeout": 7, "state": "ok"})
	})
}

func TestASettingThatChangedWhileADirectoryWasProved(t *testing.T) {
	told(t, func(t *testing.T, m *mount, pod *toldPod) {
		pod.tell(func(p *toldPod) {
			p.whenAsk = func() { m.ok(logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "elsewhere.example"}) }
		})
		text := m.refused(400, logical.PatchOperation, "directories/d", map[string]any{"client_secret": "Second-Horse-9"})
		if !strings.Contains(text, "not permitted by allowed_hosts") {
			t.Errorf("it says %q", text)
		}
	})
}

func TestADirectoryThatWentWhileAnIntegrationWasProved(t *testing.T) {
	for name, change := range map[string]func(*mount){
		"deleted": func(m *mount) { m.ok(logical.DeleteOperation, "directories/e", nil) },
		"withdrawn": func(m *mount) {
			m.ok(logical.PatchOperation, "directories/e", map[string]any{"allowed_usernames": "INT_*"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			told(t, func(t *testing.T, m *mount, pod *toldPod) {
				m.ok(logical.UpdateOperation, "directories/e", map[string]any{
					"type": "identity_domain", "url": "https://idcs.identity.oraclecloud.com", "client_id": "other", "client_secret": clientKey,
					"allowed_usernames": "API_*", "allowed_server_hosts": "pod.oraclecloud.com",
				})
				pod.set(func(p *clockedPod) { p.during = func() { change(m) } })
				text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"directory": "e", "password": "Second-Horse-9"})
				if !strings.Contains(text, "directory") {
					t.Errorf("it says %q", text)
				}
				shows(t, "kept", m.read("creds/gl"), map[string]any{"password": password})
				shows(t, "kept", m.read("integrations/gl"), map[string]any{"directory": "d"})
			})
		})
	}
}

// By itself the engine sees a lock, its end, and logs in once when unlock_delay is over.
func TestTheSweepFollowsALockToItsEnd(t *testing.T) {
	told(t, func(t *testing.T, m *mount, pod *toldPod) {
		locked := calm()
		locked.Locked = oracle.Yes
		pod.tell(func(p *toldPod) { p.view = locked })
		time.Sleep(2 * time.Hour)
		shows(t, "locked", m.read("status/gl"), map[string]any{"state": "locked", "held": true})
		asked := pod.asked()
		time.Sleep(10 * time.Hour)
		if pod.count() != 0 || pod.asked() < asked+10 {
			t.Errorf("while it was locked: %d logins, %d look-ups", pod.count(), pod.asked()-asked)
		}
		pod.tell(func(p *toldPod) { p.view = calm() })
		time.Sleep(62 * time.Minute)
		status := m.read("status/gl")
		shows(t, "unlocked", status, map[string]any{"state": "rejected", "reason": "unlocked_waiting"})
		due, err := time.Parse(time.RFC3339, fmt.Sprint(status["next_check_time"]))
		must(t, err)
		if pod.count() != 0 || time.Until(due) > time.Hour {
			t.Errorf("after %d logins the next check is due at %v", pod.count(), due)
		}
		time.Sleep(62 * time.Minute)
		shows(t, "recovered", m.read("status/gl"), map[string]any{"state": "ok", "held": false})
		if pod.count() != 1 {
			t.Errorf("the recovery took %d logins", pod.count())
		}
		var kinds []string
		for _, event := range m.told("its end") {
			kinds = append(kinds, fmt.Sprint(event["kind"], " ", event["to_state"], " ", event["actor"]))
		}
		if text := strings.Join(kinds, ", "); text != "write ok unknown, check locked engine, check rejected engine, check ok engine" {
			t.Errorf("history tells %s", text)
		}
	})
}

func TestADomainThatIsSilentChangesNothing(t *testing.T) {
	told(t, func(t *testing.T, m *mount, pod *toldPod) {
		pod.tell(func(p *toldPod) { p.silent = true })
		time.Sleep(48 * time.Hour)
		shows(t, "its user", m.read("status/gl"), map[string]any{"state": "ok"})
		shows(t, "the directory", m.read("directories/d"), map[string]any{"state": "unreachable"})
		if n := pod.count(); n < 45 {
			t.Errorf("in two days the user logged in %d times", n)
		}
		pod.tell(func(p *toldPod) { p.silent = false })
		time.Sleep(2 * time.Hour)
		shows(t, "the directory", m.read("directories/d"), map[string]any{"state": "ok"})
	})
}

// Between the last look at a directory and the write of an integration that names it, nobody deletes it.
func TestADirectoryIsNotDeletedUnderAWrite(t *testing.T) {
	told(t, func(t *testing.T, m *mount, _ *toldPod) {
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": nil})
		disk := m.storage.(*wavering)
		tried := false
		disk.decide(func(key string, write func() error) error {
			if key == "integration/gl" {
				tried = true
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				req := &logical.Request{Operation: logical.DeleteOperation, Path: "directories/d", Storage: m.storage}
				if answer, err := m.backend.HandleRequest(ctx, req); err == nil && !answer.IsError() {
					t.Error("it was deleted")
				}
			}
			return write()
		})
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"directory": "d"})
		disk.decide(nil)
		if text := m.refused(400, logical.DeleteOperation, "directories/d", nil); !tried || !strings.Contains(text, "used by gl") {
			t.Errorf("afterwards it says %q", text)
		}
	})
}
