package backend_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// What messages tell people to do besides the actions of reconcile.
const (
	actCheck = "check"
	actWrite = "write"
)

// follow does what a person does who reads the status of a mount that needs one, looks at the account in Oracle, and
// says which password is live. It gives the action; empty when there is nothing to do.
func (tr *trial) follow() string {
	status := tr.read("status/gl")
	h, _, _ := tr.holder("integration/gl")
	account, keys, shown := "current", h.storedKeys, status
	if h.Standby != nil && (h.Rotation.Turn.Phase != "" || accepted(status)) {
		account, keys, shown = "standby", *h.Standby, status["standby"].(map[string]any)
	}
	live := tr.live(keys.Username)
	if h.Rotation.Turn.Phase == "" && accepted(shown) && live == keys.Password {
		return ""
	}
	message := fmt.Sprint(status["message"], " ", shown["message"])
	for _, action := range h.wanted(keys, live) {
		if strings.Contains(message, action) && strings.Contains(message, "/gl") || action == actWrite && strings.Contains(message, "to integrations/gl") {
			tr.does(action, account, live)
			return action
		}
	}
	tr.loss("a person would have to say one of %v, and the message does not tell: %s", h.wanted(keys, live), message)
	return ""
}

// followDirectory does the same for the directory's own password.
func (tr *trial) followDirectory() string {
	d, _, found := tr.holder("directory/door")
	if !found || tr.way == throughDomain {
		return ""
	}
	shown := tr.read("directories/door")
	if shown["rotation_phase"] == "idle" && shown["state"] == "ok" {
		return ""
	}
	live, message := tr.live(adminUser), fmt.Sprint(shown["message"])
	for _, action := range d.wanted(d.storedKeys, live) {
		switch {
		case action == actWrite || action == "release" && strings.Contains(message, "to directories/door"):
			_, _ = tr.do(logical.PatchOperation, "directories/door", map[string]any{"password": live})
			return actWrite
		case strings.Contains(message, action):
			_, _ = tr.do(logical.UpdateOperation, "directories/door/reconcile", map[string]any{"action": action})
			return action
		}
	}
	tr.loss("the directory needs one of %v, and the message does not tell: %s", d.wanted(d.storedKeys, live), message)
	return ""
}

// followIfOpen leaves to the next check what it shows by itself.
func (tr *trial) followIfOpen() {
	if tr.isOpen() {
		tr.follow()
	}
}

func (tr *trial) does(action, account, live string) {
	switch {
	case action == actCheck:
		_, _ = tr.do(logical.UpdateOperation, "check/gl", nil)
		return
	case action == actWrite && account == "standby":
		_, _ = tr.do(logical.PatchOperation, "integrations/gl", map[string]any{"standby_password": live})
		return
	case action == actWrite:
		_, _ = tr.do(logical.PatchOperation, "integrations/gl", map[string]any{"password": live})
		return
	}
	data := map[string]any{"action": action}
	if tr.way == asPair {
		data["account"] = account
	}
	if action == string(rotation.Adopt) {
		data["password"] = live
	}
	_, _ = tr.do(logical.UpdateOperation, "reconcile/gl", data)
}

// wanted is what a person can say of an account whose live password he knows, the plainest first.
func (h storedHolder) wanted(keys storedKeys, live string) []string {
	under := h.Rotation.Turn.Phase != ""
	kept := slices.ContainsFunc(keys.Candidates, func(c storedCandidate) bool { return c.Password == live })
	switch {
	case under && live == h.Rotation.Turn.Password:
		return []string{string(rotation.UsePending), "release"}
	case under && live == keys.Password:
		return []string{string(rotation.UseCurrent), "release"}
	case live == keys.Password:
		return []string{"release", actCheck}
	case kept:
		return []string{string(rotation.UsePending), string(rotation.Adopt)}
	case live == keys.Previous:
		return []string{string(rotation.UsePrevious), string(rotation.Adopt)}
	case under:
		return []string{string(rotation.Adopt)}
	}
	return []string{actWrite}
}
