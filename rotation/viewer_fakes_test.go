package rotation_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// fakeDoor is one directory, with what it is asked.
type fakeDoor struct {
	mu        sync.Mutex
	directory rotation.Directory
	view      oracle.View
	answers   []oracle.LookUp // one each; the last for ever; none: the view
	takes     time.Duration   // of a login
	deaf      bool            // a login that was called off is not noticed
	byToken   bool
	loadFails bool
	noteFails bool
	tokens    int // asked with a token
	forgotten int // tokens
	logins    int
	running   int
	most      int
	noted     []oracle.LookUp
	complains []string
	onLogin   func()
}

var (
	doorRefuses = oracle.LookUp{Login: oracle.LoginRefused, Answer: oracle.Answer{Outcome: oracle.Refused, Delivery: oracle.Answered, HTTPStatus: 401}}
	doorForbids = oracle.LookUp{Login: oracle.LoginAccepted, Answer: oracle.Answer{Outcome: oracle.Forbidden, Delivery: oracle.Answered, HTTPStatus: 403}}
	doorSilent  = oracle.LookUp{Login: oracle.LoginUnanswered, Answer: oracle.Answer{Outcome: oracle.Timeout, Delivery: oracle.Unanswered}}
)

func doorSays(v oracle.View) oracle.LookUp {
	return oracle.LookUp{Login: oracle.LoginAccepted, Answer: oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered, HTTPStatus: 200}, View: v}
}

func newDoor(v oracle.View) *fakeDoor {
	return &fakeDoor{view: v, directory: rotation.Directory{
		Name: "door", ID: directoryID, Basis: 1, Kind: oracle.FusionDirectory, URL: "https://pod.example", User: "ADMIN", AllowedUsernames: []string{"API_*"},
	}}
}

// LoadDirectory implements rotation.Directories.
func (d *fakeDoor) LoadDirectory(context.Context, string) (rotation.Directory, oracle.Directory, rotation.Policy, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.loadFails {
		return rotation.Directory{}, oracle.Directory{}, rotation.Policy{}, errStorage
	}
	return d.directory, oracle.Directory{Kind: d.directory.Kind}, rotation.DefaultPolicy(), nil
}

func (d *fakeDoor) SaveHealth(ctx context.Context, _ rotation.Directory, look oracle.LookUp, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	d.noted = append(d.noted, look)
	if d.noteFails {
		return errStorage
	}
	return nil
}

// LookUp implements rotation.LookUps.
func (d *fakeDoor) LookUp(ctx context.Context, _ oracle.Directory, _ string) oracle.LookUp {
	d.mu.Lock()
	d.logins++
	d.running++
	d.most = max(d.most, d.running)
	look := doorSays(d.view)
	if len(d.answers) > 0 {
		look = d.answers[0]
		if len(d.answers) > 1 {
			d.answers = d.answers[1:]
		}
	}
	takes, deaf, onLogin := d.takes, d.deaf, d.onLogin
	d.mu.Unlock()
	if onLogin != nil {
		onLogin()
	}
	calledOff := ctx.Done()
	if deaf {
		calledOff = nil
	}
	select {
	case <-time.After(takes):
	case <-calledOff:
		look = doorSilent
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running--
	return look
}

func (d *fakeDoor) LookUpByToken(ctx context.Context, _ oracle.Directory, _ string) (oracle.LookUp, bool) {
	d.mu.Lock()
	byToken, look, takes := d.byToken, doorSays(d.view), d.takes
	if byToken {
		d.tokens++
	}
	d.mu.Unlock()
	if !byToken {
		return oracle.LookUp{}, false
	}
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		look = doorSilent
	}
	return look, true
}

func (d *fakeDoor) ForgetToken(oracle.Directory) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forgotten++
}

func (d *fakeDoor) complain(text string, _ ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.complains = append(d.complains, text)
}

// sees is what the directory shows from now on.
func (d *fakeDoor) sees(v oracle.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.view = v
	if len(d.answers) > 0 && d.answers[0].Answered() {
		d.answers[0].View = v
	}
}

func (d *fakeDoor) asked() (logins int, notes []oracle.LookUp, complaints []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.logins, d.noted, d.complains
}

// loginTime is what a detached login of a directory may take in all.
const loginTime = 40 * time.Second

func detach(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), loginTime)
}

// bench is a checker with one directory.
type bench struct {
	store   *fakeStore
	pod     *fakePod
	door    *fakeDoor
	checker *rotation.Checker
	viewer  *rotation.Viewer
}

// recentBehind is recent with a directory.
func recentBehind(name string) rotation.Snapshot {
	one := recent(name)
	withDirectory(&one)
	return one
}

func newBench(door *fakeDoor, pod *fakePod, snapshots ...rotation.Snapshot) *bench {
	b := &bench{store: newStore(snapshots...), pod: pod, door: door}
	prover := rotation.NewProver(pod, b.store)
	b.viewer = rotation.NewViewer(door, door, prover, detach, door.complain)
	b.checker = rotation.NewChecker(b.store, prover, pod, b.viewer)
	return b
}

func (b *bench) check(t *testing.T, name string, by rotation.Initiator) (rotation.Decision, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 36*time.Second)
	defer cancel()
	return b.checker.Check(ctx, name, rotation.CheckOptions{By: by, Kind: rotation.EventCheck, Actor: rotation.ActorEngine})
}

// ownLedger is the account of the directory's own logins.
func (b *bench) ownLedger() rotation.Ledger {
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	return b.store.ledgers[b.door.directory.Account()]
}

func (b *bench) state(name string) rotation.Verdict {
	return rotation.Judge(b.store.snapshot(name), time.Now())
}
