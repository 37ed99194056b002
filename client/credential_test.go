package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/client"
)

func TestNewRefusesWhatItCannotWorkWith(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]client.Options{
		"no Vault": {Path: place}, "no path": {Vault: serving(1)},
	} {
		if _, err := client.New(options); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := client.New(client.Options{Vault: serving(1), Path: place}); err != nil {
		t.Error(err)
	}
}

func TestCredentialIsTyped(t *testing.T) {
	t.Parallel()
	v := serving(7)
	v.serve(7, map[string]any{"ttl": json.Number("3600"), "rotation_period": json.Number("7776000"), "timeout": json.Number("45")})
	got, err := newClient(t, v, taking(7), nil).Credential(t.Context())
	want := client.Credential{
		ServerURL: server, RESTAPIURL: server + "/fscmRestApi/resources/latest/", Username: "API", Password: got.Password,
		Timeout: 45 * time.Second, RetryAttempts: 3, Modules: []string{"GL"}, Version: 7,
		LastVaultRotation: time.Date(2026, 1, 1, 7, 0, 0, 0, time.UTC), TTL: time.Hour,
	}
	if err != nil || !reflect.DeepEqual(got, want) || got.Password.Reveal() != password(7) {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
}

func TestAnswersThatAreNoCredential(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]map[string]any{
		"nothing":                        nil,
		"a server without TLS":           {"server_url": "http://pod.example.com"},
		"a server without a scheme":      {"server_url": "pod.example.com"},
		"no user name":                   {"username": ""},
		"no password":                    {"password": ""},
		"a password that is a number":    {"password": 7},
		"a ttl that is a text":           {"ttl": canary},
		"a ttl with a fraction":          {"ttl": json.Number("1.5")},
		"a negative timeout":             {"timeout": json.Number("-1")},
		"a negative number in a fake":    {"timeout": -1},
		"a time that is none":            {"last_vault_rotation": canary},
		"modules that are none":          {"modules": canary},
		"modules that are not all texts": {"modules": []any{"GL", 1}},
		"a version that is missing":      {"credential_version": nil},
	} {
		v := &vault{}
		if data != nil {
			v.serve(1, data)
		}
		_, err := newClient(t, v, taking(1), nil).Credential(t.Context())
		if err == nil || !strings.Contains(err.Error(), place) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v, want a sentence with the path and no value", name, err)
		}
	}
}

func TestCredentialIsReadAgainBeforeItsTTLEnds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ttl    any
		maxAge time.Duration
		reads  map[time.Duration]int // by the time since the first
	}{
		"by its ttl":                  {json.Number("3600"), 0, map[time.Duration]int{44 * time.Minute: 1, 46 * time.Minute: 2}},
		"by a short ttl":              {json.Number("60"), 0, map[time.Duration]int{44 * time.Second: 1, 46 * time.Second: 2}},
		"without one, every so often": {nil, 0, map[time.Duration]int{3 * time.Minute: 1, 4 * time.Minute: 2}},
		"by an age that is shorter":   {json.Number("60"), 4 * time.Second, map[time.Duration]int{2 * time.Second: 1, 3 * time.Second: 2}},
		"not by one that is longer":   {json.Number("60"), time.Hour, map[time.Duration]int{44 * time.Second: 1, 46 * time.Second: 2}},
	} {
		for after, want := range tc.reads {
			synctest.Test(t, func(t *testing.T) {
				v, o := serving(1), taking(1)
				if tc.ttl != nil {
					v.serve(1, map[string]any{"ttl": tc.ttl})
				}
				c := newClient(t, v, o, func(options *client.Options) { options.MaxAge = tc.maxAge })
				wantStatus(t, c, 200)
				time.Sleep(after)
				wantStatus(t, c, 200)
				synctest.Wait()
				if got := v.count(); got != want {
					t.Errorf("%s: after %s it was read %d times, want %d", name, after, got, want)
				}
			})
		}
	}
}

// Hour by hour: each reading is good for its own ttl.
func TestReadingsFollowTheTTLThatWasReadLast(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ttl    string
		maxAge time.Duration
		want   int // readings in three hours, after the first
	}{
		"an hour":                {"3600", 0, 4},
		"a minute":               {"60", 0, 240},
		"an age that is shorter": {"3600", 4 * time.Second, 3600},
	} {
		synctest.Test(t, func(t *testing.T) {
			v, o := serving(1), taking(1)
			v.serve(1, map[string]any{"ttl": json.Number("3600")})
			c := newClient(t, v, o, func(options *client.Options) { options.MaxAge = tc.maxAge })
			wantStatus(t, c, 200)
			v.serve(1, map[string]any{"ttl": json.Number(tc.ttl)})
			time.Sleep(45 * time.Minute)
			wantStatus(t, c, 200)
			synctest.Wait()
			before := v.count()
			for range 3 * 3600 {
				time.Sleep(time.Second)
				wantStatus(t, c, 200)
			}
			synctest.Wait()
			if got := v.count() - before; got < tc.want*99/100 || got > tc.want {
				t.Errorf("%s: %d readings in three hours, want %d", name, got, tc.want)
			}
		})
	}
}

// In the ttl's last quarter requests go on with what there is; after its end they wait for the reading, so that nobody
// who slept through two rotations of a pair begins with a dead password.
func TestRequestsWaitForVaultOnlyAfterTheTTL(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after, wait time.Duration
		logins      []int
	}{
		"before its last quarter": {44 * time.Minute, 0, []int{1, 1}},
		"in its last quarter":     {50 * time.Minute, 0, []int{1, 1}},
		"after its end":           {61 * time.Minute, 2 * time.Second, []int{1, 2}},
	} {
		synctest.Test(t, func(t *testing.T) {
			v, o := serving(1), taking(1)
			v.serve(1, map[string]any{"ttl": json.Number("3600")})
			c := newClient(t, v, o, nil)
			wantStatus(t, c, 200)
			v.delay = 2 * time.Second
			v.serve(2, nil)
			if tc.logins[1] == 2 {
				o.set(password(2))
			}
			time.Sleep(tc.after)
			begun := time.Now()
			wantStatus(t, c, 200)
			if got := o.logins(); time.Since(begun) != tc.wait || !slices.Equal(got, tc.logins) {
				t.Errorf("%s: it waited %s and logged in with %v, want %s and %v", name, time.Since(begun), got, tc.wait, tc.logins)
			}
			time.Sleep(v.delay) // for the reading to end
		})
	}
}

// A Vault that is away takes nothing from an application whose password still works, and is not hammered.
func TestVaultThatIsAwayStopsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, o := serving(1), taking(1)
		c := newClient(t, v, o, nil)
		wantStatus(t, c, 200)
		v.fail(errors.New("sealed"))
		time.Sleep(time.Hour)
		before := v.count()
		for range 100 {
			wantStatus(t, c, 200)
			time.Sleep(100 * time.Millisecond)
		}
		if n := v.count() - before; n < 2 || n > 3 {
			t.Errorf("in ten seconds Vault was asked %d times, want each five", n)
		}
		v.serve(2, nil)
		o.set(password(2))
		time.Sleep(5 * time.Second)
		wantStatus(t, c, 200)
	})
}

func TestFirstReadingSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, o := serving(1), taking(1)
		sealed := errors.New("sealed")
		v.fail(sealed)
		c := newClient(t, v, o, nil)
		for range 10 {
			if _, err := get(t, c, server+"/x"); !errors.Is(err, sealed) {
				t.Errorf("got %v, want what Vault said", err)
			}
		}
		if v.count() != 1 {
			t.Errorf("%d readings in no time, want one", v.count())
		}
		v.serve(1, nil)
		time.Sleep(time.Second)
		wantStatus(t, c, 200)
	})
}

func TestWaitingEndsWithItsContextAndTheReadingGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, o := serving(1), taking(1)
		v.delay = 3 * time.Second
		c := newClient(t, v, o, nil)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Credential(impatient); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the context", err)
		}
		if _, err := c.Credential(t.Context()); err != nil || v.count() != 1 {
			t.Errorf("got %v after %d readings, want the same reading's answer", err, v.count())
		}
		v.delay = time.Hour
		time.Sleep(time.Hour)
		begun := time.Now()
		if _, err := c.Credential(t.Context()); err != nil || time.Since(begun) != 30*time.Second {
			t.Errorf("after %s: %v, want what is held once the reading has taken 30s", time.Since(begun), err)
		}
	})
}

func TestNoPrintFormShowsThePassword(t *testing.T) {
	t.Parallel()
	c := newClient(t, serving(1), taking(2), nil)
	credential, err := c.Credential(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	refused := newClient(t, serving(1), taking(2), func(o *client.Options) { o.RotationWait = -1 })
	wantStatus(t, refused, 401)
	_, refusal := get(t, refused, server+"/x")
	if !errors.Is(refusal, client.ErrRefused) {
		t.Error(refusal)
	}
	var out bytes.Buffer
	for _, value := range []any{refused, credential, &credential, credential.Password, map[string]any{"k": credential}, refusal} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
		slog.New(slog.NewJSONHandler(&out, nil)).Error("x", "value", value)
		slog.New(slog.NewTextHandler(&out, nil)).Error("x", "value", value)
	}
	if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
		t.Errorf("the password was printed:\n%s", &out)
	}
	if empty := (client.Password{}); empty.Reveal() != "" || !empty.Equal(client.NewPassword("")) || empty.Equal(credential.Password) {
		t.Error("the zero password is the empty one")
	}
}
