package rotation

import (
	"context"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// Resume carries on with a rotation that is under way, by whatever process it was begun.
func (r *Rotator) Resume(ctx context.Context, holder Holder, o RotateOptions) (Outcome, error) {
	return r.with(ctx, holder, SideStandby, func(h Holding) (Outcome, error) { return r.resume(ctx, h, o) })
}

func (r *Rotator) resume(ctx context.Context, h Holding, o RotateOptions) (Outcome, error) {
	now := instant()
	switch h.Turn.InPhase() {
	case PhaseIdle:
		return Outcome{}, nil
	case PhasePrepared:
		return r.resumePrepared(ctx, h, now)
	case PhaseSent, PhaseUnresolved:
		if at := h.Turn.settlesAt(); now.Before(at) {
			return Outcome{Error: AnswerLost, Until: at}, nil // it may still be carried out, by a process that lives
		}
		if h.Turn.InPhase() == PhaseSent {
			return r.settle(ctx, h)
		}
		return r.settleBy(ctx, h, o.By)
	case PhaseUnverified:
		if at := h.Turn.RefusedAt.Add(h.Policy.UnlockDelay); h.Turn.Refusals > 0 && o.By != ByPerson && now.Before(at) {
			return Outcome{Error: NotProved, Denial: DenyRotating, Until: at}, nil
		}
		return r.proveSet(ctx, h, proof{by: settling(o.By)})
	}
	return Outcome{}, nil
}

func settling(by Initiator) Initiator {
	if by == ByPerson {
		return ByPerson
	}
	return BySettling
}

// resumePrepared sends what another process prepared, if that is still wanted: nothing of it was sent.
func (r *Rotator) resumePrepared(ctx context.Context, h Holding, now time.Time) (Outcome, error) {
	ledger, err := r.ledger(ctx, h)
	if err != nil {
		return Outcome{}, err
	}
	why := h.MayBegin(ledger, h.Turn.By, now)
	if h.Turn.By != ByPerson && now.Before(h.Integration.PausedUntil) {
		why = RotationPaused
	}
	if why != NoFailure {
		return r.fail(ctx, h, h.settled(), Outcome{Error: why}, nil)
	}
	return r.send(ctx, h)
}

// settle finds out whether a password was set whose request was not answered, at the least price (protocol B5).
func (r *Rotator) settle(ctx context.Context, h Holding) (Outcome, error) {
	h.Turn.Lost = true // whoever sent it, nobody knows of an answer
	if h.Way != WayDirectory {
		return r.byLogin(ctx, h)
	}
	before, err := r.ledger(ctx, h)
	if err != nil {
		return Outcome{}, err
	}
	seen, outcome, err := r.find(ctx, h)
	switch {
	case err != nil:
		return Outcome{}, err
	case outcome.Error != NoFailure: // without the directory, logins tell
		return r.byLogin(ctx, h)
	}
	if err := r.sighted(ctx, h, before, seen); err != nil {
		return Outcome{}, err
	}
	switch {
	case h.Integration.DirectoryKind == oracle.FusionDirectory && h.Turn.Sends == 1:
		return r.sendOnce(ctx, h, seen.View)
	case !h.Turn.SetBefore.IsZero() && seen.View.PasswordSet.Equal(h.Turn.SetBefore):
		return r.fail(ctx, h, h.settled(), Outcome{Error: NotApplied}, nil)
	}
	return r.byLogin(ctx, h)
}

func (r *Rotator) byLogin(ctx context.Context, h Holding) (Outcome, error) {
	return r.settleBy(ctx, h, BySettling)
}

// settleBy tries the new password, then the stored one, each until Oracle has refused it in this rotation.
func (r *Rotator) settleBy(ctx context.Context, h Holding, by Initiator) (Outcome, error) {
	account := h.account(*h.target())
	if err := r.prover.amend(ctx, account, Ledger.ChangeSettled); err != nil {
		return Outcome{}, err
	}
	keys, tried := *h.target(), false
	for _, password := range []secret.Value{h.Turn.Password, keys.Password} {
		refused, err := r.refusedSince(ctx, h, keys, password, h.Turn.Begun)
		if err != nil {
			return Outcome{}, err
		}
		if refused {
			continue
		}
		outcome, next, err := r.tryOne(ctx, h, password, settling(by))
		if err != nil || !next {
			return outcome, err
		}
		if tried = true; by == ByPerson { // who releases spends one login
			return r.later(ctx, h, Outcome{Error: OutcomeUnknown})
		}
	}
	if !tried {
		if err := r.look(ctx, h); err != nil { // the directory may show that the account was unlocked
			return Outcome{}, err
		}
	}
	return r.unresolved(ctx, h, Outcome{Error: OutcomeUnknown})
}

// look asks the directory about the account that rotates, without a login of that.
func (r *Rotator) look(ctx context.Context, h Holding) error {
	if h.Holder.Kind != HolderIntegration || h.Integration.Directory == "" {
		return nil
	}
	of := h.Integration
	of.Username = h.target().Username
	return r.prover.lookOnly(ctx, h.account(*h.target()), Attempt{
		IntegrationID: h.ID, CredentialVersion: of.CredentialVersion, Policy: h.Policy, Directory: of.DirectoryID, Look: r.viewer.Looker(of),
	})
}

// tryOne spends one login on a password that may be the live one. next says that Oracle refused it.
func (r *Rotator) tryOne(ctx context.Context, h Holding, password secret.Value, by Initiator) (outcome Outcome, next bool, err error) {
	keys := *h.target()
	p := proof{keys: keys, password: password, by: by}
	stored := password.Equal(keys.Password)
	if stored {
		p.subject = h.subject(keys)
	}
	result, err := r.prove(ctx, h, p)
	if err != nil {
		return Outcome{}, false, err
	}
	if denial := result.Decision.Denial; denial != Allowed {
		outcome = Outcome{Error: OutcomeUnknown, Denial: denial, Until: result.Decision.Until}
		if denial == DenyWaits || denial == DenyUnanswered {
			outcome, err = r.unresolved(ctx, h, outcome)
			return outcome, false, err
		}
		outcome, err = r.later(ctx, h, outcome)
		return outcome, false, err
	}
	switch result.Findings.Login {
	case oracle.LoginAccepted:
		if !stored {
			outcome, err = r.promote(ctx, h, password, &result)
			return outcome, false, err
		}
		done := h.settled()
		*done.target() = done.target().Proved(result.Began)
		done.target().Basis = done.nextBasis() // what was said of it before is over
		outcome, err = r.fail(ctx, h, done, Outcome{Error: NotApplied}, &result)
		return outcome, false, err
	case oracle.LoginRefused:
		return Outcome{}, true, nil
	case oracle.LoginUnanswered, oracle.LoginUnproved:
	}
	outcome = Outcome{Error: OutcomeUnknown, Detail: answerWords(result.Findings.Cause)}
	if spent := Allow(result.Ledger, h.Policy, by, instant()).Denial; spent == DenyWaits || spent == DenyUnanswered {
		outcome, err = r.unresolved(ctx, h, outcome)
		return outcome, false, err
	}
	outcome, err = r.later(ctx, h, outcome)
	return outcome, false, err
}

// later leaves a rotation as it is, and says when it is looked at again.
func (r *Rotator) later(ctx context.Context, h Holding, outcome Outcome) (Outcome, error) {
	now := instant()
	next := h.waits(r.around.Jitter(), now)
	next.LastError, next.LastErrorDetail = outcome.Error, outcome.Detail
	if outcome.Until.IsZero() {
		outcome.Until = next.Turn.Wait.NotBefore
	}
	_, err := r.save(ctx, h, next, Moved{})
	return outcome, err
}

// unresolved leaves the rest to a person: everything is kept.
func (r *Rotator) unresolved(ctx context.Context, h Holding, outcome Outcome) (Outcome, error) {
	if h.Turn.InPhase() == PhaseUnresolved {
		return r.later(ctx, h, outcome)
	}
	next := h.waits(r.around.Jitter(), instant())
	next.Turn.Phase = PhaseUnresolved
	next.LastError, next.LastErrorDetail = outcome.Error, outcome.Detail
	_, err := r.save(ctx, h, next, r.moved(h, nil, true))
	return outcome, err
}

// TryKept tries what may have been set late, when the stored password was refused: the newest first, as far as the
// engine's budget goes. stillRefused is asked once the turn has come: meanwhile a person may have proved another one.
func (r *Rotator) TryKept(ctx context.Context, holder Holder, side Side, stillRefused func() bool) (Outcome, error) {
	return r.with(ctx, holder, side, func(h Holding) (Outcome, error) {
		keys := *h.side(side)
		if h.Turn.InPhase() != PhaseIdle || !stillRefused() {
			return Outcome{}, nil
		}
		for _, candidate := range keys.others() {
			outcome, next, err := r.tryKept(ctx, h, side, candidate)
			if err != nil || !next {
				return outcome, err
			}
		}
		return Outcome{}, nil
	})
}

func (r *Rotator) tryKept(ctx context.Context, h Holding, side Side, candidate Candidate) (outcome Outcome, next bool, err error) {
	keys := *h.side(side)
	refused, err := r.refusedSince(ctx, h, keys, candidate.Password, time.Time{})
	if err != nil || refused {
		return Outcome{}, refused, err
	}
	result, err := r.prove(ctx, h, proof{keys: keys, password: candidate.Password, by: BySettling})
	if err != nil || result.Decision.Denial != Allowed {
		return Outcome{Denial: result.Decision.Denial, Until: result.Decision.Until}, false, err
	}
	now := instant()
	switch result.Findings.Login {
	case oracle.LoginAccepted:
	case oracle.LoginRefused:
		return Outcome{}, true, nil
	case oracle.LoginUnanswered, oracle.LoginUnproved:
		_, err = r.save(ctx, h, h.keptLater(r.around.Jitter(), now), Moved{})
		return Outcome{}, false, err
	}
	_, err = r.save(ctx, h, h.stated(side, candidate.Password, candidate.Own, earlier(candidate.Deadline, now), result.Began, now), Moved{
		Kind: EventRotation, Actor: ActorEngine, At: now, Side: side, Proof: &result, Done: true,
	})
	return Outcome{}, false, err
}
