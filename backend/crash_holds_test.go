package backend_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// storedKeys is every password of one user, as it is stored.
type storedKeys struct {
	Username   string            `json:"username"`
	Password   string            `json:"password"`
	Previous   string            `json:"previous"`
	Candidates []storedCandidate `json:"candidates"`
}

type storedCandidate struct {
	Password string    `json:"password"`
	Deadline time.Time `json:"deadline"`
}

// storedHolder is an integration or a directory, as far as its rotation is concerned.
type storedHolder struct {
	storedKeys
	User     string      `json:"user"`   // of a directory
	Secret   string      `json:"secret"` // of a directory
	Standby  *storedKeys `json:"standby"`
	Rotation struct {
		Turn struct {
			Phase    rotation.Phase `json:"phase"`
			Password string         `json:"password"`
			Deadline time.Time      `json:"deadline"`
		} `json:"turn"`
	} `json:"rotation"`
}

// holder reads one past the process; false when there is none.
func (tr *trial) holder(key string) (storedHolder, string, bool) {
	var h storedHolder
	entry, err := tr.under().Get(context.Background(), key)
	if err != nil || entry == nil || json.Unmarshal(entry.Value, &h) != nil {
		return h, "", false
	}
	if h.User != "" {
		h.Username, h.Password = h.User, h.Secret
	}
	return h, string(entry.Value), true
}

// loss notes a broken promise.
func (tr *trial) loss(format string, values ...any) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.losses = append(tr.losses, fmt.Sprintf("%v: ", time.Since(tr.began).Round(time.Second))+fmt.Sprintf(format, values...))
}

// holds holds what must be so at every instant: the live password of everybody is stored, nobody is locked, and what
// applications read of a pair logs in.
func (tr *trial) holds(when string) {
	for _, key := range []string{"integration/gl", "directory/door"} {
		h, text, found := tr.holder(key)
		if !found {
			continue
		}
		users := []string{h.Username}
		if h.Standby != nil {
			users = append(users, h.Standby.Username)
			if live := tr.live(h.Username); live != h.Password && live != tr.byHand {
				tr.loss("%s: what applications read of the pair does not log in", when)
			}
		}
		for _, name := range users {
			tr.holdsUser(name, text, when)
		}
	}
}

func (tr *trial) holdsUser(name, text, when string) {
	state, err := tr.pod().State(name)
	if err != nil {
		return // a client of the domain
	}
	if state.Locks > 0 && !tr.locked {
		tr.loss("%s: %s is locked", when, name)
	}
	if live := tr.live(name); live == "" {
		tr.loss("%s: nobody knows the password of %s", when, name)
	} else if !strings.Contains(text, `"`+live+`"`) && live != tr.byHand {
		tr.loss("%s: the live password of %s is not stored", when, name)
	}
}

// isOpen says whether which password is live is not known, or is not the stored one.
func (tr *trial) isOpen() bool {
	h, _, _ := tr.holder("integration/gl")
	wrong := h.Rotation.Turn.Phase != "" || tr.live(h.Username) != h.Password
	return wrong || h.Standby != nil && tr.live(h.Standby.Username) != h.Standby.Password
}

// unrest says what is not yet, or not any more, as it should be in the end.
func (tr *trial) unrest() string {
	status := tr.read("status/gl")
	h, _, _ := tr.holder("integration/gl")
	switch {
	case status["rotation_phase"] != "idle", !accepted(status):
		return fmt.Sprintf("rotation_phase %v, %v (%v): %v", status["rotation_phase"], status["state"], status["reason"], status["message"])
	case !tr.pod().HasPassword(h.Username, h.Password):
		return "what applications read does not log in"
	case h.Standby != nil && !tr.pod().HasPassword(h.Standby.Username, h.Standby.Password):
		return "the stored password of the standby does not log in"
	case h.Standby != nil && !accepted(status["standby"].(map[string]any)):
		return fmt.Sprintf("the standby is %v", status["standby"])
	}
	if d, _, found := tr.holder("directory/door"); found && tr.way != throughDomain {
		shown := tr.read("directories/door")
		if !tr.pod().HasPassword(d.Username, d.Password) || shown["rotation_phase"] != "idle" || shown["state"] != "ok" {
			return fmt.Sprintf("the directory is %v, rotation_phase %v", shown["state"], shown["rotation_phase"])
		}
	}
	return ""
}

// lost is what was broken, the first of it; empty when nothing was.
func (tr *trial) lost() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if len(tr.losses) == 0 {
		return ""
	}
	return fmt.Sprintf("%s (%d in all)", tr.losses[0], len(tr.losses))
}
