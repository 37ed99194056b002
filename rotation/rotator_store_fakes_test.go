package rotation_test

import (
	"context"
	"errors"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// LoadLedger implements rotation.Ledgers. A process may be stopped before it, too.
func (p *process) LoadLedger(ctx context.Context, a rotation.Account) (rotation.Ledger, error) {
	if err := p.op(); err != nil {
		return rotation.Ledger{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return rotation.Ledger{}, errDead
	}
	p.loaded[a] = p.written[a]
	return p.ledgers[a], ctx.Err()
}

// StoreLedger implements rotation.Ledgers. A process may die before and after the write. One that was stopped since it
// read, while another wrote, is no longer the active one: its storage refuses it.
func (p *process) StoreLedger(ctx context.Context, a rotation.Account, l rotation.Ledger) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := p.op(); err != nil {
		return err
	}
	p.mu.Lock()
	behind := p.loaded[a] != p.written[a]
	if !behind {
		p.ledgers[a], p.writer = l, p
		p.written[a]++
		p.loaded[a] = p.written[a]
	}
	p.mu.Unlock()
	if behind {
		return errStorage
	}
	return p.op()
}

// DeleteLedger implements rotation.Ledgers.
func (p *process) DeleteLedger(_ context.Context, a rotation.Account) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.ledgers, a)
	return nil
}

// snapshot is what decisions about an account of the holder ask; the caller holds mu.
func (w *world) snapshot(side rotation.Side) rotation.Snapshot {
	s := w.snapshotOf(w.holding.Current)
	if w.holding.Standby == nil {
		return s
	}
	other := w.snapshotOf(*w.holding.Standby)
	other.Integration.Rotation.Standby = true
	if side == rotation.SideStandby {
		return other
	}
	s.Standby = &other
	return s
}

func (w *world) snapshotOf(k rotation.Keys) rotation.Snapshot {
	h := w.holding
	i := h.Integration
	if h.Holder.Kind == rotation.HolderDirectory {
		i = rotation.Integration{Name: "door", ID: h.ID, ServerURL: podURL}
	}
	i.Username, i.Basis, i.PasswordSet, i.Rotation = k.Username, k.Basis, k.Set, w.standing(k)
	return rotation.Snapshot{
		Integration: i, Policy: h.Policy, HostAllowed: true, Record: w.records[k.Username],
		Ledger: w.ledgers[rotation.AccountOf(k.Username, podURL)].SeenBy(i.DirectoryID),
	}
}

// standing is where the rotation stands, for an account.
func (w *world) standing(k rotation.Keys) rotation.Standing {
	h, target := w.holding, *w.target()
	s := rotation.Standing{
		Way: h.Way, Phase: h.Turn.InPhase(), Served: h.Turn.Served, Deadline: h.Turn.Deadline, Begun: h.Turn.Begun, Refusals: h.Turn.Refusals,
		RefusedAt: h.Turn.RefusedAt, Retry: h.Retry, Wait: h.Turn.Wait, Last: h.LastRotation, Error: h.LastError, Detail: h.LastErrorDetail,
		KnownUser: target.KnownUser, LoggedIn: target.LoggedIn, Pair: h.Standby != nil, Kept: beside(k), KeptWait: h.KeptWait, Previous: !target.Previous.IsZero(),
	}
	s.KeptUntil, _ = rotation.KeptUntil(k.Candidates)
	_, s.FullUntil = rotation.KeptUntil(target.Candidates)
	return s
}

// AccountOf implements rotation.Integrations.
func (p *process) AccountOf(_ context.Context, _ string, side rotation.Side) (rotation.Account, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	keys := p.holding.Current
	if side == rotation.SideStandby {
		keys = *p.holding.Standby
	}
	return rotation.AccountOf(keys.Username, podURL), nil
}

// LoadIntegration implements rotation.Integrations.
func (p *process) LoadIntegration(ctx context.Context, _ string, side rotation.Side) (rotation.Snapshot, rotation.Credential, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return rotation.Snapshot{}, rotation.Credential{}, errDead
	}
	keys := p.holding.Current
	if side == rotation.SideStandby {
		keys = *p.holding.Standby
	}
	mark, _ := p.Fingerprint(ctx, rotation.AccountOf(keys.Username, podURL), keys.Password)
	return p.snapshot(side), rotation.Credential{Login: oracle.Login{Username: keys.Username, Password: keys.Password}, Fingerprint: mark}, nil
}

// SaveRecord implements rotation.Integrations.
func (p *process) SaveRecord(_ context.Context, seen rotation.Snapshot, l rotation.Ledger, change rotation.Change) error {
	if err := p.op(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	side := rotation.SideCurrent
	if h := p.holding; h.Standby != nil && h.Standby.Username == seen.Integration.Username {
		side = rotation.SideStandby
	}
	now := p.snapshot(side)
	if now.Integration.Subject() != seen.Integration.Subject() {
		return nil
	}
	if !change.LoggedIn.IsZero() {
		p.noteLogin(seen.Integration.Username)
	}
	now.Ledger = l
	p.records[seen.Integration.Username] = change.Decide(now)
	return nil
}

// noteLogin notes that a stored password logged in.
func (w *world) noteLogin(user string) {
	keys := &w.holding.Current
	if w.holding.Standby != nil && w.holding.Standby.Username == user {
		other := *w.holding.Standby
		w.holding.Standby, keys = &other, &other
	}
	*keys = keys.Proved(time.Now().UTC())
}

// due is what the sweep would do next, and when.
func (w *world) due() (rotation.Action, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.snapshot(rotation.SideCurrent).Due(time.Now())
}

// sweep does what is due now, as the engine's sweep does, and says whether anything was.
func (p *process) sweep() bool {
	action, at := p.due()
	if at.IsZero() || at.After(time.Now()) {
		return false
	}
	p.sweeps(action)
	return true
}

// sweeps does what is due.
func (p *process) sweeps(action rotation.Action) {
	if action == rotation.ActionRotate {
		p.rotates()
		return
	}
	sides := []rotation.Side{rotation.SideCurrent}
	if p.holding.Standby != nil {
		sides = append(sides, rotation.SideStandby)
	}
	for _, side := range sides {
		p.check(side, rotation.ByEngine)
	}
}

// rotates begins a rotation or carries one on, unless that is not due any more once its turn has come.
func (p *process) rotates() {
	ctx, cancel := context.WithTimeout(p.t.Context(), rotationTime)
	defer cancel()
	_, _ = p.rotator.Rotate(ctx, p.holder(), rotation.RotateOptions{
		By: rotation.ByEngine, Actor: rotation.ActorEngine, Permitted: func(rotation.Holding) error {
			if action, at := p.due(); action != rotation.ActionRotate || at.IsZero() || at.After(time.Now()) {
				return errNotDue
			}
			return nil
		},
	})
}

var errNotDue = errors.New("not due any more")

// check is one check of an account, and after a refused login what may have been set late is tried.
func (p *process) check(side rotation.Side, by rotation.Initiator) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 36*time.Second)
	defer cancel()
	decision, err := p.checker.Check(ctx, "gl", rotation.CheckOptions{By: by, Side: side, Kind: rotation.EventCheck, Actor: string(by)})
	keptMayBeLive := func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		after := p.snapshot(side)
		return after.Integration.Rotation.Kept > 0 && after.Current().Login == rotation.LoginRefused
	}
	if err == nil && decision.Denial != rotation.DenyRotating && keptMayBeLive() {
		_, _ = p.rotator.TryKept(ctx, p.holder(), side, keptMayBeLive)
	}
}

// beside counts the passwords that are kept beside the stored one.
func beside(k rotation.Keys) int {
	n := 0
	for _, c := range k.Candidates {
		if !c.Password.Equal(k.Password) {
			n++
		}
	}
	return n
}
