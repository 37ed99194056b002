package rotation

import (
	"context"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// settle applies what a login came to to the ledger as it is stored by then.
func (p *Prover) settle(ctx context.Context, account Account, a Attempt, charge Charge, f oracle.Findings, knocked bool) (Ledger, error) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	stored, err := p.ledgers.LoadLedger(late, account)
	if err != nil {
		return Ledger{}, fmt.Errorf("read the account of logins to settle a charge: %w", err)
	}
	now := instant()
	ledger := settled(stored.SeenBy(a.Directory), charge, f, knocked, now)
	if f.Login == oracle.LoginRefused {
		ledger = ledger.Rejected(a.Fingerprint, now)
	}
	if err := p.ledgers.StoreLedger(late, account, ledger); err != nil {
		return Ledger{}, fmt.Errorf("settle the login's charge: %w", err)
	}
	return ledger, nil
}

// settled applies to a ledger what a survey learned, in the order in which it happened.
func settled(l Ledger, charge Charge, f oracle.Findings, knocked bool, now time.Time) Ledger {
	if knocked {
		l.Knock = false
	}
	switch f.Login {
	case oracle.LoginAccepted:
		l = l.acceptedAt(charge.ID)
		if f.LastUnanswered {
			l = l.Kept(charge, ChargeUnanswered, now)
		}
		return l
	case oracle.LoginRefused:
		return l.Kept(charge, ChargeRefused, now)
	case oracle.LoginUnanswered:
		if charge.Change { // settled as a rotation: the password had logged in right before
			l = l.Refunded(charge.ID)
			l.Knock = true
			return l
		}
		return l.Kept(charge, ChargeUnanswered, now)
	case oracle.LoginUnproved:
	}
	return l.Refunded(charge.ID)
}

// PasswordWritten notes on the account that a person wrote a password without proving it: where the guard
// holds the engine back, one login of that person's budget may try it by schedule. It returns false when
// Oracle has refused this very password lately, so that nothing tries it.
func (p *Prover) PasswordWritten(ctx context.Context, account Account, fingerprint Fingerprint, policy Policy) (bool, error) {
	unlock, err := p.locks.lock(ctx, account)
	if err != nil {
		return false, err
	}
	defer unlock()
	ledger, err := p.ledgers.LoadLedger(ctx, account)
	if err != nil {
		return false, fmt.Errorf("read the account of logins: %w", err)
	}
	now := instant()
	_, known := ledger.KnowsRejected(fingerprint, policy, now)
	if ledger.Empty() && ledger.Sighting == nil {
		return true, nil
	}
	if err := p.ledgers.StoreLedger(ctx, account, ledger.PasswordWritten(fingerprint, policy, now)); err != nil {
		return false, fmt.Errorf("note the new password on the account of logins: %w", err)
	}
	return !known, nil
}

// Forget drops the account of a user whose integration is gone, unless it holds a login that Oracle may
// still count.
func (p *Prover) Forget(ctx context.Context, account Account) error {
	unlock, err := p.locks.lock(ctx, account)
	if err != nil {
		return err
	}
	defer unlock()
	ledger, err := p.ledgers.LoadLedger(ctx, account)
	if err != nil {
		return fmt.Errorf("read the account of logins: %w", err)
	}
	if !ledger.Empty() {
		return nil
	}
	if err := p.ledgers.DeleteLedger(ctx, account); err != nil {
		return fmt.Errorf("delete an empty account of logins: %w", err)
	}
	return nil
}
