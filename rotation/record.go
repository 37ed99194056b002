package rotation

import (
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Integration is one Oracle integration user on one pod, as far as checking it needs.
type Integration struct {
	Name string
	// ID is new with every create, so that a result of a deleted integration never lands on its successor.
	ID                string
	CredentialVersion int
	// BecameCurrent is when this user name and password were stored.
	BecameCurrent time.Time
	// Basis is new whenever something changes that a login depends on: a result belongs to one basis.
	Basis       int64
	ServerURL   string
	Username    string
	Modules     []oracle.Module
	Probes      map[oracle.Module]string
	PasswordSet time.Time // as somebody stated it, or assumed
	// Directory names the directory that knows of the user; empty: none. DirectoryID is the one it names now.
	Directory, DirectoryID string
	NotServed              error // why that directory does not serve this user any more; nil: it does
	DirectoryKind          oracle.DirectoryKind
	PausedUntil            time.Time
	PauseReason            string
	Rotation               Standing
	Modified               time.Time // when anything of it last changed
}

// Standing is where the rotation of an integration's password stands. It holds no secret.
type Standing struct {
	Way       Way
	Phase     Phase
	Served    bool // unverified, and what applications read
	Deadline  time.Time
	Begun     time.Time
	Refusals  int
	RefusedAt time.Time
	Retry     Retry     // of rotations that came to nothing
	KeptWait  Retry     // of tries of kept passwords
	Wait      Retry     // of looks that could not settle the one that is under way
	Last      time.Time // the last promotion
	Error     Failure
	Detail    string
	// KnownUser: a stored password has logged in since user name or server changed. LoggedIn: this one has.
	KnownUser, LoggedIn bool
	Shared              bool // a directory logs in as this user, too
	Pair                bool
	Standby             bool // this is the standby account of a pair
	Kept                int  // passwords that Oracle may still set, until KeptUntil
	KeptUntil           time.Time
	FullUntil           time.Time // until then so many are kept that no rotation begins; zero: there is room
	Previous            bool      // there is one that logged in before
}

// Turn is what of a rotation under way decides when it goes on.
func (r Standing) turn() Turn {
	return Turn{Phase: r.Phase, Deadline: r.Deadline, Begun: r.Begun, Refusals: r.Refusals, RefusedAt: r.RefusedAt}
}

// Open says whether the stored password may no longer be the live one, so that no check logs in with it.
func (r Standing) Open() bool { return r.turn().open() }

// Subject names what a login of this integration proves.
func (i Integration) Subject() Subject { return Subject{IntegrationID: i.ID, Basis: i.Basis} }

// Account names the Oracle user whose logins are counted together.
func (i Integration) Account() Account { return AccountOf(i.Username, i.ServerURL) }

// Plans gives the probes of the selected modules.
func (i Integration) Plans() []oracle.Plan { return i.plansOf(i.Modules) }

// ExcessPlans gives the probes of the modules that were not selected.
func (i Integration) ExcessPlans() []oracle.Plan {
	selected := map[oracle.Module]bool{}
	for _, m := range i.Modules {
		selected[m] = true
	}
	var others []oracle.Module
	for _, m := range oracle.Modules() {
		if !selected[m] {
			others = append(others, m)
		}
	}
	return i.plansOf(others)
}

func (i Integration) plansOf(modules []oracle.Module) []oracle.Plan {
	var plans []oracle.Plan
	for _, m := range modules {
		plans = append(plans, oracle.PlanFor(m, i.Probes[m]))
	}
	return plans
}

// LoginKnown is what the last settled login said. The list is closed.
type LoginKnown string

// What a login can have said.
const (
	LoginNever    LoginKnown = ""
	LoginAccepted LoginKnown = "accepted"
	LoginRefused  LoginKnown = "refused"
)

// Record is what is remembered of an integration's checks. It holds no secret.
type Record struct {
	Of Subject `json:"of"` // what the results speak of

	Login       LoginKnown       `json:"login,omitempty"`
	LastCheck   time.Time        `json:"last_check,omitzero"`   // the last check that ended, whatever it found
	LastSuccess time.Time        `json:"last_success,omitzero"` // the last accepted login
	Modules     []oracle.Finding `json:"modules,omitempty"`
	// Excess lists modules that answer although they were not selected; only a check that asked for
	// least privilege (ExcessAsked) knows.
	Excess      []oracle.Module `json:"excess,omitempty"`
	ExcessAsked bool            `json:"excess_asked,omitempty"`
	// ForeignFailures counts the refused logins that the directory knew of at the last check, and that were
	// not the engine's own; nil where it does not count.
	ForeignFailures *int `json:"foreign_failures,omitempty"`
	// DirectorySilent: the integration has a directory, and it did not answer at the last check.
	DirectorySilent bool `json:"directory_silent,omitempty"`

	// Failures counts checks in a row that could not ask; Cause is why the last one could not.
	Failures    int    `json:"failures,omitempty"`
	Cause       Reason `json:"cause,omitempty"`
	CauseDetail string `json:"cause_detail,omitempty"`

	// Slot is the next scheduled check, computed at SlotBase from the schedule named by SlotKey.
	Slot     time.Time `json:"slot,omitzero"`
	SlotBase time.Time `json:"slot_base,omitzero"`
	SlotKey  string    `json:"slot_key,omitempty"`

	Shown Shown `json:"shown"`
}

// Shown is the verdict as it was last stored.
type Shown struct {
	State  State     `json:"state"`
	Reason Reason    `json:"reason"`
	Since  time.Time `json:"since"`
	Seq    int64     `json:"seq"`
	// ChangesAt is when the verdict changes by time alone; zero if never.
	ChangesAt time.Time `json:"changes_at,omitzero"`
}
