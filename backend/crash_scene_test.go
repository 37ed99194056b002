package backend_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// scene is an instant of a mount from which many trials begin.
type scene struct {
	stage    *stage
	way      way
	switches oraclesim.Switches
	at       time.Time
	entries  []*logical.StorageEntry
	live     map[string]string   // the password of each user in Oracle
	secret   map[string][]string // and all that he had
}

// newScene plays what comes before, once.
func newScene(t *testing.T, s *stage, w way, switches oraclesim.Switches, before func(*trial)) *scene {
	t.Helper()
	made := &scene{stage: s, way: w, switches: switches}
	synctest.Test(t, func(t *testing.T) {
		tr := made.begin(t)
		tr.addUser(oraclesim.User{Name: user, Password: password, IdentityAdmin: w == byItself})
		tr.addUser(oraclesim.User{Name: standbyUser, Password: standbyPassword})
		tr.addUser(oraclesim.User{Name: adminUser, Password: adminSecret, IdentityAdmin: true})
		tr.restart()
		tr.writesAll()
		before(tr)
		tr.end()
		made.keep(tr)
		if lost := tr.lost(); lost != "" {
			t.Errorf("%s, before the trials: %s", w, lost)
		}
	})
	return made
}

// keep remembers how everything is.
func (s *scene) keep(tr *trial) {
	s.at = time.Now().Add(time.Second)
	under := tr.under()
	keys, err := logical.CollectKeys(context.Background(), under)
	must(tr.t, err)
	for _, key := range keys {
		entry, err := under.Get(context.Background(), key)
		must(tr.t, err)
		s.entries = append(s.entries, entry)
	}
	s.secret, s.live = tr.secret, map[string]string{}
	for name := range tr.secret {
		s.live[name] = tr.live(name)
	}
}

// begin gives a trial with an empty storage and a pod without users, at the time of the scene.
func (s *scene) begin(t *testing.T) *trial {
	t.Helper()
	time.Sleep(time.Until(s.stage.began))
	time.Sleep(time.Until(s.at))
	s.stage.clock.Store(time.Now().UnixNano())
	pod := s.stage.pod
	pod.ClearFaults()
	s.stage.outside(func() { pod.ReleaseLate() })
	must(t, pod.SetSwitches(s.switches))
	s.stage.outside(func() {
		must(t, pod.SetDown(false))
		must(t, pod.SetDomainDown(false))
	})
	for _, state := range pod.States() {
		must(t, pod.RemoveUser(state.Name))
	}
	pod.RevokeTokens()
	pod.ResetLogs()
	tr := newTrial(t, s.stage, s.way)
	tr.began = time.Now()
	return tr
}

// play plays one trial from the scene on.
func (s *scene) play(t *testing.T, act func(*trial)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tr := s.begin(t)
		for _, entry := range s.entries {
			must(t, tr.storage.Put(context.Background(), entry))
		}
		for name, live := range s.live {
			tr.addUser(oraclesim.User{Name: name, Password: live, IdentityAdmin: name == adminUser || name == user && s.way == byItself})
			tr.secret[name] = append(tr.secret[name], s.secret[name]...)
		}
		time.Sleep(30 * time.Second) // or a directory would date what is set next alike
		tr.restart()
		act(tr)
		tr.end()
	})
}

// writesAll writes the mount: a directory where the way has one, and the integration gl.
func (tr *trial) writesAll() {
	tr.t.Helper()
	tr.ok(logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "127.0.0.1"})
	tr.ok(logical.UpdateOperation, "policies/default", map[string]any{"check_period": "6h"})
	ca := string(tr.sim.CACertPEM())
	fields := map[string]any{
		"server_url": tr.stage.podURL(), "username": user, "password": password, "ca_cert": ca, "retry_attempts": 0,
	}
	switch tr.way {
	case byItself:
		fields["self_managed"], fields["accept_broad_privilege"] = true, true
	case asPair:
		fields["standby_username"], fields["standby_password"] = standbyUser, standbyPassword
		fallthrough
	case throughFusion:
		tr.ok(logical.UpdateOperation, "directories/door", map[string]any{
			"type": "fusion", "url": tr.stage.podURL(), "username": adminUser, "password": adminSecret,
			"allowed_usernames": "API_*", "ca_cert": ca,
		})
		fields["directory"] = "door"
	case throughDomain:
		tr.ok(logical.UpdateOperation, "directories/door", map[string]any{
			"type": "identity_domain", "url": tr.stage.domainURL(), "client_id": clientID, "client_secret": clientKey,
			"allowed_usernames": "API_*", "allowed_server_hosts": "127.0.0.1", "ca_cert": ca,
		})
		fields["directory"] = "door"
	}
	tr.ok(logical.UpdateOperation, "integrations/gl", fields)
}
