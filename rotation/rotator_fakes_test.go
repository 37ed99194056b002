package rotation_test

import (
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
	written map[rotation.Account]int   // how often each was
	records map[string]rotation.Record // by user name
	users   map[string]*modelAccount
	queue   []queued // what Oracle will carry out late

	sets       []setAnswer // of requests that set a password, one each; then that it is set
	travels    []network   // how logins travel, one each; then they arrive
	looks      []oracle.LookUp
	forbidden  bool // allowed_usernames does not permit the user any more
	byToken    bool // the directory has a token in hand
	unknown    bool // the directory does not know the user
	undated    bool // the directory does not say when the password was set
	counts     bool // the directory shows locks, and counts refused logins
	podDown    bool
	maintained bool // the pod answers 503
	doorDown   bool
	fences     bool     // a process that was stopped while another wrote may not write any more
	writer     *process // who wrote last
	quiet      bool     // nothing is traced

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
		t: t, ledgers: map[rotation.Account]rotation.Ledger{}, written: map[rotation.Account]int{}, records: map[string]rotation.Record{},
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
func (w *world) target() *rotation.Keys { return targetOf(&w.holding) }

func targetOf(h *rotation.Holding) *rotation.Keys {
	if h.Standby != nil {
		return h.Standby
	}
	return &h.Current
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
	if h.Turn.Wait.Failures > 0 {
		line += fmt.Sprintf(" waits=%d", h.Turn.Wait.Failures)
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
		if c.Password.Equal(k.Password) {
			continue // a request that sets the stored one may still be carried out: TestALateRequestIsKeptBesideItsOwnPassword
		}
		line += " or " + c.Password.Reveal()
	}
	return line
}
