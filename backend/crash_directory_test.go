package backend_test

import (
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// ofDirectories are the triggers of a fusion directory's own password.
func ofDirectories(t *testing.T, s *stage) []trigger {
	t.Helper()
	first := newScene(t, s, throughFusion, oraclesim.Switches{}, func(*trial) {})
	unresolved := newScene(t, s, throughFusion, oraclesim.Switches{}, leavesDirectoryUnresolved)
	all := []trigger{
		{name: "directories/:name/rotate", scene: first, pull: pulls("directories/door/rotate", nil)},
		{name: "the same again", scene: newScene(t, s, throughFusion, oraclesim.Switches{}, func(tr *trial) {
			tr.ok(logical.UpdateOperation, "directories/door/rotate", nil)
			tr.passes(time.Minute)
			tr.sent = nil
		}), pull: pulls("directories/door/rotate", nil)},
	}
	for action, live := range map[rotation.Statement]func(storedHolder) string{
		rotation.UsePending:  func(h storedHolder) string { return h.Rotation.Turn.Password },
		rotation.UseCurrent:  func(h storedHolder) string { return h.Password },
		rotation.UsePrevious: func(h storedHolder) string { return h.Previous },
		rotation.Adopt:       func(storedHolder) string { return handPassword },
	} {
		all = append(all, unresolved.statesDirectory(string(action), live))
	}
	return all
}

// leavesDirectoryUnresolved rotates a directory's password twice, the second time with every answer lost.
func leavesDirectoryUnresolved(tr *trial) {
	tr.ok(logical.UpdateOperation, "directories/door/rotate", nil)
	tr.passes(time.Minute)
	tr.sent = nil
	must(tr.t, tr.pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultLostReply, User: adminUser, Path: "/hcmRestApi/scim", Skip: 1}))
	tr.ok(logical.UpdateOperation, "directories/door/rotate", nil)
	tr.passes(time.Hour)
	tr.pod().ClearFaults()
	if phase := tr.read("directories/door")["rotation_phase"]; phase != string(rotation.PhaseUnresolved) {
		tr.t.Fatalf("the directory's rotation is %v", phase)
	}
}

// statesDirectory is a trigger by which a person states which of the directory's passwords is live.
func (s *scene) statesDirectory(action string, live func(storedHolder) string) trigger {
	data := map[string]any{"action": action}
	if action == string(rotation.Adopt) {
		data["password"] = handPassword
	}
	say := pulls("directories/door/reconcile", data)
	return trigger{
		name: "directories/:name/reconcile " + action, scene: s,
		pull: func(tr *trial) {
			d, _, _ := tr.holder("directory/door")
			tr.setsByHand(adminUser, live(d))
			say(tr)
		},
		again: func(tr *trial) {
			if d, _, _ := tr.holder("directory/door"); d.Rotation.Turn.Phase != "" || tr.live(adminUser) != d.Password {
				say(tr)
			}
		},
	}
}
