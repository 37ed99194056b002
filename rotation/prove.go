package rotation

import (
	"context"
	"crypto/rand"
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
}

// Prover spends logins under the guard. It is the only one that does.
type Prover struct {
	pod     Pod
	ledgers Ledgers
	locks   accountLocks
}

// NewProver gives a prover over a pod and a store of ledgers.
func NewProver(pod Pod, ledgers Ledgers) *Prover { return &Prover{pod: pod, ledgers: ledgers} }

// Attempt is one credential to prove. The deadline of the context that Prove gets is the deadline of the
// login's charge.
type Attempt struct {
	Account  Account
	Endpoint oracle.Endpoint
	Login    oracle.Login
	Plans    []oracle.Plan
	By       Initiator
	Policy   Policy
}

// Proof is what an attempt came to.
type Proof struct {
	Decision Decision        // when its Denial is not Allowed, no login was spent and Findings is empty
	Findings oracle.Findings // a knock that was not answered leaves Login unproved and the answer in Cause
	Ledger   Ledger          // as stored at the end
}

// Prove spends at most one refused login to learn whether a credential logs in. An error says that the
// guard's ledger could not be read or written; what Oracle said is then not to be used.
func (p *Prover) Prove(ctx context.Context, a Attempt) (Proof, error) {
	unlock, err := p.locks.lock(ctx, a.Account)
	if err != nil {
		return Proof{}, err
	}
	defer unlock()
	ledger, err := p.ledgers.LoadLedger(ctx, a.Account)
	if err != nil {
		return Proof{}, fmt.Errorf("read the account of logins: %w", err)
	}
	now := time.Now()
	decision := Allow(ledger, a.Policy, a.By, now)
	if decision.Denial != Allowed {
		return Proof{Decision: decision, Ledger: ledger}, nil
	}
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return Proof{}, fmt.Errorf("prove a login: the context has no deadline to charge it with")
	}
	id := rand.Text()
	ledger = ledger.Charged(id, decision.By, now, deadline)
	if err := p.ledgers.StoreLedger(ctx, a.Account, ledger); err != nil {
		return Proof{}, fmt.Errorf("charge the login before it is sent: %w", err)
	}
	findings, knocked := p.ask(ctx, a, decision.Knock)
	ledger = settled(ledger, id, findings, knocked, time.Now())
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if err := p.ledgers.StoreLedger(late, a.Account, ledger); err != nil {
		return Proof{}, fmt.Errorf("settle the login's charge: %w", err)
	}
	return Proof{Decision: decision, Findings: findings, Ledger: ledger}, nil
}

// ask knocks where it has to, then surveys. knocked says whether the pod answered a knock.
func (p *Prover) ask(ctx context.Context, a Attempt, knock bool) (findings oracle.Findings, knocked bool) {
	if knock {
		answer := p.pod.Knock(ctx, a.Endpoint)
		if answer.Delivery != oracle.Answered {
			return oracle.Findings{Login: oracle.LoginUnproved, Cause: answer}, false
		}
	}
	return p.pod.Survey(ctx, a.Endpoint, a.Login, a.Plans), knock
}

// settled applies to a ledger what a survey learned, in the order in which it happened.
func settled(l Ledger, id string, f oracle.Findings, knocked bool, now time.Time) Ledger {
	if knocked {
		l.Knock = false
	}
	switch f.Login {
	case oracle.LoginAccepted:
		last := l.charge(id)
		l = l.Accepted()
		if f.LastUnanswered {
			l.Charges = append(l.Charges, last)
			l = l.Kept(id, ChargeUnanswered, now)
		}
		return l
	case oracle.LoginRefused:
		return l.Kept(id, ChargeRefused, now)
	case oracle.LoginUnanswered:
		return l.Kept(id, ChargeUnanswered, now)
	case oracle.LoginUnproved:
	}
	return l.Refunded(id)
}

func (l Ledger) charge(id string) Charge {
	for _, c := range l.Charges {
		if c.ID == id {
			return c
		}
	}
	return Charge{ID: id}
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
