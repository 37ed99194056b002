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
	Endpoint oracle.Endpoint
	Login    oracle.Login
}

// Integrations keeps integrations and their records.
type Integrations interface {
	// LoadIntegration reads an integration with its password.
	LoadIntegration(ctx context.Context, name string) (Snapshot, Credential, error)
	// SaveRecord stores what decide makes of the integration as it stands now, with the ledger as it is
	// known to be. When the integration is another one by now, or has another password, nothing is stored:
	// the result belongs to neither.
	SaveRecord(ctx context.Context, seen Snapshot, ledger Ledger, decide func(Snapshot) Record) error
}

// Checker proves stored credentials.
type Checker struct {
	integrations Integrations
	prover       *Prover
}

// NewChecker gives a checker over a store and a prover.
func NewChecker(integrations Integrations, prover *Prover) *Checker {
	return &Checker{integrations: integrations, prover: prover}
}

// errOtherAccount ends a check whose integration was given to another user or pod while it waited.
var errOtherAccount = errors.New("the integration was given another user or pod meanwhile: check it again")

// CheckOptions say how a check is made.
type CheckOptions struct {
	By             Initiator
	LeastPrivilege bool // also probe the modules that were not selected
}

// Check proves one integration once and stores what it found. The decision says whether a login was
// spent. An error is about storage; whatever Oracle did is in the record.
func (c *Checker) Check(ctx context.Context, name string, options CheckOptions) (Decision, error) {
	seen, _, err := c.integrations.LoadIntegration(ctx, name)
	if err != nil {
		return Decision{}, fmt.Errorf("load integration %q: %w", name, err)
	}
	account := seen.Integration.Account()
	proof, err := c.prover.Prove(ctx, account, options.By, func(ctx context.Context) (Attempt, error) {
		// Loaded again when its turn has come: meanwhile it may have been written, deleted, or forbidden.
		now, credential, err := c.integrations.LoadIntegration(ctx, name)
		if err == nil && now.Integration.Account() != account {
			err = errOtherAccount
		}
		seen = now
		plans := seen.Integration.Plans()
		if options.LeastPrivilege {
			plans = append(plans, seen.Integration.ExcessPlans()...)
		}
		return Attempt{
			Subject: seen.Integration.Subject(), Endpoint: credential.Endpoint, Login: credential.Login,
			Plans: plans, Policy: seen.Policy,
		}, err
	})
	if err != nil {
		return Decision{}, fmt.Errorf("check integration %q: %w", name, err)
	}
	if proof.Decision.Denial != Allowed {
		return proof.Decision, nil
	}
	now := time.Now()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	err = c.integrations.SaveRecord(late, seen, proof.Ledger, func(s Snapshot) Record {
		return Checked(s, proof.Findings, options.LeastPrivilege, now)
	})
	if err != nil {
		return proof.Decision, fmt.Errorf("store the check of integration %q: %w", name, err)
	}
	return proof.Decision, nil
}

// Checked is the record after a check found something, not yet judged.
func Checked(s Snapshot, f oracle.Findings, leastPrivilege bool, now time.Time) Record {
	r := s.Current()
	r.LastCheck = now
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
	r.SlotBase, r.SlotKey = now, s.Policy.ScheduleKey()
	r.Slot = s.Policy.NextSlot(s.Integration.Name, now)
	return r
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
	slot := s.NextSlot(now)
	if slot.After(now) {
		return Result{}, false
	}
	_, verdict := Advance(s, now)
	result = Result{
		Name: s.Integration.Name, Action: ActionCheck, State: verdict.State, Reason: string(verdict.Reason), DueSince: slot,
	}
	decision := Allow(s.Ledger, s.Policy, ByEngine, now)
	switch {
	case now.Before(s.Integration.PausedUntil):
		result.Action, result.Reason = ActionSkip, string(ReasonPaused)
	case decision.Denial != Allowed:
		result.Action, result.Reason = ActionSkip, string(decision.Denial)
	}
	return result, true
}
