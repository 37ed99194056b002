package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/client"
	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// caller is an application that asks Oracle in loops, through the package client, with only the right to read its own
// credential.
type caller struct {
	client *client.Client

	mu       sync.Mutex
	versions []int // by loop, what it held before the last request that succeeded
	asked    int
	withheld int      // by the client, with ErrRefused
	failed   []string // all others
}

// call starts so many loops over one client, until the test ends.
func call(t *testing.T, m mount, pod *oraclesim.Server, loops int, options client.Options) *caller {
	t.Helper()
	application := m.person(applicationPolicy)
	options.Vault, options.Path, options.Base = application.client.Logical(), application.path+"/creds/gl", podClient(t, pod).Transport
	used, err := client.New(options)
	mustDo(t, err)
	c := &caller{client: used, versions: make([]int, loops)}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for loop := range loops {
		running.Go(func() {
			for ctx.Err() == nil {
				version, err := c.ask(ctx)
				c.note(ctx, loop, version, err)
				pause(t, time.Millisecond) // a refusal without a request takes no time
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return c
}

// ask reads one row, and gives the version that was held before.
func (c *caller) ask(ctx context.Context) (version int, err error) {
	credential, err := c.client.Credential(ctx)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, credential.RESTAPIURL+"ledgersLOV?limit=1", nil)
	if err != nil {
		return 0, err
	}
	response, err := c.client.HTTP().Do(request)
	if err != nil {
		return 0, err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the pod answered %s", response.Status)
	}
	return credential.Version, nil
}

func (c *caller) note(ctx context.Context, loop, version int, err error) {
	if ctx.Err() != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	switch {
	case errors.Is(err, client.ErrRefused):
		c.withheld++
	case err != nil:
		c.failed = append(c.failed, err.Error())
	default:
		c.versions[loop] = version
	}
}

// awaitVersion waits until in each loop a request has succeeded that began with this version. Who meets two rotations
// with one request is refused twice, which the client returns.
func (c *caller) awaitVersion(t *testing.T, version int) {
	t.Helper()
	await(t, time.Minute, fmt.Sprintf("the application to use version %d", version), func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return !slices.ContainsFunc(c.versions, func(v int) bool { return v != version })
	})
}

// callUnder rotates an integration so many times under an application, and gives how many of its logins Oracle refused.
// No request of it may fail, whatever the way.
func callUnder(t *testing.T, w way, rotations, loops int, options client.Options) (refused int) {
	t.Helper()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	r := m.addRotating(pod, "gl", w)
	chance := rand.New(rand.NewPCG(seed(t), 0))
	c := call(t, m, pod, loops, options)
	c.awaitVersion(t, 1)
	for n := range rotations {
		pause(t, time.Duration(chance.Int64N(int64(readEvery))))
		m.write("rotate/gl", nil).want(http.StatusOK).has(fields{"credential_version": n + 2, "rotation_phase": "idle"})
		c.awaitVersion(t, n+2)
	}
	for _, user := range r.users {
		refused += refusals(pod, user)
		if state, err := pod.Pod().State(user); err != nil || state.Locks > 0 {
			t.Errorf("%s was locked %d times (%v)", user, state.Locks, err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.failed) > 0 || c.withheld > 0 {
		t.Errorf("of %d requests %d failed and %d were withheld, want none: %q", c.asked, len(c.failed), c.withheld, c.failed)
	}
	t.Logf("%s: %d rotations, %d loops: %d requests, none failed, %d refused logins", w, rotations, loops, c.asked, refused)
	return refused
}

// A pair's next account is proved before it is served, and the one that was served stays good until the rotation after.
// So a client that reads in between is never refused.
func TestClientOfAPairIsNeverRefused(t *testing.T) {
	t.Parallel()
	for _, loops := range []int{1, 8} {
		t.Run(fmt.Sprint(loops), func(t *testing.T) {
			t.Parallel()
			refused := callUnder(t, asPair, rounds(t, "SOAK_ROTATIONS", 10), loops, client.Options{MaxAge: readEvery, MaxInFlight: loops})
			if refused != 0 {
				t.Errorf("%d logins of the application were refused, want none", refused)
			}
		})
	}
}

// The same by the schedule, with nothing but ttl to tell the client when to read: twice a minute passes.
func TestClientFollowsTheScheduleOfAPair(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	r := m.addRotating(pod, "gl", asPair)
	m.write("policies/each", fields{"rotation_period": "60s"}).want(http.StatusNoContent)
	m.patch("integrations/gl", fields{"policy": "each"}).want(http.StatusOK)
	c := call(t, m, pod, 1, client.Options{})
	await(t, 4*time.Minute, "two scheduled rotations", func() bool {
		pause(t, time.Second)
		return m.read("creds/gl").text("credential_version") == "3"
	})
	pause(t, time.Second) // in which the application logs in
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.failed) > 0 || c.withheld > 0 || c.versions[0] < 2 {
		t.Errorf("of %d requests %d failed and %d were withheld, the last with version %d: %q", c.asked, len(c.failed), c.withheld, c.versions[0], c.failed)
	}
	for _, user := range r.users {
		if n := refusals(pod, user); n > 0 {
			t.Errorf("%d logins of %s were refused", n, user)
		}
	}
}

// With one account every rotation surprises who is under way: one loop once, and of many no more than MaxInFlight. All of
// them come through with the next password.
func TestClientOfOneAccountIsRefusedOnceARotationAtMost(t *testing.T) {
	t.Parallel()
	for _, w := range []way{throughFusion, throughDomain, byItself} {
		for loops, most := range map[int]int{1: 1, 8: 3} {
			t.Run(fmt.Sprint(w, loops), func(t *testing.T) {
				t.Parallel()
				rotations := rounds(t, "SOAK_ROTATIONS", 5)
				if refused := callUnder(t, w, rotations, loops, client.Options{}); refused > most*rotations {
					t.Errorf("%d logins were refused in %d rotations, want %d in each at most", refused, rotations, most)
				}
			})
		}
	}
}

// A password that somebody changed in Oracle is sent once and never again, however often the application asks; when Vault
// has another one, it goes on without a restart.
func TestClientDoesNotLockAnAccountWhosePasswordIsWrong(t *testing.T) {
	t.Parallel()
	m, pod, _ := proved(t, sharedVault(t))
	const loops = 8
	c := call(t, m, pod, loops, client.Options{RotationWait: time.Second})
	c.awaitVersion(t, 1)
	elsewhere := setElsewhere(t, pod, user)
	await(t, time.Minute, "the client to withhold a hundred requests", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.withheld > 100
	})
	if n := refusals(pod, user); n < 1 || n > 3 {
		t.Errorf("%d logins were refused, want MaxInFlight, 3, at most", n)
	}
	m.write("integrations/gl", fields{"password": elsewhere}).want(http.StatusOK).has(fields{"state": "ok"})
	c.awaitVersion(t, 2)
	if state, err := pod.Pod().State(user); err != nil || state.Locks > 0 {
		t.Errorf("the account was locked %d times (%v)", state.Locks, err)
	}
	if n := refusals(pod, user); n > 3 {
		t.Errorf("%d logins were refused in all, want 3 at most", n)
	}
}
