package backend_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// slowPod takes five seconds for a login. Of users with a kept password it refuses the stored one, and has no answer to the
// other.
type slowPod struct {
	clockedPod
	asked, most, kept int
}

func (p *slowPod) Survey(ctx context.Context, _ oracle.Endpoint, login oracle.Login, _ []oracle.Plan) oracle.Findings {
	p.mu.Lock()
	p.asked++
	p.most = max(p.most, p.asked)
	p.mu.Unlock()
	select {
	case <-time.After(5 * time.Second):
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked--
	switch {
	case login.Username == user:
		return oracle.Findings{Login: oracle.LoginAccepted}
	case login.Password.Reveal() == password:
		return oracle.Findings{Login: oracle.LoginRefused, Cause: oracle.Answer{Outcome: oracle.Refused, Delivery: oracle.Answered, HTTPStatus: 401}}
	}
	p.kept++
	return oracle.Findings{Login: oracle.LoginUnproved, Cause: oracle.Answer{Outcome: oracle.Unavailable, Delivery: oracle.Answered, HTTPStatus: 503}}
}

// A kept password is tried with a place like any other login, also where the guard lets the check before it spend nothing.
func TestAKeptPasswordIsTriedInAPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const pods = 300
		pod := &slowPod{}
		m := clocked(t, &logical.InmemStorage{}, pod)
		defer m.backend.Cleanup(t.Context())
		m.ok(logical.UpdateOperation, "config", map[string]any{"max_concurrent_checks": 1})
		for i := range pods {
			name, fields := fmt.Sprintf("gl%d", i), map[string]any{"server_url": fmt.Sprintf("https://pod%d.oraclecloud.com", i), "verify_connection": false}
			if i%10 > 0 {
				m.ok(logical.UpdateOperation, "integrations/"+name, clockedFields(fields))
				continue
			}
			fields["username"] = "KEPT"
			m.ok(logical.UpdateOperation, "integrations/"+name, clockedFields(fields))
			m.keeps(name, "Set-Late-1")
		}
		time.Sleep(6 * time.Hour)
		pod.mu.Lock()
		most, kept := pod.most, pod.kept
		pod.mu.Unlock()
		if most != 1 || kept <= pods/10 {
			t.Errorf("%d asked at once where 1 may, and kept passwords were tried %d times", most, kept)
		}
	})
}

// keeps stores with an integration a password that Oracle may set late.
func (m *mount) keeps(name, late string) {
	m.t.Helper()
	entry, err := m.storage.Get(m.t.Context(), "integration/"+name)
	must(m.t, err)
	var stored map[string]any
	must(m.t, json.Unmarshal(entry.Value, &stored))
	stored["candidates"] = []any{map[string]any{"password": late, "deadline": time.Now(), "own": true, "acknowledged": true}}
	entry, err = logical.StorageEntryJSON("integration/"+name, stored)
	must(m.t, err)
	must(m.t, m.storage.Put(m.t.Context(), entry))
	m.backend.InvalidateKey(m.t.Context(), "integration/"+name)
}
