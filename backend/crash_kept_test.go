package backend_test

import (
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// keeping are the triggers of what was settled as not applied, and is kept because Oracle may still apply it.
func keeping(t *testing.T, s *stage, w way) []trigger {
	t.Helper()
	kept := newScene(t, s, w, oraclesim.Switches{}, leavesKept)
	applied := newScene(t, s, w, oraclesim.Switches{}, func(tr *trial) {
		leavesKept(tr)
		tr.stage.outside(func() { tr.pod().ReleaseLate() })
	})
	return []trigger{
		{name: "rotate, with one kept", scene: kept, pull: pulls("rotate/gl", nil)},
		{name: "check, one was applied late", scene: applied, refuses: true, pull: pulls("check/gl", nil)},
		{name: "sweep, one was applied late", scene: applied, refuses: true, pull: func(tr *trial) { tr.passesAlone(7 * time.Hour) }},
	}
}

// leavesKept begins a rotation whose requests are held back on their way, and lets it be settled by a login.
func leavesKept(tr *trial) {
	rotatesAll(tr)
	fault := oraclesim.Fault{Kind: oraclesim.FaultLate, Method: "PATCH", Path: "/hcmRestApi/scim", Count: 2}
	switch tr.way {
	case byItself:
		fault.Count = 1
	case throughDomain:
		fault = oraclesim.Fault{Kind: oraclesim.FaultLate, Domain: true, Path: "/admin/v1/UserPasswordChanger", Count: 1}
	case throughFusion, asPair:
	}
	must(tr.t, tr.pod().Inject(fault))
	tr.ok(logical.UpdateOperation, "rotate/gl", nil)
	tr.passes(time.Hour)
	h, _, _ := tr.holder("integration/gl")
	if keys := h.target(); h.Rotation.Turn.Phase != "" || len(keys.Candidates) != 1 || tr.live(keys.Username) != keys.Password {
		tr.t.Fatalf("nothing is kept: rotation_phase %q, %d candidates", h.Rotation.Turn.Phase, len(keys.Candidates))
	}
}
