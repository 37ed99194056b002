package rotation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// world is one holder with its accounts in Oracle and its directory, in fake time: what every process of the engine
// shares. The methods that a process needs are on process.
type world struct {
	t  *testing.T
	mu sync.Mutex

	holding rotation.Holding // as stored
	ledgers map[rotation.Account]rotation.Ledger
	records map[string]rotation.Record // by user name
	users   map[string]*modelAccount
	queue   []queued // what Oracle will carry out late

	sets      []setAnswer // of requests that set a password, one each; then that it is set
	travels   []network   // how logins travel, one each; then they arrive
	looks     []oracle.LookUp
	forbidden bool // allowed_usernames does not permit the user any more
	byToken   bool // the directory has a token in hand
	undated   bool // the directory does not say when the password was set
	counts    bool // the directory shows locks, and counts refused logins
	podDown   bool
	doorDown  bool
	quiet     bool // nothing is traced

	draws      int
	drawFails  int // the n-th
	saves      int
	saveFails  int            // the n-th
	beforeSave map[int]func() // right before the n-th
	onSet      func()         // right before a request that sets a password has an effect
	trace      []string       // what left and what was stored, in order
	told       []rotation.Moved
}

// queued is a password that Oracle sets later.
type queued struct {
	user, password string
	at             time.Time
}

// kind is a way to set a password, and what for. The list is closed.
type kind int

const (
	overFusion kind = iota
	overDomain
	bySelf
	pairOverFusion
	pairOverDomain
	ofDirectory // a directory's own user
	kinds
)

func (k kind) String() string {
	return []string{"fusion", "identity_domain", "self_managed", "a pair over fusion", "a pair over identity_domain", "a directory"}[k]
}

const (
	gl      = "API_GL"
	standby = "API_GL_2"
	podURL  = "https://pod.example"
)

// newWorld is a holder whose password "old" is live and has logged in.
func newWorld(t *testing.T, k kind, alter ...func(*world)) *world {
	t.Helper()
	now := time.Now().UTC()
	w := &world{
		t: t, ledgers: map[rotation.Account]rotation.Ledger{}, records: map[string]rotation.Record{},
		users:      map[string]*modelAccount{gl: {lockAfter: 5, password: "old", set: now}},
		beforeSave: map[int]func(){},
	}
	w.holding = rotation.Holding{
		Holder: rotation.Holder{Kind: rotation.HolderIntegration, Name: "gl"}, ID: "id", ServerURL: podURL, Policy: rotation.DefaultPolicy(),
		Current: keys(gl, "old", 1), Way: rotation.WayDirectory, Doorway: "dir " + podURL, BasisMade: 1,
		Integration: rotation.Integration{
			Name: "gl", ID: "id", CredentialVersion: 1, Basis: 1, ServerURL: podURL, Username: gl, BecameCurrent: now, PasswordSet: now, Modified: now,
			Modules: []oracle.Module{oracle.GeneralLedger, oracle.Payables}, Directory: "door", DirectoryID: directoryID,
		},
	}
	switch k {
	case overFusion, pairOverFusion, kinds:
		w.holding.Integration.DirectoryKind = oracle.FusionDirectory
	case overDomain, pairOverDomain:
		w.holding.Integration.DirectoryKind, w.byToken = oracle.IdentityDomain, true
	case bySelf:
		w.holding.Way, w.holding.Integration.Directory, w.holding.Integration.DirectoryID = rotation.WaySelf, "", ""
	case ofDirectory:
		w.holding.Holder = rotation.Holder{Kind: rotation.HolderDirectory, Name: "door"}
		w.holding.Way, w.holding.Integration = rotation.WaySelf, rotation.Integration{}
		w.holding.Directory = rotation.Directory{Name: "door", ID: directoryID, Kind: oracle.FusionDirectory, User: gl, URL: podURL, ProbeUser: "PROBE"}
	}
	if k == pairOverFusion || k == pairOverDomain {
		other := keys(standby, "old-2", 2)
		w.holding.Standby, w.holding.BasisMade = &other, 2
		w.users[standby] = &modelAccount{lockAfter: 5, password: "old-2", set: now}
	}
	for _, change := range alter {
		change(w)
	}
	w.checked(rotation.SideCurrent)
	if w.holding.Standby != nil {
		w.checked(rotation.SideStandby)
	}
	return w
}

// checked is an account that was just found well.
func (w *world) checked(side rotation.Side) {
	one := w.snapshot(side)
	w.records[one.Integration.Username] = rotation.Checked(one, rotation.Proof{Findings: accepted}, false, time.Now())
}

// keys are those of a user whose stored password has logged in.
func keys(user, password string, basis int64) rotation.Keys {
	return rotation.Keys{Username: user, Password: secret.New(password), Basis: basis, LoggedIn: true, KnownUser: true, Set: time.Now().UTC()}
}

// proven is a holder of which a login has proved one rotation.
func proven(w *world) { w.holding.ProvenBy = w.holding.Doorway }

func answering(answers ...setAnswer) func(*world) { return func(w *world) { w.sets = answers } }

func travelling(ways ...network) func(*world) { return func(w *world) { w.travels = ways } }

// target is the account that a rotation changes.
func (w *world) target() *rotation.Keys {
	if w.holding.Standby != nil {
		return w.holding.Standby
	}
	return &w.holding.Current
}

// user is the account in Oracle that a rotation changes.
func (w *world) user() *modelAccount { return w.users[w.target().Username] }

func (w *world) account() rotation.Account { return rotation.AccountOf(w.target().Username, podURL) }

func (w *world) say(format string, facts ...any) {
	if !w.quiet {
		w.trace = append(w.trace, fmt.Sprintf(format, facts...))
	}
}

// took empties the trace and gives it in one line.
func (w *world) took() string {
	line := strings.Join(w.trace, ", ")
	w.trace = nil
	return line
}

// inStore is the holder in one line, without what is as it was at first.
func (w *world) inStore() string {
	h := w.holding
	line := string(h.Turn.InPhase())
	if !h.Turn.Password.IsZero() {
		line += " new=" + h.Turn.Password.Reveal()
	}
	if h.Turn.Served {
		line += " served"
	}
	if h.Turn.Refusals > 0 {
		line += fmt.Sprintf(" refusals=%d", h.Turn.Refusals)
	}
	line += " | " + inKeys(h.Current)
	if h.Standby != nil {
		line += " | " + inKeys(*h.Standby)
	}
	if h.LastError != rotation.NoFailure {
		line += " | " + string(h.LastError)
	}
	if h.Retry.Failures > 0 {
		line += fmt.Sprintf(" tries=%d", h.Retry.Failures)
	}
	return line
}

func inKeys(k rotation.Keys) string {
	line := k.Username + " " + k.Password.Reveal()
	if !k.LoggedIn {
		line += "?"
	}
	if !k.Previous.IsZero() {
		line += " was " + k.Previous.Reveal()
	}
	for _, c := range k.Candidates {
		line += " or " + c.Password.Reveal()
	}
	return line
}

// process is one process of the engine on a world.
type process struct {
	*world
	ops     int
	stopsAt int           // it dies right before its n-th operation; 0: never
	dead    bool          // nothing of it leaves or is stored any more
	halt    int           // it is stopped right before its n-th operation, as by SIGSTOP
	halted  chan struct{} // closed: continued
	prover  *rotation.Prover
	viewer  *rotation.Viewer
	rotator *rotation.Rotator
	checker *rotation.Checker
}

func (w *world) process() *process {
	p := &process{world: w, halted: make(chan struct{})}
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
	return p.rotator.TryKept(ctx, p.holder(), side)
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
	return p.world.holding.Holder
}

var errDead = errors.New("this process is no more")

// op is one operation of the process: it may be its last, or the one at which it is stopped.
func (p *process) op() error {
	p.mu.Lock()
	p.ops++
	n := p.ops
	if n == p.stopsAt {
		p.dead = true
	}
	dead := p.dead
	p.mu.Unlock()
	if dead {
		return errDead
	}
	if n == p.halt {
		<-p.halted
	}
	return nil
}

// LoadHolding implements rotation.Holdings.
func (p *process) LoadHolding(context.Context, rotation.Holder) (rotation.Holding, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return rotation.Holding{}, errDead
	}
	return p.loaded(), nil
}

func (w *world) loaded() rotation.Holding {
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
	if err := p.save(seen, next, moved); err != nil {
		return seen, err
	}
	if err := p.op(); err != nil {
		return seen, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.loaded(), nil
}

func (w *world) save(seen, next rotation.Holding, moved rotation.Moved) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.saves++
	if before := w.beforeSave[w.saves]; before != nil {
		before()
	}
	if w.saves == w.saveFails {
		w.say("store fails")
		return errStorage
	}
	if w.holding.ID != seen.ID || w.holding.Step != seen.Step {
		w.say("store overtaken")
		return rotation.ErrOvertaken
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
	return nil
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
