package backend_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
)

// rotations is what the test saw of rotations.
type rotations struct {
	// sending is, by user, the last request to set a password that was stored, whether or not it left.
	sending map[string]sending
	// setting are the requests to set a password that may be on their way.
	setting []*setRequest
	// held counts those that Oracle has, and carries out late; heldSince is before the first of them.
	held      int
	heldSince time.Time
	// sent is, by user, what the engine asked Oracle to set, for the integration that there is now.
	sent map[string]map[string]bool
	// proved: a login has proved one rotation of the integration, by the directory through which it was set.
	proved map[string]bool
	// served is what creds served last.
	served map[string]any
}

// sending is a request to set a password, as its process stored it.
type sending struct {
	by       *process
	of       string // the ID of the integration; empty: of the directory
	password string
	deadline time.Time
}

func newRotations() rotations {
	return rotations{sending: map[string]sending{}, sent: map[string]map[string]bool{}, proved: map[string]bool{}}
}

// sawEntry sees the passwords and phases that a process stores, before they are stored.
func (w *world) sawEntry(p *process, entry *logical.StorageEntry) {
	if next, found := directoryIn(entry); found && next.Kind == fusionDirectory {
		before, _ := w.d()
		w.sawTurn(sending{by: p}, next.User, before.Rotation, next.Rotation, "directory: ")
		w.book.mention(next.Secret)
	}
	next, found := integrationIn(entry)
	if !found {
		return
	}
	before, existed := w.gl()
	w.granting(p, before, next)
	w.sawTurn(sending{by: p, of: next.ID}, next.rotating().Username, before.Rotation, next.Rotation, "")
	if existed && before.ID == next.ID {
		w.moves(p, before, next)
		return
	}
	w.Lock()
	defer w.Unlock()
	w.proved, w.served = map[string]bool{}, nil
	for _, keys := range next.users() {
		delete(w.sent, keys.Username)
	}
}

// sawTurn notes what is about to be sent, and counts how rotations go.
func (w *world) sawTurn(s sending, name string, before, next rotationKept, of string) {
	if turn := next.Turn; turn != nil {
		w.book.mention(turn.Password)
		if turn.Phase == "sent" && !turn.isSame(before.Turn) { // else it is written beside something else
			w.Lock()
			s.password, s.deadline = turn.Password, turn.Deadline
			w.sending[name] = s
			w.Unlock()
		}
	}
	if before.phase() != next.phase() {
		w.stage.tally.add(fmt.Sprintf("%sphase %s to %s", of, before.phase(), next.phase()), 1)
	}
	if next.Error != "" && (next.Error != before.Error || next.Retry.Failures != before.Retry.Failures) {
		w.stage.tally.add(fmt.Sprintf("%srotations: %s", of, next.Error), 1)
	}
	if next.Retry.Stopped && !before.Retry.Stopped {
		w.stage.tally.add(of+"rotations given up", 1)
	}
}

// moves holds what applications read against promises 10 and 11: user name and password, version and date move as
// one, and only by a promotion, a write or a reconcile.
func (w *world) moves(p *process, before, next integrationKept) {
	moved := before.Password != next.Password || !strings.EqualFold(before.Username, next.Username)
	sameTime := before.BecameCurrent.Equal(next.BecameCurrent) && (!moved || time.Since(before.BecameCurrent) > time.Second) // else it moved twice at one instant
	if moved != (before.Version != next.Version) || moved == sameTime || moved && next.Version != before.Version+1 {
		w.book.fault("promise 11: user name or password moved: %v; version %d to %d, last_vault_rotation %v to %v",
			moved, before.Version, next.Version, before.BecameCurrent, next.BecameCurrent)
	}
	if !moved {
		return
	}
	if since := time.Since(next.BecameCurrent).Abs(); since > time.Minute {
		w.book.fault("promise 11: last_vault_rotation of what is stored now is %v away", since)
	}
	by, person := w.movedBy(p, before, next)
	w.Lock()
	w.of(next.Username).served[next.Password] = true
	w.Unlock()
	w.stage.tally.add("credentials moved by "+by, 1)
	if person {
		return
	}
	w.Lock()
	defer w.Unlock()
	a := w.of(next.Username)
	switch {
	case a.loggedIn[next.Password]:
		w.proved[next.Directory] = w.proved[next.Directory] || w.sent[next.Username][next.Password]
	case next.Standby != nil:
		w.book.fault("promise 10: a pair serves %s with a password that never logged in, moved by %s", next.Username, by)
	case !a.said[next.Password]:
		w.book.fault("promise 10: a password is served that never logged in, and of which Oracle did not say that it set it; moved by %s", by)
	case !w.proved[next.Directory]:
		w.book.fault("promise 10: a password that never logged in is served on Oracle's word, and no rotation was proved before; moved by %s", by)
	}
}

// movedBy says what moved the credential, and whether a person wrote it.
func (w *world) movedBy(p *process, before, next integrationKept) (by string, person bool) {
	if data, asked := p.asks("integrations/gl"); asked && data["password"] == next.Password {
		return "a write", true
	}
	target := before.rotating()
	if turn := before.Rotation.Turn; turn != nil && turn.Password == next.Password && strings.EqualFold(target.Username, next.Username) {
		return "a promotion out of " + turn.Phase, false
	}
	if data, asked := p.asks("reconcile/gl"); asked && data["action"] != nil {
		return fmt.Sprintf("reconcile, %v", data["action"]), false
	}
	for _, keys := range before.users() {
		for _, candidate := range keys.Candidates {
			if candidate.Password == next.Password && strings.EqualFold(keys.Username, next.Username) {
				return "a late application", false
			}
		}
	}
	w.book.fault("promise 11: the credential moved, and neither a promotion nor a person moved it")
	return "nobody", true
}
