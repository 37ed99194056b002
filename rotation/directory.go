package rotation

import (
	"errors"
	"strings"
	"time"

	"github.com/ryanuber/go-glob"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Directory is an administrator's door to the accounts of a pod, as far as using it needs.
type Directory struct {
	Name string
	// ID is new with every create, so that what one directory said is never taken for another's word.
	ID string
	// Basis is new whenever something changes that its login depends on.
	Basis       int64
	Kind        oracle.DirectoryKind
	URL         string
	User        string      // its own user, or its OAuth client's ID
	Fingerprint Fingerprint // of its secret; empty where it is not at hand
	// WatchedBy is the ID of the directory that knows of its user, where an integration of the same user names
	// one: what that said binds this directory's own logins, too.
	WatchedBy          string
	Phase              Phase // of the rotation of its own password
	Rotating           bool  // and which of its passwords is live is not settled
	RotatingSince      time.Time
	ProbeUser          string   // whom to look up as a proof
	AllowedUsernames   []string // globs
	AllowedServerHosts []string // patterns as oracle.ParseHostPattern returns them
}

// Account names the directory's own user, whose logins are counted like any other's.
func (d Directory) Account() Account { return AccountOf(d.User, d.URL) }

// Why a directory does not serve a user. Each says what to do next.
var (
	ErrOwnUser        = errors.New("the directory's own user is never read or changed through it: give this integration another user, or another directory")
	ErrUserNotAllowed = errors.New("the directory's allowed_usernames does not permit this user: have the directory's administrator add it")
	ErrHostNotServed  = errors.New("the directory does not serve this host: a fusion directory serves its own host only, an identity_domain the hosts in allowed_server_hosts")
	ErrUserUnaskable  = errors.New(`this user name cannot be asked of a directory: it holds a quotation mark, a backslash, a control character, or white space around it`)
)

// Permits says whether a user on a pod may be read and changed through the directory. It is asked on every
// write of an integration and again before every request, because a directory can reset any user's password:
// whoever may write integrations must not get at users that the directory's administrator did not name.
func (d Directory) Permits(username, serverURL string) error {
	odd := func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f }
	if strings.ContainsFunc(username, odd) || strings.TrimSpace(username) != username {
		return ErrUserUnaskable
	}
	if folded(username) == folded(d.User) {
		return ErrOwnUser
	}
	if !matchesAny(d.AllowedUsernames, username) {
		return ErrUserNotAllowed
	}
	served := d.Kind == oracle.FusionDirectory && oracle.Host(serverURL) == oracle.Host(d.URL) ||
		d.Kind == oracle.IdentityDomain && oracle.HostAllowed(d.AllowedServerHosts, serverURL)
	if !served {
		return ErrHostNotServed
	}
	return nil
}

// matchesAny compares without regard to case, as Oracle does.
func matchesAny(globs []string, username string) bool {
	for _, pattern := range globs {
		if glob.Glob(folded(pattern), folded(username)) {
			return true
		}
	}
	return false
}

// DirectoryState is how a directory itself is. The list is closed.
type DirectoryState string

// The states of a directory.
const (
	DirectoryOK          DirectoryState = "ok"          // it logs in, and looks users up
	DirectoryHeld        DirectoryState = "held"        // its login was refused, and the guard holds back
	DirectoryRejected    DirectoryState = "rejected"    // its login was refused
	DirectoryForbidden   DirectoryState = "forbidden"   // it logs in, and may not look users up
	DirectoryUnreachable DirectoryState = "unreachable" // it could not be asked
	DirectoryUnchecked   DirectoryState = "unchecked"   // never proved
)

// Health is what is remembered of a directory's answers.
type Health struct {
	Basis       int64          `json:"basis"` // of the directory that it speaks of
	State       DirectoryState `json:"state"`
	Since       time.Time      `json:"since,omitzero"`
	LastSuccess time.Time      `json:"last_success,omitzero"`
	Detail      string         `json:"detail,omitempty"`
}

// healthEvery is how old a stored last success may get before it is stored anew: it is for people, and each
// look-up would otherwise cost a write of its own.
const healthEvery = 5 * time.Minute

// After is the health after a look-up, and whether the difference is worth storing.
func (h Health) After(d Directory, l oracle.LookUp, now time.Time) (next Health, worth bool) {
	if h.Basis != d.Basis {
		h = Health{Basis: d.Basis}
	}
	next = h
	next.State, next.Detail = directoryState(l), ""
	if next.State == DirectoryOK {
		next.LastSuccess = now
	} else {
		next.Detail = answerWords(l.Answer)
	}
	if next.State != h.State {
		next.Since = now
	}
	worth = next.State != h.State || next.Detail != h.Detail || next.LastSuccess.Sub(h.LastSuccess) >= healthEvery || now.Before(h.LastSuccess)
	return next, worth
}

func directoryState(l oracle.LookUp) DirectoryState {
	switch {
	case l.Answered():
		return DirectoryOK
	case l.Login == oracle.LoginRefused:
		return DirectoryRejected
	case l.Answer.Outcome == oracle.Forbidden:
		return DirectoryForbidden
	}
	return DirectoryUnreachable
}

// DirectoryStatus is a directory as a read shows it.
type DirectoryStatus struct {
	State       DirectoryState
	LastSuccess time.Time
	HeldSince   time.Time
	Message     string
}

// DirectoryStatusOf is the one function that says how a directory is.
func DirectoryStatusOf(d Directory, h Health, l Ledger, p Policy, now time.Time) DirectoryStatus {
	status := DirectoryStatus{State: DirectoryUnchecked}
	if h.Basis == d.Basis && h.State != "" {
		status.State, status.LastSuccess = h.State, h.LastSuccess
	}
	hold := HoldOf(l, p, now)
	if hold.Held {
		status.State, status.HeldSince = DirectoryHeld, hold.Since
	}
	if d.Rotating {
		status.State, status.HeldSince = DirectoryHeld, d.RotatingSince
	}
	status.Message = directoryMessage(d, h, status, hold.Until)
	return status
}
