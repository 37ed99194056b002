package e2e_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// application is what reads creds: it asks every so often, and each time logs in to Oracle with what it read, by a GET
// of a resource. As applications should, it does not try again with a password that Oracle has refused, but waits until
// it reads another one: otherwise it would lock its account by itself.
type application struct {
	mount
	client *http.Client
	pod    *oraclesim.Server

	mu       sync.Mutex
	version  string        // of the credential that it used last
	moved    chan struct{} // closed when that is another one
	refused  map[string]int
	logins   int
	withheld int // readings of a password that was refused before
}

// readEvery is how often the application reads.
const readEvery = 50 * time.Millisecond

func startApplication(t *testing.T, m mount, pod *oraclesim.Server) *application {
	t.Helper()
	a := &application{mount: m.person(applicationPolicy), client: podClient(t, pod), pod: pod, moved: make(chan struct{}), refused: map[string]int{}}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(readEvery)
		defer tick.Stop()
		for ctx.Err() == nil {
			a.useOnce(ctx)
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return a
}

// useOnce reads the credential and logs in with it.
func (a *application) useOnce(ctx context.Context) {
	creds, err := a.try(ctx, "read", "creds/gl", func(ctx context.Context, c *api.Logical, full string) error {
		_, err := c.ReadWithContext(ctx, full)
		return err
	})
	if err != nil || creds.status != http.StatusOK {
		if ctx.Err() == nil {
			a.t.Errorf("creds answers %d: %v", creds.status, err)
		}
		return
	}
	version := creds.text("credential_version")
	if a.refusedBefore(version) {
		return
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, creds.text("rest_api_url")+"ledgersLOV?limit=1", nil)
	if err != nil {
		a.t.Error(err)
		return
	}
	request.SetBasicAuth(creds.text("username"), creds.text("password"))
	response, err := a.client.Do(request)
	if err != nil {
		return
	}
	_ = response.Body.Close()
	a.note(version, response.StatusCode)
}

func (a *application) refusedBefore(version string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refused[version] == 0 {
		return false
	}
	a.withheld++
	return true
}

func (a *application) note(version string, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.logins++
	if status != http.StatusOK {
		a.refused[version]++
	}
	if version != a.version && status == http.StatusOK {
		a.version = version
		close(a.moved)
		a.moved = make(chan struct{})
	}
}

// await waits until it has logged in with this version.
func (a *application) await(version string) {
	a.t.Helper()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	for {
		a.mu.Lock()
		now, moved := a.version, a.moved
		a.mu.Unlock()
		if now == version {
			return
		}
		select {
		case <-moved:
		case <-limit.C:
			a.t.Fatalf("the application logged in with version %s last, want %s", now, version)
		}
	}
}

// rotateUnder rotates an integration so many times while an application uses it, each time some while after that has the
// last password, and gives how many of its logins were refused.
func rotateUnder(t *testing.T, w way, rotations int, meet func(n int, pod *oraclesim.Server)) (refused int) {
	t.Helper()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	r := m.addRotating(pod, "gl", w)
	chance := rand.New(rand.NewPCG(seed(t), 0))
	a := startApplication(t, m, pod)
	a.await("1")
	var longest time.Duration
	for n := range rotations {
		meet(n, pod)
		version := strconv.Itoa(n + 2)
		rotated := m.write("rotate/gl", nil).want(http.StatusOK)
		if rotated.text("credential_version") == version {
			longest = max(longest, time.Since(lastChange(pod, r)))
		}
		a.await(version) // also when the engine had to settle it
		await(t, time.Minute, "the rotation to end", func() bool { return settled(m.read("status/gl")) })
		pause(t, time.Duration(chance.Int64N(int64(readEvery))))
	}
	if fault := r.lost(pod.Pod(), m.read("creds/gl")); fault != "" {
		t.Error(fault)
	}
	for _, user := range r.users {
		state, err := pod.Pod().State(user)
		mustDo(t, err)
		if state.Locks > 0 || state.RefusedInARowMax > 1 {
			t.Errorf("%s was locked %d times, and refused %d times in a row", user, state.Locks, state.RefusedInARowMax)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for version, n := range a.refused {
		refused += n
		if n > 1 {
			t.Errorf("version %s was refused %d times, so the application is not what this test says it is", version, n)
		}
	}
	t.Logf("%s: through %d rotations the application logged in %d times, %d of them were refused, and it held back %d times; from Oracle's change to the promotion it took %s at most",
		w, rotations, a.logins, refused, a.withheld, longest.Round(time.Millisecond))
	return refused
}

// lastChange is when Oracle last changed a password of the integration.
func lastChange(pod *oraclesim.Server, r rotating) (last time.Time) {
	for _, user := range r.users {
		for _, change := range pod.Pod().PasswordChanges(user) {
			if change.Time.After(last) {
				last = change.Time
			}
		}
	}
	return last
}

// With a pair no login of an application is ever refused, whatever befalls a rotation: what it read stays valid until the
// rotation after the one that replaces it. Between two rotations it has to read once, for which the test waits.
func TestApplicationOfAPairNeverHoldsADeadPassword(t *testing.T) {
	t.Parallel()
	trouble := []oraclesim.FaultKind{oraclesim.FaultLostReply, oraclesim.FaultReset}
	// With five lost answers of one account within a day, the engine waits: each may still be carried out.
	const inTrouble = 40 // rotations: every fifth of them, and the accounts take turns
	refused := rotateUnder(t, asPair, rounds(t, "SOAK_ROTATIONS", 10), func(n int, pod *oraclesim.Server) {
		if n%5 == 3 && n < inTrouble {
			inject(t, pod, oraclesim.Fault{Kind: trouble[n/5%2], Method: http.MethodPatch, Path: "/hcmRestApi/scim/", Count: 1})
		}
	})
	if refused != 0 {
		t.Errorf("%d logins of the application were refused, want none", refused)
	}
}

// With one account there is a gap between Oracle's change and its promotion, as long as the login that proves it and the
// write that stores it, in which what creds serves is dead; and what was read right before dies on its way to Oracle.
// Nobody can close it: Oracle knows one password of a user at a time.
//
// The bound: an application that does not repeat a refused password is refused once in a rotation at most. So is each
// further one, and as many as Oracle's threshold, all of them within the gap, would lock the account: the accepted login
// that proves the rotation ends each row, but only at the end of the gap. Then a pair is what is needed.
func TestApplicationOfOneAccountIsRefusedOnceARotationAtMost(t *testing.T) {
	t.Parallel()
	for _, w := range []way{throughFusion, throughDomain, byItself} {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			rotations := rounds(t, "SOAK_ROTATIONS", 10)
			if refused := rotateUnder(t, w, rotations, func(int, *oraclesim.Server) {}); refused > rotations {
				t.Errorf("%d logins of the application were refused in %d rotations, want one in each at most", refused, rotations)
			}
		})
	}
}
