package backend_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing/synctest"
	"time"

	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/backend"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// secretMark is part of every secret of a sequence, so that one in an answer shows. The other two are what a
// Basic header of the user and of the administrator begins with.
var secretMarks = []string{"-Horse-", "QVBJX0dM", "VkFVTFRfQURNSU46"}

// world is one sequence: a mount, its process, a pod, and what the test knows of them.
type world struct {
	stage          *stage
	rt             *rapid.T
	people, others bool // who may log in besides the engine
	book           *book
	began          time.Time

	storage *logical.InmemStorage // outlives processes
	peek    func(key string) *logical.StorageEntry
	backend logical.Backend
	drive   *drive
	witness *witness
	set     time.Duration // how far the engine's clock was set back in all
	struck  int           // troubles of the storage that are dealt with

	oracleHas     string // the password in Oracle; empty when nobody knows it
	strangeDomain bool   // a domain that is not the login store counts failed logins
	knowledge
}

func newWorld(rt *rapid.T, s *stage) *world {
	w := &world{stage: s, rt: rt, book: newBook(s.tally), began: time.Now(), storage: &logical.InmemStorage{}, knowledge: newKnowledge()}
	w.peek = peeker(w.storage)
	rt.Cleanup(w.kill)
	return w
}

// tick tells the pod what time it is.
func (w *world) tick() { w.stage.clock.Store(time.Now().UnixNano()) }

// engineTime is the engine's clock as people see it, who set it: in the bubble time only goes on, and what
// was stored moves instead.
func (w *world) engineTime() time.Time { return time.Now().Add(-w.set) }

// log writes a line of the sequence's story.
func (w *world) log(format string, values ...any) {
	w.rt.Logf("%12v  %s", time.Since(w.began).Round(time.Second), fmt.Sprintf(format, values...))
}

// boot starts a process on what is stored, with its sweep.
func (w *world) boot() {
	w.drive = &drive{Storage: w.storage, seen: w.stored}
	w.witness = &witness{Client: oracle.NewClient(), w: w, drive: w.drive}
	w.struck = 0
	config := logical.TestBackendConfig()
	config.StorageView = w.drive
	config.Logger = log.New(&log.LoggerOptions{Level: log.Trace, Output: leakFinder{w.book}})
	b, err := backend.New(backend.Options{Oracle: w.witness})(context.Background(), config)
	mustPlay(w.rt, err)
	w.waitForPending()
	mustPlay(w.rt, b.Initialize(context.Background(), &logical.InitializationRequest{Storage: w.drive}))
	w.backend = b
	synctest.Wait() // for what is due at once: a story must be the same when it is told again
}

// kill ends a process at once: nothing of it is stored or sent any more.
func (w *world) kill() {
	if w.backend == nil {
		return
	}
	w.drive.kill()
	w.stop()
}

// stop ends a process as Vault does.
func (w *world) stop() {
	w.backend.Cleanup(context.Background())
	w.witness.late.Wait()
	w.witness.Close()
	w.backend = nil
}

// revive starts the next process after one died.
func (w *world) revive() {
	struck, _ := w.drive.troubles()
	if struck > w.struck {
		w.struck = struck
		w.doubtful()
		w.log("  the storage struck")
	}
	if w.drive.isDead() {
		w.kill()
		w.log("  a new process")
		w.boot()
	}
}

// sleep lets time pass, and brings a process that dies meanwhile back.
func (w *world) sleep(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(time.Until(end), max(d/8, time.Minute)))
		synctest.Wait()
		w.revive()
	}
	w.tick()
}

// step makes a named action of a function.
func (w *world) step(name string, action func(*rapid.T)) func(*rapid.T) {
	return func(rt *rapid.T) {
		time.Sleep(time.Second) // no two things happen at one instant
		synctest.Wait()
		w.revive()
		w.forgetLook()
		w.Lock()
		w.grantUsed = false
		w.Unlock()
		w.tick()
		w.log("%s", name)
		action(rt)
		synctest.Wait()
		w.revive()
		w.stage.tally.add("steps", 1)
	}
}

// answer is what a request to the engine came to.
type answer struct {
	data map[string]any
	text string // an error's, or the warnings
	ok   bool
}

// ask makes a request as Vault would.
func (w *world) ask(operation logical.Operation, path string, data map[string]any, by any) answer {
	w.tick()
	req := &logical.Request{Operation: operation, Path: path, Data: data, Storage: w.drive, MountPoint: "oracle-financials/"}
	ctx := context.WithValue(context.Background(), byKey{}, by)
	if operation == logical.UpdateOperation {
		if found, exists, err := w.backend.HandleExistenceCheck(ctx, req); err == nil && found && !exists {
			req.Operation = logical.CreateOperation
		}
	}
	response, err := w.backend.HandleRequest(ctx, req)
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
		findSecret(w.book, path, fmt.Sprint(got.data, got.text, errors.Unwrap(err)))
	}
	return got
}

var refusedPassword = regexp.MustCompile(`Oracle refused this very password, and it is known as such until (\S+):`)

// knownUntil: a refused password is not known for ever, since the right one is refused, too, after a lock.
func (w *world) knownUntil(text string) {
	found := refusedPassword.FindStringSubmatch(text)
	if found == nil {
		return
	}
	until, err := time.Parse(time.RFC3339, found[1])
	if left := time.Until(until); err != nil || left < -time.Second || left > max(time.Hour, w.policy().OperatorLoginWindow)+maxClockStep {
		w.book.fault("promise 7: a refused password is known until %s, in %v", found[1], left)
	}
}

// maxClockStep is how far ahead a time may lie that a clock wrote before it was set.
const maxClockStep = 6 * time.Minute

// leakFinder is a log in which no secret may stand.
type leakFinder struct{ book *book }

// Write implements io.Writer.
func (l leakFinder) Write(line []byte) (int, error) {
	findSecret(l.book, "the log", string(line))
	return len(line), nil
}

func findSecret(b *book, where, text string) {
	for _, mark := range secretMarks {
		if strings.Contains(text, mark) {
			b.fault("promise 8: a secret in %s: %s", where, text)
		}
	}
}
