package backend_test

import (
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/rotation"
)

const handPassword = "By-Hand-Horse-8"

// stating are the triggers of people who settle what the engine may not: what is live in Oracle, and what they say.
func stating(t *testing.T, s *stage, w way) []trigger {
	t.Helper()
	unresolved := newScene(t, s, w, oraclesim.Switches{}, leavesUnresolved)
	unverified := newScene(t, s, w, oraclesim.Switches{}, leavesUnverified)
	all := []trigger{
		unresolved.states("release", func(k storedKeys, pending string) string { return pending }),
		unresolved.states("use_pending", func(k storedKeys, pending string) string { return pending }),
		unresolved.states("use_current", func(k storedKeys, pending string) string { return k.Password }),
		unresolved.states("use_previous", func(k storedKeys, pending string) string { return k.Previous }),
		unresolved.states("adopt", func(storedKeys, string) string { return handPassword }),
		unverified.states("release", func(k storedKeys, pending string) string { return "" }),
	}
	all[0].name, all[5].name = "release of an unresolved one", "release of an unverified one"
	return all
}

// states is a trigger by which a person states which password is live, after it was set in Oracle.
func (s *scene) states(action string, live func(k storedKeys, pending string) string) trigger {
	pull := func(tr *trial) {
		h, _, _ := tr.holder("integration/gl")
		keys := h.target()
		if password := live(keys, h.Rotation.Turn.Password); password != "" {
			tr.setsByHand(keys.Username, password)
		}
		data := map[string]any{"action": action}
		if tr.way == asPair {
			data["account"] = "standby"
		}
		if action == "adopt" {
			data["password"] = handPassword
		}
		_, _ = tr.do(logical.UpdateOperation, "reconcile/gl", data)
	}
	return trigger{name: "reconcile " + action, scene: s, pull: pull, again: (*trial).followIfOpen}
}

// target is the account that a rotation changes.
func (h storedHolder) target() storedKeys {
	if h.Standby != nil {
		return *h.Standby
	}
	return h.storedKeys
}

// leavesUnresolved begins a rotation whose answers are lost, and lets the engine's budget go: by lost answers to its
// logins, or, where the domain's count would give it back, by refused ones.
func leavesUnresolved(tr *trial) {
	rotatesAll(tr)
	fault := oraclesim.Fault{Kind: oraclesim.FaultLostReply, Method: "PATCH", Path: "/hcmRestApi/scim", Count: 2}
	switch tr.way {
	case byItself:
		fault.Count = 1
	case throughDomain:
		fault = oraclesim.Fault{Kind: oraclesim.FaultLostReply, Domain: true, Path: "/admin/v1/UserPasswordChanger", Count: 1}
	case throughFusion, asPair:
	}
	must(tr.t, tr.pod().Inject(fault))
	if tr.way != throughDomain {
		tr.losesLogins()
	} else {
		tr.ok(logical.UpdateOperation, "rotate/gl", nil)
		tr.setsByHand(user, "Other-Horse-4")
		tr.passes(time.Hour)
	}
	tr.mustBeIn(rotation.PhaseUnresolved)
}

// leavesUnverified begins a rotation that Oracle accepts, and of which the logins are lost.
func leavesUnverified(tr *trial) {
	tr.losesLogins()
	tr.mustBeIn(rotation.PhaseUnverified)
}

// losesLogins rotates while the answers to all logins are lost.
func (tr *trial) losesLogins() {
	tr.t.Helper()
	h, _, _ := tr.holder("integration/gl")
	must(tr.t, tr.pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultLostReply, User: h.target().Username, Path: "/fscmRestApi"}))
	tr.ok(logical.UpdateOperation, "rotate/gl", nil)
	tr.passes(time.Hour)
	tr.pod().ClearFaults()
}

func (tr *trial) mustBeIn(phase rotation.Phase) {
	tr.t.Helper()
	if status := tr.read("status/gl"); status["rotation_phase"] != string(phase) {
		tr.t.Fatalf("the rotation is %v and not %s: %v %v", status["rotation_phase"], phase, status["reason"], status["message"])
	}
}
