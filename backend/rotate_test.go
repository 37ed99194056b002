package backend_test

import (
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	standbyUser     = "API_GL_B"
	standbyPassword = "Standby-Horse-3"
)

// way sets up an integration whose password can be set: through a kind of directory, by itself, or as a pair.
type way string

const (
	throughFusion way = "fusion"
	throughDomain way = "identity_domain"
	byItself      way = "self_managed"
	asPair        way = "pair"
)

func ways() []way { return []way{throughFusion, throughDomain, byItself, asPair} }

// newRotatingMount is a mount with the integration gl, which can be rotated.
func newRotatingMount(t *testing.T, w way, switches oraclesim.Switches) *mount {
	t.Helper()
	m := newGuardedMount(t, switches)
	must(t, m.sim.Pod().AddUser(oraclesim.User{Name: standbyUser, Password: standbyPassword}))
	more := map[string]any{}
	switch w {
	case throughFusion, throughDomain:
		m.ok(logical.UpdateOperation, "directories/door", m.kinds()[string(w)])
		more["directory"] = "door"
	case byItself:
		must(t, m.sim.Pod().SetIdentityAdmin(user, true))
		more["self_managed"], more["accept_broad_privilege"] = true, true
	case asPair:
		m.ok(logical.UpdateOperation, "directories/door", m.fusion(nil))
		more["directory"], more["standby_username"], more["standby_password"] = "door", standbyUser, standbyPassword
	}
	m.write(more)
	m.sim.Pod().ResetLogs()
	return m
}

func TestARotationIsProvedAndServed(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			m := newRotatingMount(t, w, oraclesim.Switches{})
			for n := range 3 {
				before := m.read("creds/gl")
				answer := m.ok(logical.UpdateOperation, "rotate/gl", nil)
				if answer.Data["state"] != "ok" || answer.Data["rotation_phase"] != "idle" || len(answer.Warnings) != 0 {
					t.Fatalf("rotation %d answered %v %v", n, answer.Data, answer.Warnings)
				}
				after := m.read("creds/gl")
				if after["password"] == before["password"] || after["credential_version"] != before["credential_version"].(int)+1 {
					t.Fatalf("creds were %v and are %v", before, after)
				}
				if (after["username"] != before["username"]) != (w == asPair) {
					t.Errorf("the user name was %v and is %v", before["username"], after["username"])
				}
				if !m.sim.Pod().HasPassword(after["username"].(string), after["password"].(string)) {
					t.Error("what is served is not the live password")
				}
			}
		})
	}
}

// The first request of a password is lost, the second sets it, and two rotations later the first is carried out: the
// password is live again, and has to be known still.
func TestALateRequestIsKeptBesideItsOwnPassword(t *testing.T) {
	plays(t, oraclesim.Switches{}, []way{throughFusion}, func(t *testing.T, tr *trial) {
		tr.setFails(oraclesim.FaultLate, 1)
		tr.rotates()
		tr.shows("the request is lost", map[string]any{"rotation_phase": "sent"})
		tr.passes(time.Minute)
		tr.mustRest("sent again")
		late := tr.target().Password
		for range 2 {
			tr.ok(logical.UpdateOperation, "rotate/gl", nil)
			tr.passes(time.Minute)
		}
		tr.stage.outside(func() { tr.pod().ReleaseLate() })
		if tr.target().Password == late || tr.live(user) != late {
			t.Fatal("the first request was not carried out after the rotations")
		}
		tr.ok(logical.UpdateOperation, "check/gl", nil)
		tr.mustServe("carried out late", late)
		tr.mustRest("carried out late")
	})
}
