package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/client"
)

// dead is the time in which a rotation leaves a single account without a credential that is served and live.
const dead = 3 * time.Second

func TestRefusedRequestIsRepeatedOnceWithWhatVaultServesNow(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		meanwhile func(*vault, *oracle)
		status    int
		logins    []int // after the first, accepted one
		after     time.Duration
	}{
		"a rotation that is over": {
			func(v *vault, o *oracle) { v.serve(2, nil); o.set(password(2)) }, 200, []int{1, 2}, 0,
		},
		"a rotation whose proof takes a while": {
			func(v *vault, o *oracle) {
				o.set(password(2))
				time.AfterFunc(dead, func() { v.serve(2, nil) })
			}, 200, []int{1, 2}, dead,
		},
		"another password, and Vault knows nothing of it": {
			func(_ *vault, o *oracle) { o.set("by hand") }, 401, []int{1}, 10 * time.Second,
		},
		"a locked account": {
			func(_ *vault, o *oracle) { o.set("") }, 401, []int{1}, 10 * time.Second,
		},
		"the next one is refused, too": {
			func(v *vault, o *oracle) { v.serve(2, nil); o.set("") }, 401, []int{1, 2}, 0,
		},
		"another version of the same password": {
			func(v *vault, o *oracle) { v.serve(2, map[string]any{"password": password(1)}); o.set("") }, 401, []int{1}, 10 * time.Second,
		},
		"another password of the same version": {
			func(v *vault, o *oracle) { v.serve(1, map[string]any{"password": password(2)}); o.set("") }, 401, []int{1}, 10 * time.Second,
		},
		"two rotations within a second": {
			func(v *vault, o *oracle) {
				v.serve(2, map[string]any{"last_vault_rotation": credential(1)["last_vault_rotation"]})
				o.set(password(2))
			}, 200, []int{1, 2}, 0,
		},
		"a clock that was set back": {
			func(v *vault, o *oracle) {
				v.serve(2, map[string]any{"last_vault_rotation": "2025-01-01T00:00:00Z"})
				o.set(password(2))
			}, 200, []int{1, 2}, 0,
		},
		"an integration made again": {
			func(v *vault, o *oracle) {
				v.serve(1, map[string]any{"password": password(2), "last_vault_rotation": "2026-06-01T00:00:00Z"})
				o.set(password(2))
			}, 200, []int{1, 2}, 0,
		},
		"a Vault that lags behind": {
			func(v *vault, o *oracle) {
				v.serve(0, map[string]any{"credential_version": 0})
				o.set("")
			}, 401, []int{1}, 10 * time.Second,
		},
		"a Vault that is away": {
			func(v *vault, o *oracle) { v.fail(errors.New("sealed")); o.set(password(2)) }, 401, []int{1}, 10 * time.Second,
		},
		"an account that moved to another server": {
			func(v *vault, o *oracle) {
				v.serve(2, map[string]any{"server_url": "https://else.example.com"})
				o.set(password(2))
			},
			401,
			[]int{1},
			0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v, o := serving(1), taking(1)
				c := newClient(t, v, o, nil)
				wantStatus(t, c, 200)
				tc.meanwhile(v, o)
				begun := time.Now()
				wantStatus(t, c, tc.status)
				if got := o.logins()[1:]; !slices.Equal(got, tc.logins) {
					t.Errorf("after the first one the logins were with the versions %v, want %v", got, tc.logins)
				}
				if took := time.Since(begun); took < tc.after || took > tc.after+time.Second {
					t.Errorf("it took %s, want %s", took, tc.after)
				}
				if o.released != len(o.seen) {
					t.Errorf("of %d answers %d were closed", len(o.seen), o.released)
				}
			})
		})
	}
}

// However long and however often: what was refused stays refused until Vault serves another one.
func TestRefusedCredentialIsNeverSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, o := serving(1), taking(2)
		c := newClient(t, v, o, nil)
		wantStatus(t, c, 401)
		for range 1000 {
			if _, err := get(t, c, server+"/x"); !errors.Is(err, client.ErrRefused) {
				t.Fatalf("got %v, want ErrRefused", err)
			}
			time.Sleep(time.Minute)
		}
		if _, err := c.Credential(t.Context()); !errors.Is(err, client.ErrRefused) || !strings.Contains(err.Error(), place) {
			t.Errorf("Credential: %v, want ErrRefused and where it was read", err)
		}
		if got := o.logins(); !slices.Equal(got, []int{1}) {
			t.Errorf("logins %v, want one", got)
		}
		v.serve(2, nil)
		time.Sleep(time.Minute)
		wantStatus(t, c, 200)
		// Back to the first: an old storage was restored, or Vault lags far behind.
		v.serve(1, map[string]any{"last_vault_rotation": "2026-06-01T00:00:00Z"})
		time.Sleep(time.Hour)
		if _, err := get(t, c, server+"/x"); !errors.Is(err, client.ErrRefused) {
			t.Errorf("got %v, want ErrRefused", err)
		}
		if got := o.logins(); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("logins %v, want the refused one no second time", got)
		}
	})
}

func TestForgiveLetsOneRequestTryAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		play   func(*testing.T, *client.Client, *vault, *oracle)
		logins []int
	}{
		"it is still refused, and later not": {func(t *testing.T, c *client.Client, _ *vault, o *oracle) {
			o.set("")
			wantStatus(t, c, 401)
			c.Forgive()
			wantStatus(t, c, 401)
			c.Forgive()
			o.set(password(1))
			wantStatus(t, c, 200)
		}, []int{1, 1, 1, 1}},
		"many wait for it": {func(t *testing.T, c *client.Client, _ *vault, o *oracle) {
			o.set("")
			wantStatus(t, c, 401)
			c.Forgive()
			o.delay = time.Second
			everybody(t, 10, func() { _, _ = get(t, c, server+"/x") })
		}, []int{1, 1, 1}},
		"Vault goes back to an older one": {func(t *testing.T, c *client.Client, v *vault, o *oracle) {
			o.set("")
			wantStatus(t, c, 401)
			v.serve(2, nil)
			time.Sleep(time.Minute)
			wantStatus(t, c, 401)
			c.Forgive()
			o.set(password(1))
			v.serve(1, map[string]any{"last_vault_rotation": "2026-06-01T00:00:00Z"})
			time.Sleep(time.Hour)
			wantStatus(t, c, 200)
		}, []int{1, 1, 2, 1}},
		"a request that was refused is not repeated with it": {func(t *testing.T, c *client.Client, _ *vault, o *oracle) {
			o.set("")
			time.AfterFunc(time.Second, c.Forgive)
			wantStatus(t, c, 401)
		}, []int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v, o := serving(1), taking(1)
				c := newClient(t, v, o, nil)
				wantStatus(t, c, 200)
				tc.play(t, c, v, o)
				if got := o.logins(); !slices.Equal(got, tc.logins) {
					t.Errorf("logins %v, want %v", got, tc.logins)
				}
			})
		})
	}
}

// A rotation by schedule while requests wait for their turn: they go with what is served by then.
func TestWaitingRequestGoesWithTheCredentialOfItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, o := serving(1), taking(1)
		o.delay = 10 * time.Second
		c := newClient(t, v, o, func(options *client.Options) { options.MaxAge = 4 * time.Second })
		time.AfterFunc(2*time.Second, func() { v.serve(2, nil); o.set(password(2)) })
		var all sync.WaitGroup
		all.Go(func() { wantStatus(t, c, 200) })
		time.Sleep(time.Second)
		all.Go(func() { wantStatus(t, c, 200) }) // waits, because the first has no answer yet
		time.Sleep(4 * time.Second)
		all.Go(func() { wantStatus(t, c, 200) }) // has Vault read
		all.Wait()
		if got := o.logins(); !slices.Equal(got, []int{1, 2, 2}) {
			t.Errorf("logins %v, want the first with version 1 and the others with 2", got)
		}
	})
}

// A Vault that could not be asked a moment ago is asked at once when there is a reason.
func TestRefusalAsksVaultAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, o := serving(1), taking(1)
		c := newClient(t, v, o, nil)
		wantStatus(t, c, 200)
		v.fail(errors.New("sealed"))
		time.Sleep(time.Hour)
		wantStatus(t, c, 200)
		synctest.Wait()
		v.serve(2, nil)
		o.set(password(2))
		begun := time.Now()
		wantStatus(t, c, 200)
		if time.Since(begun) != 0 {
			t.Errorf("it took %s", time.Since(begun))
		}
	})
}

func TestWithoutWaitingVaultIsAskedOnceAndTheRefusalReturned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, o := serving(1), taking(2)
		c := newClient(t, v, o, func(options *client.Options) { options.RotationWait = -1 })
		begun := time.Now()
		wantStatus(t, c, 401)
		if time.Since(begun) != 0 || v.count() != 2 {
			t.Errorf("it took %s and %d readings, want none and two", time.Since(begun), v.count())
		}
	})
}

// Many goroutines meet a rotation: no more of them are refused than may be under way, all others come through with the
// next credential, and one reading is enough for them.
func TestManyGoroutinesMeetARotation(t *testing.T) {
	t.Parallel()
	for _, most := range []int{0, 1, 4} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v, o := serving(1), taking(1)
				v.delay, o.delay = 100*time.Millisecond, 200*time.Millisecond
				c := newClient(t, v, o, func(options *client.Options) { options.MaxInFlight = most })
				wantStatus(t, c, 200)
				o.set(password(2))
				time.AfterFunc(time.Second, func() { v.serve(2, nil) })
				everybody(t, 100, func() { wantStatus(t, c, 200) })
				want := max(most, 1)
				if most == 0 {
					want = 3
				}
				if got := o.refused[password(1)]; got != want || o.refused[password(2)] != 0 {
					t.Errorf("%d logins were refused, want %d; and %d with the new one", got, want, o.refused[password(2)])
				}
				if o.most != want || v.most != 1 || v.count() > 6 {
					t.Errorf("%d logins were under way at once, want %d; %d readings of Vault, want one; %d in all", o.most, want, v.most, v.count())
				}
			})
		})
	}
}

// A credential that nobody has proved goes alone, so that a wrong one costs one login and not as many as are waiting.
func TestUnprovedCredentialGoesAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, o := serving(1), taking(2)
		o.delay = time.Second
		c := newClient(t, v, o, nil)
		var refused, withheld atomic.Int32
		everybody(t, 50, func() {
			switch status, err := get(t, c, server+"/x"); {
			case status == 401:
				refused.Add(1)
			case errors.Is(err, client.ErrRefused):
				withheld.Add(1)
			}
		})
		if refused.Load() != 1 || withheld.Load() != 49 || len(o.logins()) != 1 {
			t.Errorf("%d refused, %d withheld, logins %v, want 1, 49 and 1", refused.Load(), withheld.Load(), o.logins())
		}
	})
}

// An answer that is no verdict on the credential keeps it alone, and does not refuse it.
func TestOnlySuccessProvesACredential(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{200: 3, 201: 3, 302: 1, 404: 1, 503: 1} {
		synctest.Test(t, func(t *testing.T) {
			v, o := serving(1), taking(1)
			o.delay, o.status = time.Second, status
			c := newClient(t, v, o, nil)
			everybody(t, 10, func() { wantStatus(t, c, status) })
			if o.most != want {
				t.Errorf("after answers of %d there were %d at once, want %d", status, o.most, want)
			}
		})
	}
}

// everybody does the same at once, so many times, and waits for all.
func everybody(t *testing.T, n int, do func()) {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(do)
	}
	all.Wait()
}

func TestPasswordGoesToItsServerOnly(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		server + "/x": true, server + ":443/x": true, "https://POD.example.com/x": true,
		"http://pod.example.com/x": false, server + ":8443/x": false, "https://example.com/x": false,
		"https://pod.example.com.evil.example/x": false, "https://pod.example.com@evil.example/x": false,
	} {
		o := taking(1)
		status, err := get(t, newClient(t, serving(1), o, nil), address)
		if (status == 200) != want || (len(o.seen) > 0) != want {
			t.Errorf("%s: status %d (%v) after %d logins, want it sent: %t", address, status, err, len(o.seen), want)
		}
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error shows the password: %v", address, err)
		}
	}
}

func TestBodyIsSentAgainWhereItCanBe(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		again  bool
		status int
		bodies []string
	}{
		"it can be read again":     {true, 200, []string{"hello", "hello"}},
		"it can be read only once": {false, 401, []string{"hello"}},
	} {
		v, o := serving(1), taking(2)
		c := newClient(t, v, o, nil)
		if _, err := c.Credential(t.Context()); err != nil {
			t.Fatal(err)
		}
		v.serve(2, nil)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server+"/x", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		if !tc.again {
			request.GetBody = nil
		}
		request.Header.Set("Authorization", "Bearer mine")
		response, err := c.HTTP().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != tc.status || !slices.Equal(o.bodies, tc.bodies) {
			t.Errorf("%s: status %d after %q, want %d after %q", name, response.StatusCode, o.bodies, tc.status, tc.bodies)
		}
		if request.Header.Get("Authorization") != "Bearer mine" {
			t.Errorf("%s: the caller's request was changed", name)
		}
	}
}

func TestRequestEndsWithItsTimeoutAndWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, o := serving(1), taking(1)
		o.delay = time.Hour
		c := newClient(t, v, o, nil)
		begun := time.Now()
		_, err := get(t, c, server+"/x")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 30*time.Second || !strings.Contains(err.Error(), "timeout of 30s") {
			t.Errorf("after %s: %v, want the credential's timeout of 30s", time.Since(begun), err)
		}
		mine := errors.New("mine")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, mine)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.RoundTrip(request); !errors.Is(err, mine) { //nolint:bodyclose // there is none
			t.Errorf("got %v, want the caller's cause", err)
		}
		// It left its place to others.
		o.delay = 0
		wantStatus(t, c, 200)
	})
}

func TestRedirectIsReturnedAndNotFollowed(t *testing.T) {
	t.Parallel()
	o := taking(1)
	o.status = http.StatusFound
	wantStatus(t, newClient(t, serving(1), o, nil), http.StatusFound)
}
