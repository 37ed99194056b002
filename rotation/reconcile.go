package rotation

import (
	"context"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// Statement is which password a person says is the live one. The list is closed.
type Statement string

// The statements, by the contract's names of the actions.
const (
	UseCurrent  Statement = "use_current"
	UsePending  Statement = "use_pending"
	UsePrevious Statement = "use_previous"
	Adopt       Statement = "adopt" // a password that was set by hand
)

// Statements lists every statement.
func Statements() []Statement { return []Statement{UseCurrent, UsePending, UsePrevious, Adopt} }

// Reconciled is what a statement came to.
type Reconciled struct {
	Outcome
	// Missing: there is no such password to try. Decision and Login say what became of the one login.
	Missing  bool
	Decision Decision
	Findings oracle.Findings
}

// ReconcileOptions say what a person states.
type ReconcileOptions struct {
	Statement Statement
	Side      Side
	Password  secret.Value // with Adopt
	Actor     string
}

// Reconcile proves by one login which password is live, as a person states it, and ends the rotation that was under
// way. Refused, nothing changes.
func (r *Rotator) Reconcile(ctx context.Context, holder Holder, o ReconcileOptions) (Reconciled, error) {
	var result Reconciled
	outcome, err := r.with(ctx, holder, o.Side, func(h Holding) (Outcome, error) {
		now := instant()
		if at := h.Turn.settlesAt(); h.Turn.InPhase() == PhaseSent && now.Before(at) {
			result.Decision = Decision{Denial: DenyRotating, Until: at}
			return Outcome{}, nil
		}
		password := h.stateable(o)
		if password.IsZero() {
			result.Missing = true
			return Outcome{}, nil
		}
		keys := *h.side(o.Side)
		p := proof{keys: keys, password: password, by: ByPerson, fresh: o.Statement == Adopt}
		if password.Equal(keys.Password) {
			p.subject = h.subject(keys)
		}
		proved, err := r.prove(ctx, h, p)
		result.Decision, result.Findings = proved.Decision, proved.Findings
		if err != nil || proved.Decision.Denial != Allowed || proved.Findings.Login != oracle.LoginAccepted {
			return Outcome{}, err
		}
		return Outcome{}, r.takeOver(ctx, h, o, password, &proved)
	})
	if outcome.Denial != Allowed { // its turn did not come
		result.Decision = Decision{Denial: outcome.Denial, Until: outcome.Until}
	}
	return result, err
}

// takeOver stores a proved statement. That the new password of a rotation logs in is its promotion.
func (r *Rotator) takeOver(ctx context.Context, h Holding, o ReconcileOptions, password secret.Value, result *Proof) error {
	moved := Moved{Kind: EventReconcile, Actor: o.Actor, Side: o.Side, Proof: result, Done: !password.Equal(h.side(o.Side).Password)}
	ofTurn := h.target() == h.side(o.Side) && h.Turn.InPhase() != PhaseIdle && h.Turn.InPhase() != PhasePrepared
	newOne := password.Equal(h.Turn.Password) || h.Turn.Served && password.Equal(h.target().Password)
	next := h
	moved.At = instant()
	if ofTurn && newOne {
		next, moved.Side = h.promoted(password, result.Began, moved.At), SideCurrent
	} else {
		next = h.stated(o.Side, password, password.Equal(h.Turn.Password) || h.side(o.Side).isOwn(password), h.dateOf(o, password, moved.At), result.Began, moved.At)
		if h.target() == h.side(o.Side) {
			next.Retry, next.LastError, next.LastErrorDetail = Retry{}, NoFailure, ""
		}
		if o.Statement == Adopt || o.Statement == UsePrevious {
			next.side(o.Side).SetByUs = false
		}
		if ofTurn {
			next.LastError, next.LastErrorDetail = StoppedByPerson, ""
		}
	}
	_, err := r.save(ctx, h, next, moved)
	return err
}

// dateOf is when a password was set of which a person says that it is the live one.
func (h Holding) dateOf(o ReconcileOptions, password secret.Value, now time.Time) time.Time {
	keys := h.side(o.Side)
	if o.Statement == UsePrevious && !keys.PreviousSet.IsZero() {
		return keys.PreviousSet
	}
	for _, c := range keys.Candidates {
		if c.Password.Equal(password) {
			return earlier(c.Deadline, now)
		}
	}
	return now
}

// stateable gives the password that a statement speaks of; zero when there is none.
func (h Holding) stateable(o ReconcileOptions) secret.Value {
	keys := h.side(o.Side)
	switch o.Statement {
	case UseCurrent:
		return keys.Password
	case UsePrevious:
		return keys.Previous
	case Adopt:
		return o.Password
	case UsePending:
	}
	ofTurn := keys == h.target()
	switch {
	case ofTurn && !h.Turn.Password.IsZero() && h.Turn.Phase != PhasePrepared: // of that nothing was sent
		return h.Turn.Password
	case ofTurn && h.Turn.Served:
		return keys.Password
	}
	if kept := keys.others(); len(kept) > 0 {
		return kept[0].Password
	}
	return secret.Value{}
}
