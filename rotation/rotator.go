package rotation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// The protocol by which no password is ever lost, in short:
//
//  1. A rotation begins only with a password that has logged in, and no charge on its account.
//  2. The new password is stored (prepared) before it is sent, and that it may have been sent (sent, with a
//     deadline) before the request leaves. After the deadline nothing leaves.
//  3. One write makes it the stored one: after a login, or after Oracle's word where a login proved an earlier
//     rotation.
//  4. A refusal by rules, or of whoever asked, left everything as it was. Any lost answer is not known, and is
//     settled after the deadline: by asking again, by the directory's date, then by one login with each.
//  5. What was sent without an answer is kept for a day, whatever logs in meanwhile.

// Holdings keeps holders of passwords.
type Holdings interface {
	LoadHolding(ctx context.Context, holder Holder) (Holding, error)
	// SaveHolding stores what became of passwords and phase, in one write, and then what moved says of it. It is
	// ErrOvertaken, and nothing is stored, when somebody else changed them since seen.
	SaveHolding(ctx context.Context, seen, next Holding, moved Moved) (Holding, error)
}

// ErrOvertaken ends a rotation whose passwords somebody else changed meanwhile: another process, or a person.
var ErrOvertaken = errors.New("somebody else changed the passwords or the rotation meanwhile: read the status, and try again")

// ErrRunning is said to a second call while one is running.
var ErrRunning = errors.New("a rotation of this name is already running")

// Moved is what a stored step of a rotation tells. Its zero value is a step on the way, of which nothing is told.
type Moved struct {
	Kind   EventKind // empty: a step on the way
	Actor  string
	At     time.Time
	Side   Side   // whose login Proof is, in what is stored
	Proof  *Proof // nil: no login
	Failed bool   // a rotation came to nothing
	Done   bool   // a password was promoted
}

// Surroundings is what a rotation needs besides passwords and logins.
type Surroundings interface {
	// Draw makes a password by the holder's policy.
	Draw(ctx context.Context, h Holding, username string) (secret.Value, error)
	// Fingerprint stands for a password in the account of logins.
	Fingerprint(ctx context.Context, account Account, password secret.Value) (Fingerprint, error)
	// Jitter is a factor for the delay before a retry, from 0.75 to 1.25.
	Jitter() float64
}

// Rotator changes passwords in Oracle, and settles what became of that.
type Rotator struct {
	holdings Holdings
	prover   *Prover
	surveyor Surveyor
	viewer   *Viewer
	setter   Setter
	around   Surroundings

	mu      sync.Mutex
	running map[Holder]bool
}

// NewRotator gives a rotator over a store of holders, and the ways to ask Oracle and the directories.
func NewRotator(holdings Holdings, prover *Prover, surveyor Surveyor, viewer *Viewer, setter Setter, around Surroundings) *Rotator {
	return &Rotator{
		holdings: holdings, prover: prover, surveyor: surveyor, viewer: viewer, setter: setter, around: around, running: map[Holder]bool{},
	}
}

// Outcome is what a call of the rotator came to; the holder's status says the rest.
type Outcome struct {
	Error  Failure   // why it did not begin, or came to nothing
	Denial Denial    // why the guard let no login leave
	Until  time.Time // when to ask again, where that is known
	Detail string
}

// Running says whether a rotation of this holder is under way in this process.
func (r *Rotator) Running(holder Holder) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running[holder]
}

// with does work on a holder while nobody else rotates it, or logs in as the account of that side.
func (r *Rotator) with(ctx context.Context, holder Holder, side Side, work func(h Holding) (Outcome, error)) (Outcome, error) {
	r.mu.Lock()
	if r.running[holder] {
		r.mu.Unlock()
		return Outcome{}, ErrRunning
	}
	r.running[holder] = true
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.running, holder)
	}()
	h, err := r.holdings.LoadHolding(ctx, holder)
	if err != nil {
		return Outcome{}, fmt.Errorf("load the passwords of %s %q: %w", holder.Kind, holder.Name, err)
	}
	account := h.account(*h.side(side))
	unlock, err := r.prover.locks.lock(ctx, account)
	if errors.Is(err, context.DeadlineExceeded) {
		return Outcome{Error: LoginHeldBack, Denial: DenyInFlight, Until: time.Now()}, nil
	}
	if err != nil {
		return Outcome{}, err
	}
	defer unlock()
	h, err = r.holdings.LoadHolding(ctx, holder) // its turn may have come late
	if err != nil {
		return Outcome{}, fmt.Errorf("load the passwords of %s %q: %w", holder.Kind, holder.Name, err)
	}
	if h.account(*h.side(side)) != account {
		return Outcome{}, ErrOtherAccount
	}
	if now := instant(); h.ahead(now) {
		if h, err = r.save(ctx, h, h.rebased(now), Moved{}); err != nil {
			return Outcome{}, err
		}
	}
	return work(h)
}

// save stores a step and gives the holder as it now is. It outlives the request's context: what Oracle did has to
// be remembered.
func (r *Rotator) save(ctx context.Context, seen, next Holding, moved Moved) (Holding, error) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if moved.At.IsZero() {
		moved.At = instant()
	}
	stored, err := r.holdings.SaveHolding(late, seen, next, moved)
	if err != nil {
		return stored, fmt.Errorf("store a step of the rotation of %s %q: %w", seen.Holder.Kind, seen.Holder.Name, err)
	}
	return stored, nil
}

// proofTime bounds one login of a rotation, as that of a check.
const proofTime = 36 * time.Second

// proof is one login of a rotation to make.
type proof struct {
	keys     Keys
	password secret.Value
	by       Initiator
	subject  Subject   // zero: a refusal says nothing of the stored password
	set      bool      // the password was just set, or may have been
	stored   time.Time // when it was stored that it is sent; zero: not by this call
	fresh    bool      // a person has just sent it: nothing is spent on one that Oracle refused lately
}

// prove spends one login under the guard. The caller holds the account's lock.
func (r *Rotator) prove(ctx context.Context, h Holding, p proof) (Proof, error) {
	limited, cancel := context.WithTimeout(ctx, proofTime)
	defer cancel()
	account := h.account(p.keys)
	mark, err := r.around.Fingerprint(limited, account, p.password)
	if err != nil {
		return Proof{}, err //nolint:wrapcheck // it says what could not be read
	}
	a := Attempt{
		Subject: p.subject, IntegrationID: h.ID, CredentialVersion: h.Integration.CredentialVersion, Endpoint: h.Endpoint,
		Fingerprint: mark, Policy: h.Policy, PasswordSet: p.set, Stored: p.stored, NotIfRejected: p.fresh,
		Still: func(ctx context.Context) error { return r.still(ctx, h) },
		Login: func(ctx context.Context) oracle.Findings {
			return r.login(ctx, h, oracle.Login{Username: p.keys.Username, Password: p.password})
		},
	}
	a.Directory = h.watcher()
	if h.Holder.Kind == HolderIntegration {
		of := h.Integration
		of.Username = p.keys.Username
		a.Look = r.viewer.Looker(of)
	}
	return r.prover.attempt(limited, account, p.by, a)
}

// still says whether a rotation is where this process left it: a process may sleep, and others go on.
func (r *Rotator) still(ctx context.Context, h Holding) error {
	now, err := r.holdings.LoadHolding(ctx, h.Holder)
	if err != nil {
		return fmt.Errorf("load the passwords of %s %q: %w", h.Holder.Kind, h.Holder.Name, err)
	}
	if now.ID != h.ID || now.Step != h.Step {
		return ErrOvertaken
	}
	return nil
}

// watcher is the ID of the directory whose word about the account counts.
func (h Holding) watcher() string {
	if h.Holder.Kind == HolderDirectory {
		return h.Directory.WatchedBy
	}
	return h.Integration.DirectoryID
}

// login proves a password as its holder is used: an integration asks its modules, a directory looks a user up.
func (r *Rotator) login(ctx context.Context, h Holding, login oracle.Login) oracle.Findings {
	if h.Holder.Kind == HolderIntegration {
		return r.surveyor.Survey(ctx, h.Endpoint, login, h.Integration.Plans())
	}
	door := h.Door
	door.Login = login
	look := r.viewer.lookUps.LookUp(ctx, door, h.Directory.ProbeUser)
	return oracle.Findings{Login: look.Login, Cause: look.Answer}
}
