package backend_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// The fourteen ways in which the obvious rules lose a password or lock an account, each found by a search: here on
// the whole engine over the whole simulator. Those that need no rotation are with the rules of the guard, too.

// plays plays a trap over ways of setting a password, from an integration on whose accounts one rotation was proved.
func plays(t *testing.T, switches oraclesim.Switches, over []way, act func(*testing.T, *trial)) {
	t.Helper()
	t.Parallel()
	for _, w := range over {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			newScene(t, newStage(t, string(w)), w, switches, func(tr *trial) {
				rotatesAll(tr)
				tr.pod().ResetLogs()
				act(tr.t, tr)
			})
		})
	}
}

// target is the account that the next rotation changes.
func (tr *trial) target() storedKeys {
	h, _, _ := tr.holder("integration/gl")
	return h.target()
}

// setFails lets the next requests that set a password, n of them, fail in a way.
func (tr *trial) setFails(kind oraclesim.FaultKind, n int) {
	tr.t.Helper()
	fault := oraclesim.Fault{Kind: kind, Method: "PATCH", Path: "/hcmRestApi/scim", Count: n}
	if tr.way == throughDomain {
		fault = oraclesim.Fault{Kind: kind, Domain: true, Path: "/admin/v1/UserPasswordChanger", Count: n}
	}
	must(tr.t, tr.pod().Inject(fault))
}

// rotates is a person's request, whatever becomes of it.
func (tr *trial) rotates() { _, _ = tr.do(logical.UpdateOperation, "rotate/gl", nil) }

// shows holds the status of the account that rotates against what it must be.
func (tr *trial) shows(when string, want map[string]any) {
	tr.t.Helper()
	status := tr.read("status/gl")
	if _, about := want["rotation_phase"]; tr.way == asPair && !about {
		status = status["standby"].(map[string]any)
	}
	shows(tr.t, string(tr.way)+", "+when, status, want)
}

// mustRest holds what must be so after a trap: applications read what is live, and nothing is under way.
func (tr *trial) mustRest(when string) {
	tr.t.Helper()
	if why := tr.unrest(); why != "" {
		tr.t.Errorf("%s, %s: %s", tr.way, when, why)
	}
}

// mustNotRotate holds that a password was not promoted.
func (tr *trial) mustServe(when, password string) {
	tr.t.Helper()
	if h, _, _ := tr.holder("integration/gl"); h.Password != password {
		tr.t.Errorf("%s, %s: applications read another password", tr.way, when)
	}
}

// logins are those of a user since they were last forgotten: + accepted, - refused.
func (tr *trial) logins(name string) string {
	var b strings.Builder
	for _, login := range tr.pod().Logins(name) {
		if login.Accepted {
			b.WriteByte('+')
		} else {
			b.WriteByte('-')
		}
	}
	return b.String()
}

// mustLogin holds the logins of the account that rotates against what they must be.
func (tr *trial) mustLogin(when, name string, want ...string) {
	tr.t.Helper()
	if got := tr.logins(name); !slices.Contains(want, got) {
		tr.t.Errorf("%s, %s: the logins of %s were %q, not %q", tr.way, when, name, got, want)
	}
}

// stops holds the process that runs at its next call of a kind, and gives what lets it go on.
func (tr *trial) stops(at call) (goesOn func()) {
	wake, stopped := make(chan struct{}), tr.wire
	tr.listen(func(of *wire, what call, _ string) {
		if of == stopped && what == at {
			<-wake
		}
	}, nil)
	return func() {
		close(wake)
		synctest.Wait()
	}
}
