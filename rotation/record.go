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
	PausedUntil            time.Time
	PauseReason            string
	Modified               time.Time // when anything of it last changed
}

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
