package rotation

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// settleTime is how long storing the outcome of a login may take, even when the time of the check itself
// is over: what Oracle counted has to be remembered.
const settleTime = 4 * time.Second

// Pod is what a proof asks Oracle.
type Pod interface {
	Knock(ctx context.Context, endpoint oracle.Endpoint) oracle.Answer
	Survey(ctx context.Context, endpoint oracle.Endpoint, login oracle.Login, plans []oracle.Plan) oracle.Findings
}

// Ledgers keeps the account of logins. An account that is not stored is an empty ledger.
type Ledgers interface {
	LoadLedger(ctx context.Context, account Account) (Ledger, error)
	StoreLedger(ctx context.Context, account Account, ledger Ledger) error
	DeleteLedger(ctx context.Context, account Account) error
}

// Prover spends logins under the guard. It is the only one that does.
type Prover struct {
	pod     Pod
	ledgers Ledgers
	locks   accountLocks
}

// NewProver gives a prover over a pod and a store of ledgers.
func NewProver(pod Pod, ledgers Ledgers) *Prover { return &Prover{pod: pod, ledgers: ledgers} }

// Attempt is one credential to prove.
type Attempt struct {
	Subject  Subject // zero for a credential that is not stored
	Endpoint oracle.Endpoint
	Login    oracle.Login
	Plans    []oracle.Plan
	Policy   Policy
}

// Proof is what an attempt came to.
type Proof struct {
	Decision Decision        // when its Denial is not Allowed, no login was spent and Findings is empty
	Findings oracle.Findings // a knock that was not answered leaves Login unproved and the answer in Cause
	Ledger   Ledger          // as stored at the end
}

// minLoginTime is what a login gets to be answered, where its timeout is not shorter. One that begins with
// less, because it waited for another, would be called off and kept as unanswered for nothing.
const minLoginTime = 30 * time.Second

// Prove spends at most one refused login to learn whether a credential logs in. When its turn has come, it
// asks prepare what to try. The deadline of ctx is the deadline of the login's charge. An error says that
// the guard's ledger, or what to try, could not be read or written; what Oracle said is then not to be used.
func (p *Prover) Prove(ctx context.Context, account Account, by Initiator, prepare func(context.Context) (Attempt, error)) (Proof, error) {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return Proof{}, errors.New("prove a login: the context has no deadline to charge it with")
	}
	unlock, err := p.locks.lock(ctx, account)
	if errors.Is(err, context.DeadlineExceeded) {
		return Proof{Decision: Decision{Denial: DenyInFlight, Until: time.Now()}}, nil
	}
	if err != nil {
		return Proof{}, err
	}
	defer unlock()
	if time.Until(deadline) < settleTime {
		return Proof{Decision: Decision{Denial: DenyInFlight, Until: time.Now()}}, nil
	}
	a, err := prepare(ctx)
	if err != nil {
		return Proof{}, err
	}
	ledger, err := p.ledgers.LoadLedger(ctx, account)
	if err != nil {
		return Proof{}, fmt.Errorf("read the account of logins: %w", err)
	}
	now := instant()
	decision := Allow(ledger, a.Policy, by, now)
	if decision.Denial == Allowed && deadline.Sub(now) < min(a.Endpoint.Timeout, minLoginTime) {
		decision = Decision{Denial: DenyInFlight, Until: now}
	}
	if decision.Denial != Allowed {
		return Proof{Decision: decision, Ledger: ledger}, nil
	}
	charge := Charge{ID: rand.Text(), For: a.Subject, By: decision.By, Time: now, Deadline: deadline.UTC().Round(0)}
	if err := p.ledgers.StoreLedger(ctx, account, ledger.Charged(charge)); err != nil {
		return Proof{}, fmt.Errorf("charge the login before it is sent: %w", err)
	}
	findings, knocked := p.ask(ctx, a, decision.Knock)
	ledger, err = p.settle(ctx, account, charge, findings, knocked)
	return Proof{Decision: decision, Findings: findings, Ledger: ledger}, err
}

// instant is now as storage gives it back.
func instant() time.Time { return time.Now().UTC().Round(0) }

// ask knocks where it has to, then surveys. knocked says whether the pod answered a knock. A knock takes
// half of the time at most, so that the login has the rest.
func (p *Prover) ask(ctx context.Context, a Attempt, knock bool) (findings oracle.Findings, knocked bool) {
	if knock {
		deadline, _ := ctx.Deadline()
		half, cancel := context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
		answer := p.pod.Knock(half, a.Endpoint)
		if answer.Delivery != oracle.Answered {
			return oracle.Findings{Login: oracle.LoginUnproved, Cause: answer}, false
		}
	}
	return p.pod.Survey(ctx, a.Endpoint, a.Login, a.Plans), knock
}

// settle applies what a login came to to the ledger as it is stored by then.
func (p *Prover) settle(ctx context.Context, account Account, charge Charge, f oracle.Findings, knocked bool) (Ledger, error) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	stored, err := p.ledgers.LoadLedger(late, account)
	if err != nil {
		return Ledger{}, fmt.Errorf("read the account of logins to settle a charge: %w", err)
	}
	ledger := settled(stored, charge, f, knocked, instant())
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
		l = l.Accepted()
		if f.LastUnanswered {
			l = l.Kept(charge, ChargeUnanswered, now)
		}
		return l
	case oracle.LoginRefused:
		return l.Kept(charge, ChargeRefused, now)
	case oracle.LoginUnanswered:
		return l.Kept(charge, ChargeUnanswered, now)
	case oracle.LoginUnproved:
	}
	return l.Refunded(charge.ID)
}

// PasswordWritten notes on the account that a person wrote a password without proving it: where the guard
// holds the engine back, one login of that person's budget may try it by schedule.
func (p *Prover) PasswordWritten(ctx context.Context, account Account) error {
	unlock, err := p.locks.lock(ctx, account)
	if err != nil {
		return err
	}
	defer unlock()
	ledger, err := p.ledgers.LoadLedger(ctx, account)
	if err != nil {
		return fmt.Errorf("read the account of logins: %w", err)
	}
	if len(ledger.Charges) == 0 {
		return nil
	}
	if err := p.ledgers.StoreLedger(ctx, account, ledger.PasswordWritten()); err != nil {
		return fmt.Errorf("note the new password on the account of logins: %w", err)
	}
	return nil
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
	if len(ledger.Charges) > 0 {
		return nil
	}
	if err := p.ledgers.DeleteLedger(ctx, account); err != nil {
		return fmt.Errorf("delete an empty account of logins: %w", err)
	}
	return nil
}
