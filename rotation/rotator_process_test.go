package rotation_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// process is one process of the engine on a world.
type process struct {
	*world
	ops     int
	loaded  map[rotation.Account]int // how often the ledger that it read last had been written
	stopsAt int                      // it dies right before its n-th operation; 0: never
	dead    bool                     // nothing of it leaves or is stored any more
	halt    int                      // it is stopped right before its n-th operation, as by SIGSTOP
	reached chan struct{}            // closed: it is stopped
	halted  chan struct{}            // closed: it is continued
	prover  *rotation.Prover
	viewer  *rotation.Viewer
	rotator *rotation.Rotator
	checker *rotation.Checker
}

func (w *world) process() *process {
	p := &process{world: w, loaded: map[rotation.Account]int{}, reached: make(chan struct{}), halted: make(chan struct{})}
	p.prover = rotation.NewProver(p, p)
	p.viewer = rotation.NewViewer(p, p, p.prover, detach, func(string, ...any) {})
	p.rotator = rotation.NewRotator(p, p.prover, p, p.viewer, p, p)
	p.checker = rotation.NewChecker(p, p.prover, p, p.viewer)
	return p
}

// rotationTime is how long the engine gives one rotation.
const rotationTime = 4 * time.Minute

// rotate begins a rotation, or carries one on.
func (p *process) rotate(by rotation.Initiator) (rotation.Outcome, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), rotationTime)
	defer cancel()
	return p.rotator.Rotate(ctx, p.holder(), rotation.RotateOptions{By: by, Actor: string(by)})
}

func (p *process) tryKept(side rotation.Side) (rotation.Outcome, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 36*time.Second)
	defer cancel()
	return p.rotator.TryKept(ctx, p.holder(), side, func() bool { return true })
}

func (p *process) reconcile(o rotation.ReconcileOptions) (rotation.Reconciled, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), rotationTime)
	defer cancel()
	o.Actor = "person"
	return p.rotator.Reconcile(ctx, p.holder(), o)
}

func (p *process) holder() rotation.Holder {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.holding.Holder
}

var errDead = errors.New("this process is no more")

// op is one operation of the process: it may be its last, or the one at which all of it is stopped.
func (p *process) op() error {
	p.mu.Lock()
	p.ops++
	if p.ops == p.stopsAt {
		p.dead = true
	}
	dead, stops, first := p.dead, p.halt > 0 && p.ops >= p.halt, p.ops == p.halt
	reached, halted := p.reached, p.halted
	p.mu.Unlock()
	if dead {
		return errDead
	}
	if first {
		close(reached)
	}
	if stops {
		<-halted
	}
	return p.fenced()
}

// fenced: while it was stopped another process took over, and wrote: the storage refuses whatever this one writes.
func (p *process) fenced() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fences && p.writer != nil && p.writer != p && p.halt > 0 && p.ops >= p.halt {
		p.dead = true
		return errDead
	}
	return nil
}

// isDead says whether nothing of it leaves any more.
func (p *process) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// runsFreely says that it is neither to die nor to be stopped.
func (p *process) runsFreely() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopsAt, p.halt = 0, 0
}

// diesAfter lets it die before the n-th operation from now.
func (p *process) diesAfter(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopsAt = p.ops + n
}

// haltsAfter lets it be stopped before the n-th operation from now.
func (p *process) haltsAfter(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.halt, p.reached, p.halted = p.ops+n, make(chan struct{}), make(chan struct{})
}

// wrote notes who wrote last.
func (p *process) wrote() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writer = p
}

// LoadHolding implements rotation.Holdings.
func (p *process) LoadHolding(context.Context, rotation.Holder) (rotation.Holding, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return rotation.Holding{}, errDead
	}
	return p.current(), nil
}

func (w *world) current() rotation.Holding {
	h := w.holding
	if h.Standby != nil {
		other := *h.Standby
		h.Standby = &other
	}
	h.Integration.Username, h.Integration.Basis = h.Current.Username, h.Current.Basis
	return h
}

// SaveHolding implements rotation.Holdings. A process may die before and after the write.
func (p *process) SaveHolding(ctx context.Context, seen, next rotation.Holding, moved rotation.Moved) (rotation.Holding, error) {
	if err := ctx.Err(); err != nil {
		return seen, err
	}
	if err := p.op(); err != nil {
		return seen, err
	}
	stored, err := p.save(seen, next, moved)
	p.wrote()
	if err != nil {
		return seen, err
	}
	return stored, p.op()
}

func (w *world) save(seen, next rotation.Holding, moved rotation.Moved) (rotation.Holding, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.saves++
	if before := w.beforeSave[w.saves]; before != nil {
		before()
	}
	if w.saves == w.saveFails {
		w.say("store fails")
		return seen, errStorage
	}
	if w.holding.ID != seen.ID || w.holding.Step != seen.Step {
		w.say("store overtaken")
		return seen, rotation.ErrOvertaken
	}
	w.say("store %s%s", next.Turn.InPhase(), inWords(moved))
	stored := w.holding
	next.Step = seen.Step + 1
	w.holding = next
	if !stored.Current.Password.Equal(next.Current.Password) || stored.Current.Username != next.Current.Username {
		w.holding.Integration.CredentialVersion++
		w.holding.Integration.BecameCurrent = moved.At
	}
	w.holding.Integration.PasswordSet = next.Current.Set
	if moved.Kind != "" {
		w.told = append(w.told, moved)
	}
	if moved.Proof != nil {
		w.proved(moved)
	}
	return w.current(), nil
}

// proved notes what a login of a rotation showed.
func (w *world) proved(moved rotation.Moved) {
	side := moved.Side
	snapshot := w.snapshot(side)
	snapshot.Ledger = moved.Proof.Ledger
	w.records[snapshot.Integration.Username] = rotation.Checked(snapshot, *moved.Proof, false, moved.At)
}

func inWords(m rotation.Moved) string {
	switch {
	case m.Kind == "":
		return ""
	case m.Done:
		return fmt.Sprintf(" (%s done)", m.Kind)
	case m.Failed:
		return fmt.Sprintf(" (%s failed)", m.Kind)
	}
	return fmt.Sprintf(" (%s)", m.Kind)
}
