package backend_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/backend"
	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// trial is one mount beside a pod in a bubble of fake time. Storage and pod outlive the processes that serve it.
type trial struct {
	*mount // of the process that runs
	stage  *stage
	way    way
	began  time.Time

	base logical.Storage // beneath every process
	disk *disk
	wire *wire
	late sync.WaitGroup // requests that arrive late, and processes that were stopped

	mu     sync.Mutex
	secret map[string][]string // every password that a user may have, by user
	locked bool                // people lock accounts here
	byHand string              // one that a person set in Oracle, and Vault cannot know
	sent   []string            // different passwords that any process asked Oracle to set
	armed  *netMishap          // what happens to the network, until it has
	met    bool                // it has
	losses []string            // promises that were broken
	// asked is called before each call of any process, in the goroutine that makes it, and may wait; was after it.
	asked, was hook
}

// hook is told which process asks what, as whom or about whom.
type hook func(of *wire, what call, username string)

func newTrial(t *testing.T, s *stage, w way) *trial {
	t.Helper()
	tr := &trial{stage: s, way: w, secret: map[string][]string{}}
	tr.listen(nil, nil)
	tr.base = &logical.InmemStorage{}
	tr.mount = &mount{t: t, sim: s.sim, storage: tr.base}
	t.Cleanup(tr.end)
	return tr
}

// restart starts a process on what is stored, with its sweep, and gives its mount.
func (tr *trial) restart() {
	tr.t.Helper()
	under := tr.under()
	d := &disk{Storage: under, wrote: func(string) { tr.holds("after a write") }}
	w := &wire{Client: oracle.NewClient(), tr: tr, disk: d}
	config := logical.TestBackendConfig()
	config.StorageView = d
	config.Logger = log.NewNullLogger()
	b, err := backend.New(backend.Options{Oracle: w})(context.Background(), config)
	must(tr.t, err)
	must(tr.t, b.Initialize(context.Background(), &logical.InitializationRequest{Storage: d}))
	tr.disk, tr.wire = d, w
	tr.mount = &mount{t: tr.t, sim: tr.sim, backend: b, storage: d, config: config}
	synctest.Wait()
}

// listen sets what is called before and after each call; nil: nothing.
func (tr *trial) listen(asked, was hook) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	nothing := func(*wire, call, string) {}
	if tr.asked, tr.was = asked, was; asked == nil {
		tr.asked = nothing
	}
	if was == nil {
		tr.was = nothing
	}
}

func (tr *trial) listeners() (asked, was hook) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.asked, tr.was
}

// under is the storage beneath every process.
func (tr *trial) under() logical.Storage { return tr.base }

// kill ends the process at once: nothing of it is stored or sent any more.
func (tr *trial) kill() {
	tr.disk.kill()
	tr.stop()
}

// stop ends a process as Vault does. A second has to do for it.
func (tr *trial) stop() {
	if tr.backend == nil {
		return // not begun, or ended already
	}
	began := time.Now()
	tr.backend.Cleanup(context.Background())
	if took := time.Since(began); took > time.Second {
		tr.loss("the process took %v to end", took)
	}
	tr.wire.Close()
	tr.backend = nil
}

// revive starts the next process after one died.
func (tr *trial) revive() {
	if tr.disk.isDead() {
		tr.kill()
		time.Sleep(3 * time.Second)
		tr.restart()
	}
}

// tick tells the pod what time it is.
func (tr *trial) tick() { tr.stage.clock.Store(time.Now().UnixNano()) }

// passes lets time pass, and brings a process that dies meanwhile back.
func (tr *trial) passes(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(time.Until(end), max(d/4, time.Minute)))
		synctest.Wait()
		tr.revive()
	}
	tr.tick()
	tr.holds("in time")
}

// end stops everything that is still under way.
func (tr *trial) end() {
	tr.late.Wait()
	tr.stop()
}

// noted remembers a password that Oracle is asked to set.
func (tr *trial) noted(username, password string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if !slices.Contains(tr.sent, password) {
		tr.sent = append(tr.sent, password)
	}
	if !slices.Contains(tr.secret[username], password) {
		tr.secret[username] = append(tr.secret[username], password)
	}
}

// addUser makes a user of the pod whose password the test knows.
func (tr *trial) addUser(u oraclesim.User) {
	tr.t.Helper()
	must(tr.t, tr.pod().AddUser(u))
	tr.secret[u.Name] = append(tr.secret[u.Name], u.Password)
}

// setsByHand sets a password in Oracle that Vault is not told of.
func (tr *trial) setsByHand(username, password string) {
	tr.t.Helper()
	must(tr.t, tr.pod().SetPassword(username, password))
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.byHand = password
	if !slices.Contains(tr.secret[username], password) {
		tr.secret[username] = append(tr.secret[username], password)
	}
}

func (tr *trial) pod() *oraclesim.Pod { return tr.stage.pod }

// live is the password that a user has in Oracle.
func (tr *trial) live(username string) string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, password := range tr.secret[username] {
		if tr.pod().HasPassword(username, password) {
			return password
		}
	}
	return ""
}
