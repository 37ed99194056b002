package rotation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// maxDrawn is how many passwords one rotation draws: the first, and two more when Oracle's rules refuse it. A rule
// that refuses three refuses the generator.
const maxDrawn = 3

// RotateOptions say for whom a password is rotated.
type RotateOptions struct {
	By    Initiator
	Actor string
	// Permitted is asked once the rotation's turn has come; nil: always.
	Permitted func(Holding) error
}

// Rotate changes a holder's password, as far as that gets within ctx; what is not settled then is settled later.
// One that is under way is carried on with instead. An error is about storage, or says that nothing was begun.
func (r *Rotator) Rotate(ctx context.Context, holder Holder, o RotateOptions) (Outcome, error) {
	return r.with(ctx, holder, SideStandby, func(h Holding) (Outcome, error) {
		if o.Permitted != nil {
			if err := o.Permitted(h); err != nil {
				return Outcome{}, err
			}
		}
		if h.Turn.InPhase() != PhaseIdle {
			return r.resume(ctx, h, o)
		}
		ledger, err := r.ledger(ctx, h)
		if err != nil {
			return Outcome{}, err
		}
		if why := h.MayBegin(ledger, o.By, instant()); why != NoFailure {
			return Outcome{Error: why}, nil
		}
		return r.prepare(ctx, h, o, 0)
	})
}

func (r *Rotator) ledger(ctx context.Context, h Holding) (Ledger, error) {
	ledger, err := r.prover.ledgers.LoadLedger(ctx, h.account(*h.target()))
	if err != nil {
		return Ledger{}, fmt.Errorf("read the account of logins: %w", err)
	}
	return ledger.SeenBy(h.watcher()), nil
}

// prepare stores a new password before anything of it is sent. What was sent before and never answered is sent
// again instead of another one: the fewer passwords may be live, the better.
func (r *Rotator) prepare(ctx context.Context, h Holding, o RotateOptions, drawn int) (Outcome, error) {
	now := instant()
	var password secret.Value
	if kept := h.target().resendable(now); drawn == 0 && len(kept) > 0 {
		password = kept[len(kept)-1].Password
	} else {
		fresh, err := r.around.Draw(ctx, h, h.target().Username)
		if err != nil {
			return r.fail(ctx, h, h.settled(), Outcome{Error: GeneratorFailed, Detail: err.Error()}, nil)
		}
		password = fresh
	}
	begun := now
	if drawn > 0 {
		begun = h.Turn.Begun
	}
	next := h.prepared(password, drawn+1, o.By, o.Actor, begun)
	next, err := r.save(ctx, h, next, Moved{})
	if err != nil {
		return Outcome{}, err
	}
	return r.send(ctx, next)
}

// send asks who sets the password, stores that it is sent, and sends it once.
func (r *Rotator) send(ctx context.Context, h Holding) (Outcome, error) {
	before, err := r.ledger(ctx, h)
	if err != nil {
		return Outcome{}, err
	}
	seen, outcome, err := r.find(ctx, h)
	if err != nil {
		return Outcome{}, err
	}
	if outcome.Error != NoFailure { // nothing was sent
		return r.fail(ctx, h, h.settled(), outcome, nil)
	}
	if err := r.sighted(ctx, h, before, seen); err != nil {
		return Outcome{}, err
	}
	if shut(seen.View) && h.Turn.By != ByPerson { // its proof could not be had
		return r.fail(ctx, h, h.settled(), Outcome{Error: LoginHeldBack}, nil)
	}
	if h.Way == WaySelf { // to look itself up, it logged in
		h = h.cloned()
		*h.target() = h.target().Proved(h.Turn.Begun)
	}
	return r.sendOnce(ctx, h, seen.View)
}

// shut says whether a directory shows that nobody logs in as a user.
func shut(view oracle.View) bool { return view.Locked == oracle.Yes || view.Active == oracle.No }

// sighted notes on the account of logins that the directory showed a lock, or that one is over: an unlock has to be
// waited after, also where the directory is silent when it is asked again for the login. before is the account from before
// it was asked: what happened since is later.
func (r *Rotator) sighted(ctx context.Context, h Holding, before Ledger, seen Seen) error {
	if !shut(seen.View) && !before.SeenLocked && !before.SeenInactive {
		return nil
	}
	return r.prover.amend(ctx, h.account(*h.target()), func(l Ledger) Ledger {
		return l.SeenBy(h.watcher()).Sighted(Sighting{
			Directory: h.watcher(), IntegrationID: h.ID, CredentialVersion: h.Integration.CredentialVersion,
			Observed: seen.At, Generation: before.Generation, View: seen.View,
		}, h.Policy, seen.At)
	})
}

func (r *Rotator) sendOnce(ctx context.Context, h Holding, view oracle.View) (Outcome, error) {
	sent, err := r.save(ctx, h, h.sent(view, instant().Add(setTime)), Moved{})
	if err != nil {
		return Outcome{}, err
	}
	stored := instant()
	setting, err := r.set(ctx, sent)
	if err != nil && isPermission(err) {
		return r.notSet(ctx, sent, Outcome{Error: DirectoryForbids, Detail: err.Error()})
	}
	if err != nil {
		return r.notSet(ctx, sent, Outcome{Error: NotDone, Detail: err.Error()})
	}
	outcome := Outcome{Detail: answerWords(setting.Answer)}
	switch setting.Result {
	case oracle.SetAccepted:
		return r.proveNew(ctx, sent, stored)
	case oracle.SetPolicy:
		outcome.Error = PolicyRefused
	case oracle.SetDenied:
		outcome.Error = DirectoryRefused
		if h.Way == WaySelf && setting.Login == oracle.LoginRefused {
			outcome.Error = CurrentRefused
		}
	case oracle.SetNotDone:
		if outcome.Error = NotDone; setting.Answer.Delivery == oracle.NotSent {
			outcome.Error = DirectorySilent
		}
	case oracle.SetUnknown:
		return r.unanswered(ctx, sent, setting, outcome.Detail)
	}
	return r.notSet(ctx, sent, outcome)
}

// notSet is a request of which it is certain that it set nothing. Where an earlier one for the same password was not
// answered, that is no less open.
func (r *Rotator) notSet(ctx context.Context, h Holding, outcome Outcome) (Outcome, error) {
	if h.Turn.Sends > 1 {
		return r.byLogin(ctx, h)
	}
	h.Turn.Sends = 0 // it is certain that nothing set it, so there is nothing to keep
	if outcome.Error == PolicyRefused && h.Turn.Drawn < maxDrawn {
		o := RotateOptions{By: h.Turn.By, Actor: h.Turn.Actor}
		return r.prepare(ctx, h, o, h.Turn.Drawn)
	}
	return r.fail(ctx, h, h.settled(), outcome, nil)
}

// unanswered is a request that perhaps set the password. Nothing of it leaves any more, so that it can be settled as
// soon as Oracle has had the time to carry it out.
func (r *Rotator) unanswered(ctx context.Context, h Holding, setting oracle.Setting, detail string) (Outcome, error) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	err := r.prover.amend(late, h.account(*h.target()), func(l Ledger) Ledger {
		l.Knock = l.Knock || setting.Answer.Delivery == oracle.Unanswered
		return l.PasswordSet()
	})
	now := instant()
	next := h
	next.Turn.Deadline, next.Turn.Lost = earlier(h.Turn.Deadline, now), true
	next.LastError, next.LastErrorDetail = AnswerLost, detail
	next, saveErr := r.save(ctx, h, next, Moved{})
	if err = errors.Join(err, saveErr); err != nil {
		return Outcome{}, err
	}
	return Outcome{Error: AnswerLost, Until: next.Turn.settlesAt(), Detail: detail}, nil
}

// proveNew proves a password that Oracle said it set.
func (r *Rotator) proveNew(ctx context.Context, h Holding, stored time.Time) (Outcome, error) {
	by := BySettling
	if h.Turn.By == ByPerson {
		by = ByPerson
	}
	return r.proveSet(ctx, h, proof{by: by, stored: stored})
}

// proveSet proves a password that Oracle said it set; p says by whom.
func (r *Rotator) proveSet(ctx context.Context, h Holding, p proof) (Outcome, error) {
	keys := *h.target()
	p.keys, p.password, p.set = keys, h.Turn.Password, true
	if p.password.IsZero() { // promoted on Oracle's word
		p.password = keys.Password
	}
	if h.Turn.Served && h.Turn.Refusals > 0 { // refused again, it is the stored one that is rejected
		p.subject = h.subject(keys)
	}
	result, err := r.prove(ctx, h, p)
	if err != nil {
		return Outcome{}, err
	}
	now := instant()
	outcome := Outcome{Denial: result.Decision.Denial, Until: result.Decision.Until}
	switch {
	case result.Decision.Denial == Allowed && result.Findings.Login == oracle.LoginAccepted:
		return r.promote(ctx, h, p.password, &result)
	case result.Decision.Denial == Allowed && result.Findings.Login == oracle.LoginRefused:
		outcome.Error = NotProved
		if h.Turn.Refusals > 0 {
			return r.fail(ctx, h, h.settled(), outcome, &result)
		}
		moved := r.moved(h, nil, true)
		moved.At = now
		_, err := r.save(ctx, h, h.unverified(true, now), moved)
		return outcome, err
	}
	return r.stillUnverified(ctx, h, outcome)
}

// stillUnverified is a password that Oracle said it set, when no login could say more.
func (r *Rotator) stillUnverified(ctx context.Context, h Holding, outcome Outcome) (Outcome, error) {
	outcome.Error = NotProved
	now := instant()
	next := h.unverified(false, now).waits(r.around.Jitter(), now)
	told := Moved{}
	if h.Turn.InPhase() != PhaseUnverified {
		told = r.moved(h, nil, false)
	}
	told.At = now
	_, err := r.save(ctx, h, next, told)
	return outcome, err
}

func (r *Rotator) moved(h Holding, result *Proof, failed bool) Moved {
	actor := h.Turn.Actor
	if actor == "" {
		actor = ActorEngine
	}
	return Moved{Kind: EventRotation, Actor: actor, Side: SideStandby, Proof: result, Failed: failed}
}

// promote makes the new password the stored one, in one write.
func (r *Rotator) promote(ctx context.Context, h Holding, password secret.Value, result *Proof) (Outcome, error) {
	moved := r.moved(h, result, false)
	moved.Side, moved.Done, moved.At = SideCurrent, true, instant()
	_, err := r.save(ctx, h, h.promoted(password, result.Began, moved.At), moved)
	return Outcome{}, err
}

// fail stores that a rotation came to nothing, and when it is tried again.
func (r *Rotator) fail(ctx context.Context, h, next Holding, outcome Outcome, result *Proof) (Outcome, error) {
	now := instant()
	next = next.failed(outcome.Error, outcome.Detail, r.around.Jitter(), now)
	moved := r.moved(h, result, true)
	moved.At = now
	_, err := r.save(ctx, h, next, moved)
	return outcome, err
}

// refusedSince says whether a login with a password was refused since then, and none accepted after it.
func (r *Rotator) refusedSince(ctx context.Context, h Holding, k Keys, password secret.Value, since time.Time) (bool, error) {
	account := h.account(k)
	mark, err := r.around.Fingerprint(ctx, account, password)
	if err != nil {
		return false, err //nolint:wrapcheck // it says what could not be read
	}
	ledger, err := r.prover.ledgers.LoadLedger(ctx, account)
	if err != nil {
		return false, fmt.Errorf("read the account of logins: %w", err)
	}
	return ledger.RejectedSince(mark, since), nil
}

// newestFirst gives candidates in the order in which they are tried.
func newestFirst(candidates []Candidate) []Candidate {
	turned := slices.Clone(candidates)
	slices.Reverse(turned)
	return turned
}
