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
	// Basis is new whenever something changes that a login depends on: a result belongs to one basis.
	Basis       int64
	ServerURL   string
	Username    string
	Modules     []oracle.Module
	Probes      map[oracle.Module]string
	PasswordSet time.Time
	PausedUntil time.Time
	PauseReason string
	Modified    time.Time // when anything of it last changed
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

// Snapshot is everything a decision about an integration needs.
type Snapshot struct {
	Integration Integration
	Policy      Policy
	Record      Record
	Ledger      Ledger
	HostAllowed bool
	// ConfigModified is when the mount's settings last changed.
	ConfigModified time.Time
}

// Current gives the record as far as it speaks of what is stored. A process that died between two writes
// leaves a record of the password before, of which only the events' count and the schedule still hold; or
// a refusal that the guard has counted and the record does not know.
func (s Snapshot) Current() Record {
	r := s.Record
	if r.Of != s.Integration.Subject() {
		r = Record{Of: s.Integration.Subject()}
		if s.Record.Of.IntegrationID == s.Integration.ID {
			r.Slot, r.SlotBase, r.SlotKey, r.Shown = s.Record.Slot, s.Record.SlotBase, s.Record.SlotKey, s.Record.Shown
		}
	}
	if at, refused := s.Ledger.refusedSince(s.Integration.Subject(), r.LastCheck); refused {
		r.Login, r.LastCheck, r.Modules, r.Failures, r.Cause = LoginRefused, at, nil, 0, ""
	}
	return r
}

// maxClockStep is how far a clock may go back before what it stored is no longer believed.
const maxClockStep = 5 * time.Minute

// NextSlot is the stored next check, or, when the policy's schedule is another one by now, the one that
// the new schedule gives. What a clock stored that was ahead is due at once.
func (s Snapshot) NextSlot(now time.Time) time.Time {
	r := s.Current()
	if r.SlotBase.After(now.Add(maxClockStep)) {
		return now
	}
	if r.SlotKey == s.Policy.ScheduleKey() && !r.Slot.IsZero() {
		return r.Slot
	}
	base := r.SlotBase
	if base.IsZero() {
		base = s.Integration.Modified
	}
	return s.Policy.NextSlot(s.Integration.Name, base)
}

// DueAt is when the next scheduled check runs: at its slot, but not while it is paused or held. Zero: not
// before a person acts.
func (s Snapshot) DueAt(now time.Time) time.Time {
	due := s.NextSlot(now)
	if decision := Allow(s.Ledger, s.Policy, ByEngine, now); decision.Denial != Allowed {
		if decision.Until.IsZero() {
			return time.Time{}
		}
		due = later(due, decision.Until)
	}
	return later(due, s.Integration.PausedUntil)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
