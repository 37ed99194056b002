package backend_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// What a directory says when a write is refused.
func TestARefusedWriteSaysWhatTheDirectorySays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arrange func(*oraclesim.Pod) error
		says    string
		logins  int
	}{
		"locked":      {func(p *oraclesim.Pod) error { return p.Lock(user) }, "no login was spent: the directory says that the account is locked", 0},
		"disabled":    {func(p *oraclesim.Pod) error { return p.Disable(user) }, "the directory says that the account is not active", 1},
		"must change": {func(p *oraclesim.Pod) error { return p.SetMustChange(user, true) }, "the directory says that the password must be changed first", 1},
		"expired":     {func(p *oraclesim.Pod) error { return p.Expire(user) }, "the directory says that the password has expired", 1},
		"wrong":       {func(p *oraclesim.Pod) error { return p.SetPassword(user, "Second-Horse-9") }, "the directory shows nothing else that is wrong, so the password is wrong", 1},
		"unknown":     {func(p *oraclesim.Pod) error { return p.RemoveUser(user) }, "the directory does not know this user", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := watched(t, oraclesim.Switches{}, "")
			must(t, tt.arrange(m.sim.Pod()))
			text := m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(map[string]any{"directory": "domain"}))
			if !strings.Contains(text, tt.says) || !strings.Contains(text, "nothing was stored") {
				t.Errorf("it says %q, not %q", text, tt.says)
			}
			m.refused(404, logical.ReadOperation, "integrations/gl", nil)
			m.spent(tt.logins)
		})
	}
}

// An integration may be of the very user that a directory logs in as: one account of logins for both.
func TestADirectorysUserThatIsAnIntegration(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/domain", m.domain(map[string]any{"allowed_usernames": "VAULT_*"}))
	m.ok(logical.UpdateOperation, "directories/fusion", m.fusion(nil))
	m.write(map[string]any{"username": adminUser, "password": adminSecret, "directory": "domain"})
	must(t, m.sim.Pod().Lock(adminUser))
	m.is("locked", map[string]any{"state": "locked"})
	m.ok(logical.DeleteOperation, "directories/fusion", nil)
	shows(t, "with the other directory gone", m.read("status/gl"), map[string]any{"state": "locked"})
	m.restart()
	shows(t, "after a restart", m.read("status/gl"), map[string]any{"state": "locked"})
}

func TestBothSpendOneBudget(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/fusion", m.fusion(nil))
	m.write(map[string]any{"username": adminUser, "password": adminSecret})
	for _, wrong := range []string{"Wrong-Horse-1", "Wrong-Horse-2"} {
		m.refused(400, logical.PatchOperation, "directories/fusion", map[string]any{"password": wrong})
	}
	m.sim.Pod().ResetLogs()
	text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Wrong-Horse-3"})
	if !strings.Contains(text, "operator_login_budget is spent") || len(m.sim.Pod().Logins(adminUser)) != 0 {
		t.Errorf("it says %q", text)
	}
	shows(t, "both are held", m.read("directories/fusion"), map[string]any{"state": "held"})
	shows(t, "both are held", m.read("status/gl"), map[string]any{"held": true, "refused_logins": 2})
	for _, path := range []string{"directories/fusion", "integrations/gl"} {
		m.ok(logical.DeleteOperation, path, nil)
	}
	if text := m.refused(400, logical.UpdateOperation, "directories/fusion", m.fusion(nil)); !strings.Contains(text, "operator_login_budget is spent") {
		t.Errorf("with both deleted it says %q", text)
	}
}

// Where nothing protects the user any more, nothing is left of the account of a deleted directory.
func TestNothingIsLeftOfADirectory(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	for kind, fields := range m.kinds() {
		m.ok(logical.UpdateOperation, "directories/"+kind, fields)
		m.ok(logical.DeleteOperation, "directories/"+kind, nil)
	}
	for key := range m.stored() {
		if key != "config" && key != "fingerprint_key" {
			t.Errorf("left in storage: %s", key)
		}
	}
}

// What a directory answered before it was written or replaced is not noted of the one that it is now.
func TestAnAnswerOfTheDirectoryBeforeIsDropped(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*mount){
		"another secret": func(m *mount) {
			m.ok(logical.PatchOperation, "directories/d", map[string]any{"client_secret": "Second-Horse-9", "verify_connection": false})
		},
		"deleted": func(m *mount) { m.ok(logical.DeleteOperation, "directories/d", nil) },
		"deleted and created": func(m *mount) {
			m.ok(logical.DeleteOperation, "directories/d", nil)
			m.ok(logical.UpdateOperation, "directories/d", m.domain(nil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newGuardedMount(t, oraclesim.Switches{})
			m.ok(logical.UpdateOperation, "directories/d", m.domain(nil))
			store := m.backend.(rotation.Directories)
			seen, _, _, err := store.LoadDirectory(t.Context(), "d")
			must(t, err)
			change(m)
			before, shown := m.stored(), m.read("report")["directories"]
			look := oracle.LookUp{Answer: oracle.Answer{Outcome: oracle.NoConnection}}
			must(t, store.SaveHealth(t.Context(), seen, look, time.Now()))
			if after := m.stored(); !cmp.Equal(before, after) {
				t.Errorf("storage changed:\n%s", cmp.Diff(before, after))
			}
			if after := m.read("report")["directories"]; !cmp.Equal(shown, after) {
				t.Errorf("report changed:\n%s", cmp.Diff(shown, after))
			}
		})
	}
}
