package rotation

import (
	"cmp"
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

// Knocker asks whether a server answers at all, without a password.
type Knocker interface {
	Knock(ctx context.Context, endpoint oracle.Endpoint) oracle.Answer
}

// Ledgers keeps the account of logins. An account that is not stored is an empty ledger.
type Ledgers interface {
	LoadLedger(ctx context.Context, account Account) (Ledger, error)
	StoreLedger(ctx context.Context, account Account, ledger Ledger) error
	DeleteLedger(ctx context.Context, account Account) error
}

// Prover spends logins under the guard. It is the only one that does.
type Prover struct {
	knocker Knocker
	ledgers Ledgers
	locks   accountLocks
}

// NewProver gives a prover over a way to knock and a store of ledgers.
func NewProver(knocker Knocker, ledgers Ledgers) *Prover {
	return &Prover{knocker: knocker, ledgers: ledgers}
}

// Attempt is one credential to prove.
type Attempt struct {
	Subject           Subject // zero for a credential that is not stored
	IntegrationID     string  // and CredentialVersion: which password it is, stored or about to be
	CredentialVersion int
	Endpoint          oracle.Endpoint
	Fingerprint       Fingerprint // of the password
	NotIfRejected     bool        // spend nothing on a password that Oracle refused lately
	Policy            Policy
	Login             func(ctx context.Context) oracle.Findings // spends the login
	Place             Place                                     // taken before anything is asked, left when the login was accepted and nothing more is; nil: it needs none
	Directory         string                                    // the ID of the directory that Look asks; empty: none
	Look              Look                                      // nil: no directory
	// PasswordSet: the engine has just set the password, or may have; what the directory said before is no evidence.
	PasswordSet bool
	// Stored is when something was last stored for this attempt, which a process that may not write any more could not
	// have done; zero: nothing was.
	Stored time.Time
	// Change: the login itself sets a password, with one that was proved right before.
	Change bool
	// Still is asked once the login is charged, before anything leaves: an error says that another process went on
	// meanwhile, and then nothing does. Whoever goes on reads the account of logins after it has stored that it does,
	// so that one of the two always sees the other. nil: nobody else carries this on.
	Still func(ctx context.Context) error
}

// Proof is what an attempt came to.
type Proof struct {
	Decision Decision        // when its Denial is not Allowed, no login was spent and Findings is empty
	Findings oracle.Findings // a knock that was not answered leaves Login unproved and the answer in Cause
	Ledger   Ledger          // as stored at the end
	Asked    bool            // the directory was asked before the login
	Looked   bool            // and answered
	Began    time.Time       // before the login left
	Foreign  int             // refused logins that it counted before the login, and that were not the engine's own
}

// minLoginTime is what a login gets to be answered, where its timeout is not shorter. One that begins with less,
// because it waited for another, would be called off and kept as unanswered for nothing.
const minLoginTime = 20 * time.Second

// Prove spends at most one refused login to learn whether a credential logs in. When its turn has come, it
// asks prepare what to try, and the directory, if there is one, what it knows of the user. The deadline of
// ctx is the deadline of the login's charge. An error says that the guard's ledger, or what to try, could
// not be read or written; what Oracle said is then not to be used.
func (p *Prover) Prove(ctx context.Context, account Account, by Initiator, prepare func(context.Context) (Attempt, error)) (Proof, error) {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return Proof{}, errors.New("prove a login: the context has no deadline to charge it with")
	}
	unlock, err := p.locks.lock(ctx, account)
	if errors.Is(err, context.DeadlineExceeded) {
		return notNow(), nil
	}
	if err != nil {
		return Proof{}, err
	}
	defer unlock()
	if time.Until(deadline) < settleTime {
		return notNow(), nil
	}
	a, err := prepare(ctx)
	if err != nil {
		return Proof{}, err
	}
	return p.attempt(ctx, account, by, a)
}

// notNow is an attempt whose turn did not come in time.
func notNow() Proof { return Proof{Decision: Decision{Denial: DenyInFlight, Until: instant()}} }

// attempt asks the directory, then the guard, then Oracle, and the directory again where that can tell more.
func (p *Prover) attempt(ctx context.Context, account Account, by Initiator, a Attempt) (Proof, error) {
	stored, err := p.open(ctx, account)
	if err != nil {
		return Proof{}, err
	}
	ledger := a.sees(stored)
	proof := Proof{Ledger: ledger, Decision: a.allow(ctx, ledger, by), Began: instant()}
	if proof.Decision.Denial != DenyInFlight && a.Look != nil {
		if err := a.takePlace(ctx); err != nil {
			return notNow(), nil //nolint:nilerr // nothing was asked
		}
		if proof.Ledger, proof.Looked, err = p.firstLook(ctx, account, a, stored); err != nil {
			return Proof{}, err
		}
		proof.Asked = true
		proof.Foreign = proof.Ledger.foreignFailures()
		proof.Decision = a.allow(ctx, proof.Ledger, by)
	}
	switch {
	case proof.Decision.Denial == Allowed: // the charge stores what the directory said
	case proof.Asked:
		return proof, p.note(ctx, account, proof.Ledger)
	default:
		return proof, nil
	}
	before, fresh := proof.Ledger.evidence()
	if err := p.login(ctx, account, a, &proof); errors.Is(err, ErrNoPlace) {
		return notNow(), nil
	} else if err != nil {
		return Proof{}, err
	}
	if proof.Looked && proof.Findings.Cause.Delivery == oracle.Answered && proof.Ledger.wantsSecondLook() {
		p.secondLook(ctx, account, a, &proof, func(l Ledger, after oracle.View) Ledger {
			if !fresh {
				return l
			}
			return l.sawLogin(before, after, proof.Findings.Login)
		})
	}
	return proof, nil
}

// errAnotherLogin is what stands in the way of a login that sets a password.
var errAnotherLogin = errors.New("another process has a login of this user under way: try again in a minute")

// change spends a login that sets a password. The guard is not asked: the password that it carries has logged in
// right before, under the same lock. What is charged all the same is another process's login.
func (p *Prover) change(ctx context.Context, account Account, a Attempt) error {
	stored, err := p.open(ctx, account)
	if err != nil {
		return err
	}
	if now := instant(); stored.inFlightUntil(now).After(now) {
		return errAnotherLogin
	}
	a.Change = true
	return p.login(ctx, account, a, &Proof{Ledger: a.sees(stored), Decision: Decision{By: ByEngine}})
}

// amend changes the account of logins beside a login. The caller holds the account's lock.
func (p *Prover) amend(ctx context.Context, account Account, by func(Ledger) Ledger) error {
	ledger, err := p.ledgers.LoadLedger(ctx, account)
	if err != nil {
		return fmt.Errorf("read the account of logins: %w", err)
	}
	if err := p.ledgers.StoreLedger(ctx, account, by(ledger)); err != nil {
		return fmt.Errorf("note on the account of logins what was asked: %w", err)
	}
	return nil
}

// allow asks the guard, and whether enough time is left for a login.
func (a Attempt) allow(ctx context.Context, ledger Ledger, by Initiator) Decision {
	now := instant()
	if until, known := ledger.KnowsRejected(a.Fingerprint, a.Policy, now); known && a.NotIfRejected {
		return Decision{Denial: DenyRejected, Until: until}
	}
	decision := Allow(ledger, a.Policy, by, now)
	deadline, _ := ctx.Deadline()
	if decision.Denial == Allowed && deadline.Sub(now) < min(a.Endpoint.Timeout, minLoginTime) {
		return Decision{Denial: DenyInFlight, Until: now}
	}
	return decision
}

// sees is a ledger as far as it holds for this attempt.
func (a Attempt) sees(l Ledger) Ledger {
	if a.PasswordSet {
		l = l.PasswordSet()
	}
	return l.SeenBy(a.Directory)
}

// open reads the ledger. What a clock wrote that was ahead is corrected
// in storage before it is used: corrected in memory only, the hold would begin anew with each look.
func (p *Prover) open(ctx context.Context, account Account) (Ledger, error) {
	ledger, err := p.ledgers.LoadLedger(ctx, account)
	if err != nil {
		return Ledger{}, fmt.Errorf("read the account of logins: %w", err)
	}
	now := instant()
	if ledger.ahead(now) {
		ledger = ledger.Rebased(now)
		if err := p.ledgers.StoreLedger(ctx, account, ledger); err != nil {
			return Ledger{}, fmt.Errorf("correct the account of logins: %w", err)
		}
	}
	return ledger, nil
}

// login charges, asks and settles.
func (p *Prover) login(ctx context.Context, account Account, a Attempt, proof *Proof) error {
	deadline, _ := ctx.Deadline()
	charge := Charge{
		ID: rand.Text(), For: a.Subject, By: proof.Decision.By, Change: a.Change, Time: instant(), Deadline: deadline.UTC().Round(0),
	}
	if err := p.ledgers.StoreLedger(ctx, account, proof.Ledger.Charged(charge)); err != nil {
		return fmt.Errorf("charge the login before it is sent: %w", err)
	}
	if err := a.mayLeave(ctx); err != nil {
		_, settleErr := p.settle(ctx, account, a, charge, oracle.Findings{Login: oracle.LoginUnproved}, false)
		return cmp.Or(settleErr, err)
	}
	findings, knocked := p.ask(ctx, a, proof.Decision.Knock)
	if a.Place != nil && a.Look == nil && findings.Login == oracle.LoginAccepted {
		a.Place.Leave()
	}
	ledger, err := p.settle(ctx, account, a, charge, findings, knocked)
	proof.Findings, proof.Ledger = findings, ledger
	return err
}

// mayLeave waits for the attempt's place, and asks whether it still holds.
func (a Attempt) mayLeave(ctx context.Context) error {
	if err := a.takePlace(ctx); err != nil {
		return err
	}
	if a.Still == nil {
		return nil
	}
	return a.Still(ctx)
}

func (a Attempt) takePlace(ctx context.Context) error {
	if a.Place == nil {
		return nil
	}
	return a.Place.Take(ctx) //nolint:wrapcheck // it is one of ours, and ends as a decision
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
		answer := p.knocker.Knock(half, a.Endpoint)
		if answer.Delivery != oracle.Answered {
			return oracle.Findings{Login: oracle.LoginUnproved, Cause: answer}, false
		}
	}
	return a.Login(ctx), knock
}
