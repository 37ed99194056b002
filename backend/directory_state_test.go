package backend_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

var storedTime = regexp.MustCompile(`"2\d\d\d-\d\d-\d\dT[0-9:.]+Z"`)

// later lets time pass for the pod, and for the engine: everything that it stored lies that much further
// back, and its process is another one.
func (m *mount) later(d time.Duration) {
	m.t.Helper()
	m.sim.Pod().AdvanceClock(d)
	for key, text := range m.stored() {
		moved := storedTime.ReplaceAllStringFunc(text, func(stamp string) string {
			at, err := time.Parse(time.RFC3339Nano, strings.Trim(stamp, `"`))
			must(m.t, err)
			return `"` + at.Add(-d).Format(time.RFC3339Nano) + `"`
		})
		must(m.t, m.storage.Put(m.t.Context(), &logical.StorageEntry{Key: key, Value: []byte(moved)}))
	}
	m.restart()
}

// shows holds some fields of an answer against what they must be.
func shows(t *testing.T, what string, got, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if fmt.Sprint(got[name]) != fmt.Sprint(value) {
			t.Errorf("%s: %s is %v, not %v (%v: %v)", what, name, got[name], value, got["state"], got["message"])
		}
	}
}

// checks gl now.
func (m *mount) checks() map[string]any {
	m.t.Helper()
	return m.ok(logical.UpdateOperation, "check/gl", nil).Data
}

// refusedLogin is somebody else's, with a password that is wrong.
func (m *mount) refusedLogins(name string, n int) {
	m.t.Helper()
	for range n {
		if status := m.request("GET", "/fscmRestApi/resources/11.13.18.05/ledgersLOV", name, "Foreign-Horse-1", ""); status != 401 {
			m.t.Fatalf("somebody else's login answers %d", status)
		}
	}
}

func TestTheStatesOfADirectory(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind    string
		arrange func(*mount, *oraclesim.Pod)
		want    map[string]any
		says    string
	}{
		"ok":           {"fusion", func(*mount, *oraclesim.Pod) {}, map[string]any{"state": "ok"}, "Answers."},
		"ok, a domain": {"identity_domain", func(*mount, *oraclesim.Pod) {}, map[string]any{"state": "ok"}, "Answers."},
		"held": {"fusion", func(m *mount, p *oraclesim.Pod) {
			must(m.t, p.SetPassword(adminUser, "Another-Horse-7"))
			m.checks()
		}, map[string]any{"state": "held"}, "write the right secret to directories/d"},
		"held, a domain": {"identity_domain", func(m *mount, p *oraclesim.Pod) {
			must(m.t, p.SetClientSecret(clientID, "Another-Horse-7"))
			p.RevokeTokens()
			m.checks()
		}, map[string]any{"state": "held"}, "write the right secret to directories/d"},
		"rejected": {"fusion", func(m *mount, p *oraclesim.Pod) {
			must(m.t, p.SetPassword(adminUser, "Another-Horse-7"))
			m.checks()
			m.later(25 * time.Hour)
		}, map[string]any{"state": "rejected"}, "was refused (HTTP 401): write the right secret"},
		"forbidden": {"fusion", func(m *mount, p *oraclesim.Pod) {
			must(m.t, p.SetIdentityAdmin(adminUser, false))
			m.checks()
		}, map[string]any{"state": "forbidden"}, "Use REST Service - Identity Integration"},
		"forbidden, a domain": {"identity_domain", func(m *mount, p *oraclesim.Pod) {
			must(m.t, p.RemoveClient(clientID))
			must(m.t, p.AddClient(oraclesim.Client{ID: clientID, Secret: clientKey, Rights: []oraclesim.Right{}}))
			m.checks()
		}, map[string]any{"state": "forbidden"}, "User Administrator"},
		"unreachable": {"identity_domain", func(m *mount, p *oraclesim.Pod) {
			must(m.t, p.SetDomainDown(true))
			m.checks()
		}, map[string]any{"state": "unreachable"}, "check url, ca_cert and the network"},
		"unchecked": {"fusion", func(m *mount, _ *oraclesim.Pod) {
			m.ok(logical.PatchOperation, "directories/d", map[string]any{"password": "Another-Horse-7", "verify_connection": false})
		}, map[string]any{"state": "unchecked", "last_success_time": nil}, "the next check of an integration"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newGuardedMount(t, oraclesim.Switches{})
			m.ok(logical.UpdateOperation, "directories/d", m.kinds()[tt.kind])
			m.write(map[string]any{"directory": "d"})
			proved := m.read("directories/d")["last_success_time"]
			tt.arrange(m, m.sim.Pod())
			got := m.read("directories/d")
			shows(t, name, got, tt.want)
			if text := fmt.Sprint(got["message"]); !strings.Contains(text, tt.says) || strings.Contains(text, adminSecret) {
				t.Errorf("its message is %q, not %q", text, tt.says)
			}
			if held := got["held_since"] != nil; held != (tt.want["state"] == "held") {
				t.Errorf("held_since is %v", got["held_since"])
			}
			if _, stated := tt.want["last_success_time"]; !stated && got["last_success_time"] == nil || proved == nil {
				t.Errorf("it forgot its last success: %v", got)
			}
			if state := m.checks()["state"]; state != "ok" {
				t.Errorf("the integration that it serves is %v", state)
			}
			got = m.read("directories/d")
			m.restart()
			if after := m.read("directories/d"); !cmp.Equal(got, after) {
				t.Errorf("after a restart:\n%s", cmp.Diff(got, after))
			}
			row := maps.Clone(m.read("report")["directories"].([]any)[0].(map[string]any))
			delete(got, "name")
			if row["name"] != "d" {
				t.Errorf("report shows %v", row)
			}
			delete(row, "name")
			if !cmp.Equal(got, row) {
				t.Errorf("report shows another:\n%s", cmp.Diff(got, row))
			}
		})
	}
}

func TestADirectorysBudgetIsItsOwn(t *testing.T) {
	t.Parallel()
	m := newGuardedMount(t, oraclesim.Switches{})
	m.ok(logical.UpdateOperation, "directories/d", m.fusion(nil))
	m.write(map[string]any{"directory": "d"})
	pod := m.sim.Pod()
	must(t, pod.SetPassword(adminUser, "Another-Horse-7"))
	pod.ResetLogs()
	for range 10 {
		m.checks()
		m.later(25 * time.Hour)
	}
	if n := len(pod.Logins(adminUser)); n != 2 {
		t.Errorf("in ten days of checks the directory's user was refused %d times", n)
	}
	if n := len(pod.Logins(user)); n != 10 {
		t.Errorf("the integration logged in %d times", n)
	}
	shows(t, "after ten days", m.read("directories/d"), map[string]any{"state": "held"})
	m.ok(logical.PatchOperation, "directories/d", map[string]any{"password": "Another-Horse-7"})
	shows(t, "with the right password", m.read("directories/d"), map[string]any{"state": "ok"})
}
