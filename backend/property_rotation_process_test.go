package backend_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/backend"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// process is one process of the engine on the mount's storage.
type process struct {
	backend logical.Backend // nil when it has ended
	drive   *drive
	witness *witness
	struck  int // troubles of the storage that are dealt with

	mu      sync.Mutex
	charges map[string]rotation.Ledger // by user: as it was stored with the last charge of a login
	under   map[string]map[string]any  // what people have under way, by path
}

// boot starts a process on what is stored, with its sweep.
func (w *world) boot() {
	p := &process{charges: map[string]rotation.Ledger{}, under: map[string]map[string]any{}}
	p.drive = newDrive(w.storage, func(entry *logical.StorageEntry) { w.stored(p, entry) })
	p.witness = &witness{Client: oracle.NewClient(), w: w, process: p, until: map[string]time.Time{}}
	w.process = p
	config := logical.TestBackendConfig()
	config.StorageView = p.drive
	config.Logger = log.New(&log.LoggerOptions{Level: log.Trace, Output: leakFinder{w.book}})
	b, err := backend.New(backend.Options{Oracle: p.witness, Jitter: func() float64 { return 1 }})(context.Background(), config)
	mustPlay(w.rt, err)
	w.waitForPending()
	mustPlay(w.rt, b.Initialize(context.Background(), &logical.InitializationRequest{Storage: p.drive}))
	p.backend = b
	synctest.Wait() // for what is due at once: a story must be the same when it is told again
}

// end kills a process: nothing of it is stored or sent any more.
func (p *process) end() {
	if p == nil || p.backend == nil {
		return
	}
	p.drive.kill()
	p.stop()
}

// stop ends a process as Vault does.
func (p *process) stop() {
	p.backend.Cleanup(context.Background())
	p.witness.late.Wait()
	p.witness.Close()
	p.backend = nil
}

// revive starts the next process after one died or was stopped.
func (w *world) revive() {
	struck, _ := w.drive.troubles()
	if struck > w.struck {
		w.struck = struck
		w.doubtful()
		w.log("  the storage struck")
	}
	switch {
	case w.drive.isDead():
		w.process.end()
		w.log("  a new process")
		w.boot()
	case w.drive.isStopped():
		w.signalled()
	}
}

// answer is what a request to the engine came to.
type answer struct {
	data map[string]any
	text string // an error's, or the warnings
	ok   bool
}

// ask makes a request as Vault would. A process that is stopped meanwhile answers nobody.
func (w *world) ask(operation logical.Operation, path string, data map[string]any, by any) answer {
	w.tick()
	p, done := w.process, make(chan answer, 1)
	halted := p.drive.whenHalted()
	p.begin(path, data)
	go func() {
		defer p.over(path)
		done <- w.request(p, operation, path, data, by)
	}()
	var got answer
	select {
	case got = <-done:
	case <-halted:
	}
	if p.drive.isStopped() {
		return answer{text: "the process is stopped"}
	}
	return got
}

func (w *world) request(p *process, operation logical.Operation, path string, data map[string]any, by any) answer {
	req := &logical.Request{Operation: operation, Path: path, Data: data, Storage: p.drive, MountPoint: "oracle-financials/"}
	ctx := context.WithValue(context.Background(), byKey{}, by)
	if operation == logical.UpdateOperation {
		if found, exists, err := p.backend.HandleExistenceCheck(ctx, req); err == nil && found && !exists {
			req.Operation = logical.CreateOperation
		}
	}
	response, err := p.backend.HandleRequest(ctx, req)
	var got answer
	switch {
	case err != nil:
		got.text = err.Error()
	case response.IsError():
		got.text = response.Error().Error()
	case response != nil:
		got = answer{response.Data, strings.Join(response.Warnings, " | "), true}
	default:
		got.ok = true
	}
	w.knownUntil(got.text)
	if !strings.HasPrefix(path, "creds/") && !strings.HasPrefix(path, "connector/") {
		w.book.findSecret(path, fmt.Sprint(got.data, got.text, errors.Unwrap(err)))
	}
	return got
}

// begin notes what a person has under way.
func (p *process) begin(path string, data map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.under[path] = data
}

func (p *process) over(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.under, path)
}

// asks says whether a person has a request of this path under way.
func (p *process) asks(path string) (map[string]any, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	data, found := p.under[path]
	return data, found
}

// charge gives the account of logins as it was stored with a user's last charge.
func (p *process) charge(name string) rotation.Ledger {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.charges[name]
}

// pendingOf is the charge of the login that is about to leave.
func pendingOf(l rotation.Ledger) (rotation.Charge, bool) {
	for _, charge := range l.Charges {
		if charge.State == rotation.ChargePending {
			return charge, true
		}
	}
	return rotation.Charge{}, false
}

// lateFor says whether the time of the login that was charged last is over.
func (p *process) lateFor(name string) bool {
	charge, found := pendingOf(p.charge(name))
	return found && time.Now().After(charge.Deadline)
}
