package oraclesim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func TestFaultsThatAnswer(t *testing.T) {
	t.Parallel()
	const html = "text/html;charset=UTF-8"
	tests := map[string]struct {
		fault       oraclesim.Fault
		status      int
		contentType string
		header      map[string]string
		body        string // part of it
	}{
		"503, empty": {fault: oraclesim.Fault{Kind: "status", Status: 503}, status: 503},
		"503, ADF": {
			fault:  oraclesim.Fault{Kind: "status", Status: 503, Body: "adf_json"},
			status: 503, contentType: adfError, body: `"title":"Service Unavailable","status":"503"`,
		},
		"500, plain": {
			fault:  oraclesim.Fault{Kind: "status", Status: 500, Body: "plain"},
			status: 500, contentType: plainText, body: "Internal Server Error",
		},
		"503, HTML": {
			fault:  oraclesim.Fault{Kind: "status", Status: 503, Body: "html"},
			status: 503, contentType: html, body: "<title>503 Service Unavailable</title>",
		},
		"429 with seconds": {
			fault:  oraclesim.Fault{Kind: "status", Status: 429, RetryAfter: "30"},
			status: 429, header: map[string]string{"Retry-After": "30"},
		},
		"503 with a date": {
			fault:  oraclesim.Fault{Kind: "status", Status: 503, RetryAfter: "Thu, 01 Jan 2026 12:00:00 GMT"},
			status: 503, header: map[string]string{"Retry-After": "Thu, 01 Jan 2026 12:00:00 GMT"},
		},
		"401 by location": {
			fault:  oraclesim.Fault{Kind: "status", Status: 401},
			status: 401, header: map[string]string{"Www-Authenticate": `Basic realm="owsm"`},
		},
		"204": {fault: oraclesim.Fault{Kind: "status", Status: 204}, status: 204},
		"sign-in page": {
			fault: oraclesim.Fault{Kind: "sso_page"}, status: 200, contentType: html, body: "<title>Sign In</title>",
		},
		"maintenance page": {
			fault: oraclesim.Fault{Kind: "maintenance_page"}, status: 200, contentType: html, body: "planned maintenance",
		},
		"redirect": {
			fault:  oraclesim.Fault{Kind: "redirect", Location: "https://login.example.com/"},
			status: 302, header: map[string]string{"Location": "https://login.example.com/"},
		},
		"redirect that keeps the method": {
			fault:  oraclesim.Fault{Kind: "redirect", Status: 307, Location: "/elsewhere"},
			status: 307, header: map[string]string{"Location": "/elsewhere"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, oraclesim.Config{})
			must(t, sim.Pod().Inject(test.fault))
			got := get(ledgers).do(t, sim)
			wantStatus(t, got, test.status)
			if contentType := got.header.Get("Content-Type"); contentType != test.contentType {
				t.Errorf("Content-Type = %q, want %q", contentType, test.contentType)
			}
			if !strings.Contains(got.body, test.body) || (test.contentType == "") != (got.body == "") {
				t.Errorf("body = %q, want it to hold %q", got.body, test.body)
			}
			for key, want := range test.header {
				if value := got.header.Get(key); value != want {
					t.Errorf("%s = %q, want %q", key, value, want)
				}
			}
			if logins := sim.Pod().Logins(user); logins != nil {
				t.Errorf("the fault spent logins: %v", logins)
			}
			if requests := sim.Pod().Requests(); len(requests) != 1 || requests[0].Status != test.status {
				t.Errorf("requests = %+v, want one with status %d", requests, test.status)
			}
		})
	}
}

func TestFaultsThatBreakTheConnection(t *testing.T) {
	t.Parallel()
	isReset := func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
	tests := map[string]struct {
		fault    oraclesim.Fault
		is       func(error) bool
		logins   []oraclesim.Reason
		requests int
		status   int
	}{
		"reset": {fault: oraclesim.Fault{Kind: "reset"}, is: isReset, requests: 1},
		"reset after the login": {
			fault: oraclesim.Fault{Kind: "reset", AfterLogin: true}, is: isReset,
			logins: []oraclesim.Reason{"accepted"}, requests: 1,
		},
		"lost reply": {
			fault: oraclesim.Fault{Kind: "lost_reply"}, is: isReset,
			logins: []oraclesim.Reason{"accepted"}, requests: 1,
		},
		"truncated": {
			fault: oraclesim.Fault{Kind: "truncated"}, requests: 1, status: 200,
			is: func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) },
		},
		"drop": {
			fault: oraclesim.Fault{Kind: "drop"},
			is:    func(err error) bool { return errors.Is(err, io.EOF) || isReset(err) },
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, oraclesim.Config{})
			test.fault.Count = 1
			must(t, sim.Pod().Inject(test.fault))
			_, err := get(ledgers).send(t, newClient(t, sim, false), sim.URL())
			if !test.is(err) {
				t.Fatalf("error = %v", err)
			}
			if diff := cmp.Diff(test.logins, reasons(sim)); diff != "" {
				t.Errorf("logins (-want +got):\n%s", diff)
			}
			requests := sim.Pod().Requests()
			if len(requests) != test.requests || test.requests > 0 && requests[0].Status != test.status {
				t.Errorf("requests = %+v, want %d with status %d", requests, test.requests, test.status)
			}
			wantStatus(t, get(ledgers).do(t, sim), http.StatusOK) // the fault has cleared itself
		})
	}
}

// TestLostReplyCountsARefusedLogin: the account is charged although nobody heard the 401.
func TestLostReplyCountsARefusedLogin(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{Switches: oraclesim.Switches{LockThreshold: 1}})
	must(t, sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultLostReply}))
	c := get(ledgers)
	c.password = "wrong"
	if _, err := c.send(t, newClient(t, sim, false), sim.URL()); err == nil {
		t.Fatal("the lost reply arrived")
	}
	if state, err := sim.Pod().State(user); err != nil || !state.Locked {
		t.Errorf("state = %+v, %v; want a lock", state, err)
	}
}

// TestKeptConnectionRepeatsALostLogin shows what a simulator is for: net/http by itself sends a GET once more when a
// connection that it used before breaks without an answer, and so spends two logins where its caller made one.
func TestKeptConnectionRepeatsALostLogin(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	client := newClient(t, sim, true)
	must(t, sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultLostReply, Skip: 1, Count: 1}))
	for range 2 {
		if _, err := get(ledgers).send(t, client, sim.URL()); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(sim.Pod().Logins(user)); got != 3 {
		t.Errorf("two calls spent %d logins, want 3", got)
	}
}

func TestHangUntilTheClientLeaves(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	must(t, sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultHang, Count: 1}))
	ctx, leave := context.WithCancel(t.Context())
	c := get(ledgers)
	c.ctx = ctx
	failed := make(chan error, 1)
	go func() {
		_, err := c.send(t, newClient(t, sim, false), sim.URL())
		failed <- err
	}()
	awaitAny(t, sim)
	wantStatus(t, get(ledgers).do(t, sim), http.StatusOK) // other requests pass, and give this one time to end wrongly
	select {
	case err := <-failed:
		t.Fatalf("the request ended: %v", err)
	default:
	}
	leave()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the client's own", err)
	}
	if requests := sim.Pod().Requests(); requests[0].Status != 0 {
		t.Errorf("a request that hung has status %d", requests[0].Status)
	}
	if diff := cmp.Diff([]oraclesim.Reason{"accepted"}, reasons(sim)); diff != "" {
		t.Errorf("only the second request is a login (-want +got):\n%s", diff)
	}
}

// TestClosingLetsGoOfWhatFaultsHold: Close and SetDown return although requests are held, and these get no answer.
func TestClosingLetsGoOfWhatFaultsHold(t *testing.T) {
	t.Parallel()
	for _, fault := range []oraclesim.Fault{
		{Kind: oraclesim.FaultHang},
		{Kind: oraclesim.FaultSlow, Delay: time.Hour},
	} {
		for name, end := range map[string]func(*oraclesim.Server) error{
			"close": func(sim *oraclesim.Server) error { sim.Close(); return nil },
			"down":  func(sim *oraclesim.Server) error { return sim.Pod().SetDown(true) },
		} {
			t.Run(fmt.Sprint(fault.Kind, " ", name), func(t *testing.T) {
				t.Parallel()
				sim := start(t, oraclesim.Config{})
				must(t, sim.Pod().Inject(fault))
				failed := make(chan error, 1)
				go func() {
					_, err := get(ledgers).send(t, newClient(t, sim, false), sim.URL())
					failed <- err
				}()
				awaitAny(t, sim)
				must(t, end(sim))
				if err := <-failed; err == nil {
					t.Error("the request was answered")
				}
				if got := sim.Pod().Logins(user); got != nil {
					t.Errorf("the request spent logins: %v", got)
				}
			})
		}
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	const delay = 30 * time.Millisecond
	sim := start(t, oraclesim.Config{})
	must(t, sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultSlow, Delay: delay}))
	began := time.Now()
	wantStatus(t, get(ledgers).do(t, sim), http.StatusOK)
	if took := time.Since(began); took < delay {
		t.Errorf("the answer took %v, want at least %v", took, delay)
	}
}

// TestSlowLoginArrivesLate: the client is gone, and its login is spent all the same.
func TestSlowLoginArrivesLate(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	must(t, sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultSlow, Delay: 50 * time.Millisecond}))
	ctx, leave := context.WithCancel(t.Context())
	c := get(ledgers)
	c.ctx = ctx
	failed := make(chan error, 1)
	go func() {
		_, err := c.send(t, newClient(t, sim, false), sim.URL())
		failed <- err
	}()
	awaitAny(t, sim)
	leave()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Fatalf("error = %v, want the client's own", err)
	}
	_, err := sim.Pod().AwaitRequest(t.Context(), func(r oraclesim.Request) bool { return r.Status == http.StatusOK })
	must(t, err)
	if diff := cmp.Diff([]oraclesim.Reason{"accepted"}, reasons(sim)); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
}

func awaitAny(t *testing.T, sim *oraclesim.Server) {
	t.Helper()
	_, err := sim.Pod().AwaitRequest(t.Context(), func(oraclesim.Request) bool { return true })
	must(t, err)
}

func TestHuge(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	must(t, sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultHuge, MiB: 3}))
	got := get(ledgers).do(t, sim)
	wantStatus(t, got, http.StatusOK)
	if len(got.body) < 3<<20 {
		t.Errorf("the body has %d bytes, want at least 3 MiB", len(got.body))
	}
	if count := decodeJSON(t, got.body)["count"]; count != 1.0 {
		t.Errorf("count = %v, want an ordinary collection", count)
	}
}

func TestAfterLogin(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	must(t, sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultStatus, Status: 503, AfterLogin: true}))
	wantStatus(t, get(ledgers).do(t, sim), http.StatusServiceUnavailable)
	refused := get(ledgers)
	refused.password = "wrong"
	wantStatus(t, refused.do(t, sim), http.StatusUnauthorized)
	if diff := cmp.Diff([]oraclesim.Reason{"accepted", "wrong_password"}, reasons(sim)); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
}

func TestSlowAfterLoginSpendsOneLogin(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	must(t, sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultSlow, Delay: time.Millisecond, AfterLogin: true}))
	wantStatus(t, get(ledgers).do(t, sim), http.StatusOK)
	if diff := cmp.Diff([]oraclesim.Reason{"accepted"}, reasons(sim)); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
}

// TestDropMeetsNewConnectionsOnly: one that is open already has its requests answered.
func TestDropMeetsNewConnectionsOnly(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	kept := newClient(t, sim, true)
	for range 2 {
		got, err := get(ledgers).send(t, kept, sim.URL())
		must(t, err)
		wantStatus(t, got, http.StatusOK)
		if !strings.Contains(got.body, `"items"`) {
			t.Fatalf("body = %q", got.body)
		}
		must(t, sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultDrop}))
	}
	if _, err := get(ledgers).send(t, newClient(t, sim, false), sim.URL()); err == nil {
		t.Error("a new connection was served")
	}
}
