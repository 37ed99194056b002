package backend_test

import (
	"fmt"
	"regexp"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"
)

// world is one sequence: a mount, its processes, a pod, and what the test knows of them.
type world struct {
	stage          *stage
	rt             *rapid.T
	door           string // the kind of the directory; noDirectory without one
	pair           bool
	people, others bool // who may log in besides the engine
	book           *book
	began          time.Time

	storage  *logical.InmemStorage // outlives processes
	peek     func(key string) *logical.StorageEntry
	*process               // the one that Vault asks
	stopped  *process      // one that a signal has stopped, while another took over; nil: none
	set      time.Duration // how far the engine's clock was set back in all

	denied   bool            // they do what a denial says
	followed map[string]int  // what people did because a message told them, in the end
	strange  map[string]bool // by user: a domain that is not the login store counts failed logins
	knowledge
}

func newWorld(rt *rapid.T, s *stage) *world {
	w := &world{stage: s, rt: rt, door: noDirectory, book: newBook(s.tally), began: time.Now(), storage: &logical.InmemStorage{}, strange: map[string]bool{}, followed: map[string]int{}, knowledge: newKnowledge()}
	w.peek = peeker(w.storage)
	w.process = &process{}
	rt.Cleanup(func() {
		w.stopped.end()
		w.process.end()
	})
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

// sleep lets time pass, and brings a process that dies meanwhile back.
func (w *world) sleep(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(time.Until(end), max(d/8, time.Minute)))
		synctest.Wait()
		w.revive()
		w.expireLate()
	}
	w.tick()
}

// step makes a named action of a function.
func (w *world) step(name string, action func(*rapid.T)) func(*rapid.T) {
	return func(rt *rapid.T) {
		time.Sleep(time.Second) // no two things happen at one instant
		synctest.Wait()
		w.revive()
		w.expireLate()
		w.forgetLooks()
		w.forgetGrants()
		w.tick()
		w.log("%s", name)
		action(rt)
		synctest.Wait()
		w.revive()
		w.stage.tally.add("steps", 1)
	}
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
