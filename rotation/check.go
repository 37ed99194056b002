package rotation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Credential is what a check needs besides the snapshot: where to log in, and the secret.
type Credential struct {
	Endpoint    oracle.Endpoint
	Login       oracle.Login
	Fingerprint Fingerprint
}

// Surveyor logs in and asks the modules.
type Surveyor interface {
	Survey(ctx context.Context, endpoint oracle.Endpoint, login oracle.Login, plans []oracle.Plan) oracle.Findings
}

// Integrations keeps integrations and their records.
type Integrations interface {
	// AccountOf answers from memory, which may be old.
	AccountOf(ctx context.Context, name string, side Side) (Account, error)
	// LoadIntegration reads an integration with the password of that account.
	LoadIntegration(ctx context.Context, name string, side Side) (Snapshot, Credential, error)
	// SaveRecord stores what change makes of the integration as it stands now, with the ledger as it is
	// known to be. When the integration is another one by now, or has another password, nothing is stored:
	// the result belongs to neither.
	SaveRecord(ctx context.Context, seen Snapshot, ledger Ledger, change Change) error
}

// Change is what happened to a record.
type Change struct {
	At    time.Time
	Kind  EventKind
	Actor string
	// Always counts it as an event, also when it moves nothing that is shown.
	Always bool
	// LoggedIn: the stored password has logged in.
	LoggedIn time.Time
	Decide   func(Snapshot) Record
}

// Checker proves stored credentials.
type Checker struct {
	integrations Integrations
	prover       *Prover
	surveyor     Surveyor
	viewer       *Viewer
}

// NewChecker gives a checker over a store, a prover, and the ways to ask Oracle and the directories.
func NewChecker(integrations Integrations, prover *Prover, surveyor Surveyor, viewer *Viewer) *Checker {
	return &Checker{integrations, prover, surveyor, viewer}
}

// ErrOtherAccount ends a check whose integration was given to another user or pod while it waited.
var ErrOtherAccount = errors.New("the integration was given another user or pod meanwhile: check it again")

// loggedIn is the instant before the login, where it was accepted.
func (p Proof) loggedIn() time.Time {
	if p.Findings.Login != oracle.LoginAccepted {
		return time.Time{}
	}
	return p.Began
}

// errRotating ends a check of a password that may not be the live one.
var errRotating = errors.New("a rotation is under way")

// barred says whether this account's stored password may not be the live one: then only its rotation logs in.
func (s Snapshot) barred() bool {
	r := s.Integration.Rotation
	return r.Open() && r.Pair == r.Standby
}

// CheckOptions say how a check is made, and for whom.
type CheckOptions struct {
	By             Initiator
	Side           Side // whose password; the current account's when empty
	LeastPrivilege bool // also probe the modules that were not selected
	Kind           EventKind
	Actor          string
	Place          Place // among those that ask Oracle; nil: the check needs none, or has it
}

// Check proves one integration once and stores what it found. The decision says whether a login was
// spent. An error is about storage; whatever Oracle did is in the record.
func (c *Checker) Check(ctx context.Context, name string, options CheckOptions) (Decision, error) {
	proof, seen, err := c.prove(ctx, name, options)
	if errors.Is(err, ErrOtherAccount) && options.By != ByPerson { // memory was old, and is no more; a person meant the other
		proof, seen, err = c.prove(ctx, name, options)
	}
	if errors.Is(err, errRotating) {
		return Decision{Denial: DenyRotating}, nil
	}
	if err != nil {
		return Decision{}, fmt.Errorf("check integration %q: %w", name, err)
	}
	now := time.Now()
	spent := proof.Decision.Denial == Allowed
	if !spent && !proof.Asked {
		return proof.Decision, nil // nothing was learned
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	err = c.integrations.SaveRecord(late, seen, proof.Ledger, Change{
		At: now, Kind: options.Kind, Actor: options.Actor, Always: spent && options.Kind == EventRelease,
		LoggedIn: proof.loggedIn(), Decide: func(s Snapshot) Record {
			if !spent {
				return Looked(s, proof, now)
			}
			return Checked(s, proof, options.LeastPrivilege, now)
		},
	})
	if err != nil {
		return proof.Decision, fmt.Errorf("store the check of integration %q: %w", name, err)
	}
	return proof.Decision, nil
}

// prove spends the login of a check, on what is loaded when its turn has come: until then the integration may be written,
// deleted, or forbidden.
func (c *Checker) prove(ctx context.Context, name string, options CheckOptions) (proof Proof, seen Snapshot, err error) {
	account, err := c.integrations.AccountOf(ctx, name, options.Side)
	if err != nil {
		return Proof{}, Snapshot{}, err //nolint:wrapcheck // the caller says which check
	}
	proof, err = c.prover.Prove(ctx, account, options.By, func(ctx context.Context) (Attempt, error) {
		var credential Credential
		var err error
		seen, credential, err = c.integrations.LoadIntegration(ctx, name, options.Side)
		switch {
		case err != nil:
		case seen.Integration.Account() != account:
			err = ErrOtherAccount
		case seen.barred():
			err = errRotating
		}
		return c.attempt(seen, credential, options), err
	})
	return proof, seen, err
}

// attempt is what a check tries.
func (c *Checker) attempt(s Snapshot, credential Credential, options CheckOptions) Attempt {
	plans := s.Integration.Plans()
	if options.LeastPrivilege {
		plans = append(plans, s.Integration.ExcessPlans()...)
	}
	return Attempt{
		Subject: s.Integration.Subject(), IntegrationID: s.Integration.ID, CredentialVersion: s.Integration.CredentialVersion,
		Endpoint: credential.Endpoint, Fingerprint: credential.Fingerprint, Policy: s.Policy,
		Login: func(ctx context.Context) oracle.Findings {
			return c.surveyor.Survey(ctx, credential.Endpoint, credential.Login, plans)
		},
		Place: options.Place, Directory: s.Integration.DirectoryID, Look: c.viewer.Looker(s.Integration),
	}
}

// Looked is the record after a check that only asked the directory, not yet judged.
func Looked(s Snapshot, proof Proof, now time.Time) Record {
	r := s.Current()
	r.ForeignFailures, r.DirectorySilent = foreignAfter(proof), silent(s, proof)
	if view, fresh := proof.Ledger.evidence(); fresh && troubled(view) && r.Login == LoginAccepted {
		r.Login, r.Modules = LoginNever, nil // what the last login said is not the case any more
	}
	if !s.NextSlot(now).After(now) {
		r = r.scheduled(s, now)
	}
	return r
}

// AcceptedElsewhere is the record when a write that was not stored has shown that the stored password logs in; not
// yet judged. What the modules answer is for a check to say, which is due at once.
func AcceptedElsewhere(s Snapshot, now time.Time) Record {
	r := s.Current()
	r.Login, r.LastSuccess, r.Failures, r.Cause, r.CauseDetail = LoginAccepted, now, 0, "", ""
	r.Slot, r.SlotBase, r.SlotKey = now, now, s.Policy.ScheduleKey()
	return r
}

func silent(s Snapshot, proof Proof) bool { return s.Integration.Directory != "" && !proof.Looked }

func (r Record) scheduled(s Snapshot, now time.Time) Record {
	r.SlotBase, r.SlotKey = now, s.Policy.ScheduleKey()
	r.Slot = s.Policy.NextSlot(s.Integration.Name, now)
	return r
}

// foreignAfter counts other people's failures: before an accepted login, which sets Oracle's count to 0, and
// with what the directory says after any other. Nil where no directory counts.
func foreignAfter(proof Proof) *int {
	sighting := proof.Ledger.Sighting
	if !proof.Looked || sighting == nil || sighting.View.LoginAttempts == nil {
		return nil
	}
	n := max(proof.Foreign, proof.Ledger.foreignFailures())
	return &n
}

// Checked is the record after a check found something, not yet judged.
func Checked(s Snapshot, proof Proof, leastPrivilege bool, now time.Time) Record {
	r, f := s.Current(), proof.Findings
	r.LastCheck = now
	r.ForeignFailures, r.DirectorySilent = foreignAfter(proof), silent(s, proof)
	selected, excess := split(s.Integration, f.Modules)
	switch f.Login {
	case oracle.LoginAccepted:
		r.Login, r.LastSuccess, r.Modules = LoginAccepted, now, selected
		r.Failures, r.Cause, r.CauseDetail = 0, "", ""
		r.Excess, r.ExcessAsked = answering(excess), leastPrivilege
	case oracle.LoginRefused:
		r.Login, r.Modules = LoginRefused, nil
		r.Excess, r.ExcessAsked = nil, false
		r.Failures, r.Cause, r.CauseDetail = 0, "", ""
	case oracle.LoginUnanswered, oracle.LoginUnproved:
		r.Failures++
		r.Cause, r.CauseDetail = causeOf(f, selected), answerWords(f.Cause)
	}
	return r.scheduled(s, now)
}

// causeOf names why a survey learned nothing about the login. A pod without any of the resources is one
// that retrying cannot help.
func causeOf(f oracle.Findings, selected []oracle.Finding) Reason {
	if len(selected) > 0 {
		for _, finding := range selected {
			if finding.Result != oracle.Missing {
				return ReasonUnexpected
			}
		}
		return ReasonNoOracleAPI
	}
	return reasonOf(f.Cause.Outcome)
}

// split parts the findings about selected modules from the others.
func split(i Integration, all []oracle.Finding) (selected, excess []oracle.Finding) {
	chosen := map[oracle.Module]bool{}
	for _, m := range i.Modules {
		chosen[m] = true
	}
	for _, f := range all {
		if chosen[f.Module] {
			selected = append(selected, f)
		} else {
			excess = append(excess, f)
		}
	}
	return selected, excess
}

func answering(findings []oracle.Finding) []oracle.Module {
	var modules []oracle.Module
	for _, f := range findings {
		if f.Result == oracle.Accessible || f.Result == oracle.Empty {
			modules = append(modules, f.Module)
		}
	}
	return modules
}

// Unproved is the record of a password that was stored without a login. Its first check comes by schedule:
// whoever stored it so may have wanted no login now.
func Unproved(s Snapshot, now time.Time) Record {
	r := s.Current()
	return Record{
		Of: s.Integration.Subject(), Shown: r.Shown,
		SlotBase: now, SlotKey: s.Policy.ScheduleKey(), Slot: s.Policy.NextSlot(s.Integration.Name, now),
	}
}

// Plan says whether an integration is due by its schedule, and what a sweep would do with it.
func Plan(s Snapshot, now time.Time) (result Result, due bool) {
	action, at := s.Due(now)
	slot := s.NextSlot(now)
	if action == ActionRotate {
		slot = at
	}
	runs := !at.IsZero() && !at.After(now)
	if (slot.IsZero() || slot.After(now)) && !runs {
		return Result{}, false
	}
	_, verdict := Advance(s, now)
	result = Result{
		Name: s.Integration.Name, Action: action, State: verdict.State, Reason: string(verdict.Reason), DueSince: earlier(slot, now),
	}
	switch {
	case !runs && now.Before(s.Integration.PausedUntil):
		result.Action, result.Reason = ActionSkip, string(ReasonPaused)
	case !runs:
		result.Action, result.Reason = ActionSkip, string(Allow(s.Ledger, s.Policy, ByEngine, now).Denial)
	}
	return result, true
}
