package backend_test

import (
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
)

// What storage holds of passwords, in the words of the storage format.

// keysKept is every password of one user.
type keysKept struct {
	Username   string `json:"username"`
	Password   string `json:"password"`
	LoggedIn   bool   `json:"logged_in"`
	Previous   string `json:"previous"`
	Candidates []struct {
		Password string    `json:"password"`
		Deadline time.Time `json:"deadline"`
	} `json:"candidates"`
}

// turnKept is a rotation under way.
type turnKept struct {
	Phase     string    `json:"phase"`
	Password  string    `json:"password"`
	Served    bool      `json:"served"`
	Deadline  time.Time `json:"deadline"`
	By        string    `json:"by"`
	Refusals  int       `json:"refusals"`
	RefusedAt time.Time `json:"refused_at"`
}

// isSame says whether a write left a request as it was.
func (t *turnKept) isSame(before *turnKept) bool {
	return before != nil && t.Phase == before.Phase && t.Password == before.Password && t.Deadline.Equal(before.Deadline)
}

type rotationKept struct {
	Turn  *turnKept `json:"turn"`
	Error string    `json:"error"`
	Retry struct {
		Failures int  `json:"failures"`
		Stopped  bool `json:"stopped"`
	} `json:"retry"`
}

// integrationKept is the integration.
type integrationKept struct {
	ID string `json:"id"`
	keysKept
	Standby       *keysKept    `json:"standby"`
	Rotation      rotationKept `json:"rotation"`
	Version       int          `json:"credential_version"`
	BecameCurrent time.Time    `json:"became_current"`
	Directory     string       `json:"directory"`
	SelfManaged   bool         `json:"self_managed"`
	PausedUntil   time.Time    `json:"paused_until"`
}

// directoryKept is the directory.
type directoryKept struct {
	Kind       string       `json:"type"`
	User       string       `json:"user"`
	Secret     string       `json:"secret"`
	Previous   string       `json:"previous"`
	Allowed    []string     `json:"allowed_usernames"`
	Rotation   rotationKept `json:"rotation"`
	Candidates []struct {
		Password string `json:"password"`
	} `json:"candidates"`
}

func integrationIn(entry *logical.StorageEntry) (stored integrationKept, found bool) {
	return stored, entry != nil && entry.Key == "integration/gl" && entry.DecodeJSON(&stored) == nil
}

func directoryIn(entry *logical.StorageEntry) (stored directoryKept, found bool) {
	return stored, entry != nil && entry.Key == "directory/d" && entry.DecodeJSON(&stored) == nil
}

// gl is the integration as it is stored; false when there is none.
func (w *world) gl() (integrationKept, bool) { return integrationIn(w.peek("integration/gl")) }

// d is the directory.
func (w *world) d() (directoryKept, bool) { return directoryIn(w.peek("directory/d")) }

// phase is where a rotation stands.
func (r rotationKept) phase() string {
	if r.Turn == nil {
		return "idle"
	}
	return r.Turn.Phase
}

// rotating is the account that a rotation changes: the standby of a pair.
func (s integrationKept) rotating() keysKept {
	if s.Standby != nil {
		return *s.Standby
	}
	return s.keysKept
}

// users are the accounts of the integration; the current one first.
func (s integrationKept) users() []keysKept {
	if s.Standby != nil {
		return []keysKept{s.keysKept, *s.Standby}
	}
	return []keysKept{s.keysKept}
}

// every gives the passwords that are kept.
func (k keysKept) every() []string {
	all := []string{k.Password, k.Previous}
	for _, candidate := range k.Candidates {
		all = append(all, candidate.Password)
	}
	return all
}

// kept gives every password that is stored of a user, and the rotation under way of this user; false when the user
// is none of the mount's.
func (w *world) kept(name string) (passwords []string, current string, turn *turnKept, found bool) {
	if stored, exists := w.gl(); exists {
		for _, keys := range stored.users() {
			if !strings.EqualFold(keys.Username, name) {
				continue
			}
			passwords, current = keys.every(), keys.Password
			if strings.EqualFold(stored.rotating().Username, name) {
				turn = stored.Rotation.Turn
			}
			found = true
		}
	}
	if stored, exists := w.d(); exists && stored.User == name && stored.Kind == fusionDirectory {
		passwords, current, turn, found = []string{stored.Secret, stored.Previous}, stored.Secret, stored.Rotation.Turn, true
		for _, candidate := range stored.Candidates {
			passwords = append(passwords, candidate.Password)
		}
	}
	if turn != nil {
		passwords = append(passwords, turn.Password)
	}
	return slices.DeleteFunc(passwords, func(p string) bool { return p == "" }), current, turn, found
}

// storedPassword is the one that a user is checked with.
func (w *world) storedPassword(name string) string {
	_, current, _, _ := w.kept(name)
	return current
}

// settles says whether a login with this password settles a rotation, or tries what may have been set late.
func (w *world) settles(name, password string) bool {
	passwords, current, turn, found := w.kept(name)
	open := turn != nil && turn.Phase != "prepared"
	return found && (open || password != current) && slices.Contains(passwords, password)
}

// beganByPerson says whether a login proves what a person's rotation has set.
func (w *world) beganByPerson(name, password string) bool {
	_, current, turn, found := w.kept(name)
	return found && turn != nil && turn.By == "person" && (turn.Password == password || turn.Served && current == password)
}

// phase is where the integration's rotation stands.
func (w *world) phase() string {
	stored, _ := w.gl()
	return stored.Rotation.phase()
}
