package backend_test

import (
	"slices"
	"strings"
)

// keeps holds storage against promise 9: the password in Oracle is stored, where the engine set it for the integration
// (or the directory) that there is, and nobody else has set one since.
func (w *world) keeps() {
	for _, name := range []string{user, standbyUser, adminUser} {
		passwords, _, _, found := w.kept(name)
		if !found || !w.engineSet(name) {
			continue
		}
		live := w.live(name)
		w.Lock()
		ours := w.sent[name][live]
		w.Unlock()
		if ours && !slices.Contains(passwords, live) {
			w.book.fault("promise 9: the password of %s in Oracle is stored nowhere", name)
		}
		if ours {
			w.stage.tally.add("live passwords that the engine set", 1)
		}
	}
}

// engineSet says whether the engine was the last that set a user's password.
func (w *world) engineSet(name string) bool {
	changes := w.stage.pod.PasswordChanges(name)
	if len(changes) == 0 {
		return false
	}
	by := changes[len(changes)-1].By
	return by == "self" || strings.HasPrefix(by, "scim:") || strings.HasPrefix(by, "domain:"+clientID)
}

// wrongByHand says whether no way leads from what is stored to the password in Oracle: somebody else set it.
func (w *world) wrongByHand(name string) bool {
	passwords, current, _, _ := w.kept(name)
	live := w.live(name)
	return live != current && !w.engineSet(name) || !slices.Contains(passwords, live)
}

// serves holds what creds answers against what is stored, and against what it answered before (promise 11).
func (w *world) serves() {
	stored, exists := w.gl()
	if _, armed := w.drive.troubles(); !exists || armed {
		return // a read would use the trouble up
	}
	got := w.ask("read", "creds/gl", nil, nil)
	if w.revive(); !got.ok {
		return
	}
	if got.data["password"] != stored.Password || got.data["username"] != stored.Username || got.data["credential_version"] != stored.Version {
		w.book.fault("creds serve another credential than the one that is stored")
	}
	w.Lock()
	defer w.Unlock()
	before := w.served
	w.served = got.data
	if before == nil {
		return
	}
	same := before["password"] == got.data["password"] && before["username"] == got.data["username"]
	sameTime := before["last_vault_rotation"] == got.data["last_vault_rotation"]
	steps := got.data["credential_version"].(int) - before["credential_version"].(int)
	// Two moves may lead back, and each was held against the promise when it was stored.
	if steps < 0 || steps == 0 && (!same || !sameTime) || steps == 1 && same {
		w.book.fault("promise 11: creds moved from version %v, %v, to %v, %v, and the password is the same: %v", before["credential_version"],
			before["last_vault_rotation"], got.data["credential_version"], got.data["last_vault_rotation"], same)
	}
}
