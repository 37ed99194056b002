package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// load rotates integrations, each of them one rotation after the other, while a test breaks what they run on. Whenever a
// rotation does not end well, it waits until the engine has settled it by itself, and then wants the live password in
// creds and no account locked.
type load struct {
	t    *testing.T
	pod  *oraclesim.Server
	all  []rotating
	seed uint64        // of whatever is left to chance here
	rest time.Duration // the longest between two rotations of one integration
	// grace is for how long creds may serve what is not live any more, of an integration that is settled: a Vault that has
	// lost its leadership may answer a read before it knows.
	grace time.Duration

	asked  atomic.Pointer[mount] // at whom requests are sent
	ending atomic.Bool
	work   sync.WaitGroup

	mu      sync.Mutex
	epoch   context.Context //nolint:containedctx // of all requests, until the test interrupts them
	cancel  context.CancelFunc
	rotated int            // rotations that were answered with success
	found   map[string]int // those that were not, by the phase in which they were found; idle: they did not begin, or had ended
	helped  map[string]int // what a person had to say
	longest time.Duration  // until one was settled
	gone    time.Time      // since when Vault has asked a process that is dead; zero: it does not
}

// settleLimit is how long a rotation may take to be settled: twice a request's deadline and margin, for a resent one, and
// as much for the logins between, which wait for charges that were lost with their process.
const settleLimit = 4 * time.Minute

// newLoad makes integrations of each way: so many.
func newLoad(t *testing.T, m mount, perWay int) *load {
	t.Helper()
	l := &load{t: t, pod: startRotatingPod(t, oraclesim.Switches{}), seed: seed(t), rest: 400 * time.Millisecond, found: map[string]int{}, helped: map[string]int{}}
	l.ask(m)
	for n := range perWay {
		for _, w := range ways() {
			l.all = append(l.all, m.addRotating(l.pod, fmt.Sprintf("%s-%d", strings.ReplaceAll(string(w), "_", "-"), n), w))
		}
	}
	return l
}

// ask directs requests to a mount from now on, and calls off those that are under way at another Vault.
func (l *load) ask(m mount) {
	if before := l.asked.Swap(&m); before != nil && before.client == m.client {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cancel != nil {
		l.cancel()
	}
	l.epoch, l.cancel = context.WithCancel(l.t.Context())
}

func (l *load) start() {
	l.t.Cleanup(func() { // where the test ended early
		l.ending.Store(true)
		l.work.Wait()
	})
	for n, r := range l.all {
		l.work.Go(func() { l.keepRotating(r, rand.New(rand.NewPCG(l.seed, uint64(n)))) })
	}
}

// end lets what is under way be settled, and says what it came to.
func (l *load) end() {
	l.t.Helper()
	l.ending.Store(true)
	l.work.Wait()
	longestRow := 0
	for _, r := range l.all {
		for _, user := range r.users {
			state, err := l.pod.Pod().State(user)
			mustDo(l.t, err)
			longestRow = max(longestRow, state.RefusedInARowMax)
		}
	}
	idle := l.found["idle"]
	delete(l.found, "idle")
	l.t.Logf("%d rotations of %d integrations went well; others were interrupted, and found in the phases %v (and %d times in none); the longest was settled after %s; people had to say %v; at most %d logins in a row were refused",
		l.rotated, len(l.all), l.found, idle, l.longest.Round(time.Second), l.helped, longestRow)
	if len(l.found) == 0 { // that every one was interrupted, on a slow machine, only proves more
		l.t.Errorf("no rotation was interrupted, so this test proves nothing")
	}
}

func (l *load) keepRotating(r rotating, chance *rand.Rand) {
	last := time.Now() // that it rotated
	for !l.ending.Load() {
		got, err := l.try("write", "rotate/"+r.name, nil)
		if well := err == nil && got.status == http.StatusOK && len(got.Warnings) == 0 && settled(got); well {
			l.count()
			last = time.Now()
		} else {
			l.settle(r)
			if time.Since(last) > settleLimit {
				l.free(r)
				last = time.Now()
			}
			pause(l.t, l.rest) // it may not have begun, and then for a reason that lasts
		}
		l.want(r)
		pause(l.t, time.Duration(chance.Int64N(int64(l.rest))))
	}
}

func (l *load) count() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rotated++
}

// settled says of a status that no rotation is under way and all is well.
func settled(status answer) bool {
	return status.text("rotation_phase") == "idle" && status.text("state") == "ok"
}

// settle waits until the engine has settled what was interrupted.
func (l *load) settle(r rotating) {
	begun, seen := time.Now(), ""
	for l.t.Context().Err() == nil {
		status, err := l.try("read", "status/"+r.name, nil)
		if err == nil && status.status == http.StatusOK {
			if seen == "" {
				seen = status.text("rotation_phase")
				l.note(l.found, seen)
			}
			if settled(status) {
				l.took(time.Since(begun))
				return
			}
			if forPeople(status) {
				l.help(r, status)
			}
		}
		if time.Since(begun) > settleLimit {
			l.t.Errorf("%s was not settled within %s: %s %v", r.name, settleLimit, status.raw, err)
			return
		}
		pause(l.t, 200*time.Millisecond)
	}
}

// forPeople says of a status that the engine waits for a person: it spent its budget on logins that were lost with their
// processes, or were refused. The protocol leaves this to people, and nothing else.
func forPeople(status answer) bool {
	return status.text("state") == "unresolved" || status.text("reason") == "login_unanswered" || status.text("state") == "rejected"
}

// help is a person who does what the status says.
func (l *load) help(r rotating, status answer) {
	account, actions := "current", []string{"release"}
	if status.text("state") == "unresolved" {
		actions = []string{"use_pending", "use_current", "use_previous"}
		if r.way == asPair {
			account = "standby"
		}
	}
	for _, action := range actions {
		if l.reconcile("reconcile/"+r.name, fields{"action": action, "account": account}) {
			l.note(l.helped, fmt.Sprintf("%s of %s in %s (%s)", action, r.way, status.text("state"), status.text("reason")))
			return
		}
	}
}

// free is a person who looks why an integration that is well is not rotated any more: its directory, or the standby of a
// pair, waits for a person.
func (l *load) free(r rotating) {
	if r.way == asPair && l.reconcile("reconcile/"+r.name, fields{"action": "release", "account": "standby"}) {
		l.note(l.helped, "release of a standby")
	}
	if r.way != throughFusion && r.way != asPair {
		return
	}
	directory, err := l.try("read", "directories/"+r.name, nil)
	if err == nil && directory.text("state") != "ok" && l.reconcile("directories/"+r.name+"/reconcile", fields{"action": "release"}) {
		l.note(l.helped, "release of a directory in "+directory.text("state"))
	}
}

func (l *load) reconcile(path string, said fields) bool {
	done, err := l.try("write", path, said)
	return err == nil && done.status == http.StatusOK
}

func (l *load) note(where map[string]int, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	where[what]++
}

func (l *load) took(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.longest = max(l.longest, d)
}

// want complains unless creds serves the live password and no account was ever locked. While Vault is down it waits; and
// while a rotation is under way that went on without its request.
func (l *load) want(r rotating) {
	begun := time.Now()
	for l.t.Context().Err() == nil {
		creds, err := l.try("read", "creds/"+r.name, nil)
		fault := ""
		if err == nil && creds.status == http.StatusOK {
			if fault = r.lost(l.pod.Pod(), creds); fault == "" {
				return
			}
		}
		status, err := l.try("read", "status/"+r.name, nil)
		switch answered := err == nil && status.status == http.StatusOK; {
		case fault != "" && answered && !settled(status):
			l.settle(r)
			begun = time.Now()
		case fault != "" && answered && time.Since(begun) > l.grace+time.Second:
			l.t.Errorf("%s; its status is %s", fault, status.raw)
			l.ending.Store(true)
			return
		case time.Since(begun) > settleLimit:
			l.t.Errorf("creds/%s was not served for %s: %d %v", r.name, settleLimit, creds.status, err)
			return
		}
		pause(l.t, 100*time.Millisecond)
	}
}

// try sends one request, which may fail.
func (l *load) try(verb, path string, data fields) (answer, error) {
	l.mu.Lock()
	ctx := l.epoch
	l.mu.Unlock()
	got, err := l.asked.Load().try(ctx, verb, path, func(ctx context.Context, c *api.Logical, full string) (err error) {
		if verb == "read" {
			_, err = c.ReadWithContext(ctx, full)
		} else {
			_, err = c.WriteWithContext(ctx, full, data)
		}
		return err
	})
	l.revive(got)
	return got, err
}

// goneFor is for how long Vault asks a dead process before somebody reloads the plugin: it notices most deaths at once.
const goneFor = 30 * time.Second

// revive is an operator who reloads a plugin of which Vault has not noticed that it died: a process that is killed while Vault
// is just starting it is asked for ever (docs/compatibility.md).
func (l *load) revive(got answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch dead := got.status == http.StatusInternalServerError && bytes.Contains(got.raw, []byte("connection refused")); {
	case !dead:
		l.gone = time.Time{}
	case l.gone.IsZero():
		l.gone = time.Now()
	case time.Since(l.gone) > goneFor:
		_, err := l.asked.Load().client.Logical().WriteWithContext(l.epoch, "sys/plugins/reload/backend", fields{"plugin": pluginName})
		l.helped[fmt.Sprintf("reload of the plugin (%v)", err)]++
		l.gone = time.Time{}
	}
}

// awaitSet waits for the next request that sets a password, so that what is done then comes into its middle; but not for
// long: when all wait to be settled, the next such request would be a settling.
func (l *load) awaitSet() {
	now := l.pod.Pod().Now()
	ctx, cancel := context.WithTimeout(l.t.Context(), 2*time.Second)
	defer cancel()
	_, _ = l.pod.Pod().AwaitRequest(ctx, func(r oraclesim.Request) bool { return setsPassword(r) && r.Time.After(now) })
}
