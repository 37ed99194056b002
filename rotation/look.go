package rotation

import (
	"context"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

const (
	// lookLimit bounds asking a directory, so that one that hangs leaves time for the login.
	lookLimit = 8 * time.Second
	// justStored is for how long a write shows that this process may write: letting another one takes Vault as long.
	justStored = 5 * time.Second
)

// Look asks a directory about the attempt's user, and says whether it answered.
type Look func(ctx context.Context) (Seen, bool)

// Seen is what a directory showed of a user, and when its answer came: what it is stored with may come much later, in a
// process that was stopped in between.
type Seen struct {
	View oracle.View
	At   time.Time
}

// lookOnly asks the directory and takes over what it says. The caller holds the account's lock.
func (p *Prover) lookOnly(ctx context.Context, account Account, a Attempt) error {
	stored, err := p.open(ctx, account)
	if err != nil {
		return err
	}
	ledger, _, err := p.firstLook(ctx, account, a, stored)
	if err != nil {
		return err
	}
	return p.note(ctx, account, ledger)
}

// firstLook asks the directory before a login. Like any request it leaves only after a write of storage, so that a
// backend that may not write any more falls silent. What it gives is not stored yet.
func (p *Prover) firstLook(ctx context.Context, account Account, a Attempt, stored Ledger) (ledger Ledger, answered bool, err error) {
	if instant().Sub(a.Stored) > justStored {
		if err := p.ledgers.StoreLedger(ctx, account, stored); err != nil {
			return stored, false, fmt.Errorf("note on the account of logins that the directory is asked: %w", err)
		}
	}
	return p.look(ctx, account, a, a.sees(stored), nil)
}

// secondLook asks the directory after a login, right after that was settled. Without it, what the login said still holds.
func (p *Prover) secondLook(ctx context.Context, account Account, a Attempt, proof *Proof, saw func(Ledger, oracle.View) Ledger) {
	a.PasswordSet = false // noted with the charge
	after, _, err := p.look(ctx, account, a, proof.Ledger, saw)
	if err == nil && p.note(ctx, account, after) == nil {
		proof.Ledger = after
	}
}

// note stores what a directory said.
func (p *Prover) note(ctx context.Context, account Account, ledger Ledger) error {
	if err := p.ledgers.StoreLedger(ctx, account, ledger); err != nil {
		return fmt.Errorf("note what the directory said on the account of logins: %w", err)
	}
	return nil
}

// look asks the directory and takes over what it says; saw, where there is one, notes whether it saw the login
// before it. Without an answer its last word holds no more. seen is the ledger from before; what is stored by then
// is what counts.
func (p *Prover) look(ctx context.Context, account Account, a Attempt, seen Ledger, saw func(Ledger, oracle.View) Ledger) (ledger Ledger, answered bool, err error) {
	limited, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	found, answered := a.Look(limited)
	stored, err := p.ledgers.LoadLedger(ctx, account)
	if err != nil {
		return seen, false, fmt.Errorf("read the account of logins: %w", err)
	}
	ledger = a.sees(stored)
	if answered {
		if saw != nil {
			ledger = saw(ledger, found.View)
		}
		ledger = ledger.Sighted(Sighting{
			Directory: a.Directory, IntegrationID: a.IntegrationID, CredentialVersion: a.CredentialVersion,
			Observed: found.At, Generation: seen.Generation, View: found.View,
		}, a.Policy, found.At)
	} else {
		ledger = ledger.Unseen()
	}
	return ledger, answered, nil
}
