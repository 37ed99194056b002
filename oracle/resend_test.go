package oracle_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// net/http repeats a GET by itself when a connection that was used before breaks without an answer. It would be
// a second login that nobody counted, so that no connection may be used twice. The server keeps its connections
// open as long as the client lets it.
func TestNoHiddenResend(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	p := startServer(t, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 2 {
			hijacked("")(w, r)
			return
		}
		body(200, "application/json", envelope)(w, r)
	})
	client := newClient(t)
	if got := ask(within(t, patience), client, p.endpoint, login()); got.Outcome != oracle.Rows {
		t.Fatalf("first answer = %+v", got)
	}
	wantAnswer(t, ask(within(t, patience), client, p.endpoint, login()),
		oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.Unanswered, Detail: "EOF"})
	if requests.Load() != 2 {
		t.Errorf("%d requests arrived, want 2: net/http sent one by itself", requests.Load())
	}
}

// HTTP/2 has its own rules about repeating, and keeps connections: it must not be spoken even where it is offered.
func TestEachRequestHasItsOwnConnection(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	p := startServer(t, body(200, "application/json", envelope), func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
	})
	client := newClient(t)
	const n = 3
	for range n {
		if got := ask(within(t, patience), client, p.endpoint, login()); got.Outcome != oracle.Rows {
			t.Fatalf("answer = %+v", got)
		}
	}
	if connections.Load() != n {
		t.Errorf("%d connections for %d requests", connections.Load(), n)
	}
	for _, r := range p.requests() {
		if r.ProtoMajor != 1 || !r.Close {
			t.Errorf("request with protocol %s, close %v", r.Proto, r.Close)
		}
	}
}

// A redirect is an answer. Nothing goes where it points, the password least of all.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 301, 302, 303, 307, 308} {
		for _, place := range []string{"elsewhere", "here"} {
			t.Run(fmt.Sprintf("%d %s", status, place), func(t *testing.T) {
				t.Parallel()
				other := startServer(t, body(200, "application/json", envelope))
				p := startServer(t, func(w http.ResponseWriter, r *http.Request) {
					target := other.endpoint.ServerURL + r.RequestURI
					if place == "here" {
						target = "/fscmRestApi/resources/latest/ledgersLOV"
					}
					http.Redirect(w, r, target, status)
				})
				p.endpoint.CACert += other.endpoint.CACert // a client that followed would be trusted there
				wantAnswer(t, ask(within(t, patience), newClient(t), p.endpoint, login()), oracle.Answer{
					Outcome: oracle.UnexpectedContent, Delivery: oracle.Answered, HTTPStatus: status, Detail: "redirect, which is not followed",
				})
				if n := len(other.requests()); n != 0 {
					t.Errorf("%d requests went where the redirect points", n)
				}
				if n := len(p.requests()); n != 1 {
					t.Errorf("%d requests reached the pod, want 1", n)
				}
			})
		}
	}
}

// What a request looks like: one place, one login, no more.
func TestRequestAsSent(t *testing.T) {
	t.Parallel()
	p := startServer(t, body(200, "application/json", envelope))
	// A wrapped Basic header is answered with 401, and so is one in the alphabet for URLs.
	long := oracle.Login{Username: strings.Repeat("u", 200), Password: secret.New(awkward)}
	ask(within(t, patience), newClient(t), p.endpoint, long)
	newClient(t).Knock(within(t, patience), p.endpoint)
	requests := p.requests()
	if len(requests) != 2 {
		t.Fatalf("%d requests, want 2", len(requests))
	}
	if header, found := requests[1].Header["Authorization"]; found {
		t.Errorf("a knock carries %q", header)
	}
	r := requests[0]
	if name, word, ok := r.BasicAuth(); !ok || name != long.Username || word != awkward {
		t.Errorf("Basic header of %q with %q, %v", name, word, ok)
	}
	if r.Method != http.MethodGet || r.RequestURI != oracle.ResourcesPath+ledgers || r.ContentLength != 0 {
		t.Errorf("%s %s with %d bytes", r.Method, r.RequestURI, r.ContentLength)
	}
	if !strings.Contains(r.Header.Get("Accept"), "application/vnd.oracle.adf.error+json") || r.Header.Get("Cookie") != "" {
		t.Errorf("header = %v", r.Header)
	}
}

// A process that is stopped and continued finds its deadline passed and its timers late. The hooks stand for the
// stop: they hold the request up at the last place before a write until its time is over.
func TestNothingIsWrittenAfterTheDeadline(t *testing.T) {
	t.Parallel()
	beforeTLS := func(stop func()) *httptrace.ClientTrace { return &httptrace.ClientTrace{TLSHandshakeStart: stop} }
	beforeRequest := func(stop func()) *httptrace.ClientTrace {
		return &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { stop() }}
	}
	tests := map[string]struct {
		hook   func(stop func()) *httptrace.ClientTrace
		timely bool // whether the context's own timer fires
	}{
		"stopped before TLS":                                  {beforeTLS, false},
		"stopped before the request":                          {beforeRequest, false},
		"stopped before the request, with a timer that fires": {beforeRequest, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startServer(t, body(200, "application/json", envelope))
			const life = 2 * time.Second
			ctx := within(t, life)
			deadline, _ := ctx.Deadline()
			if !test.timely {
				ctx = lateContext{Context: t.Context(), deadline: deadline}
			}
			stopped := false
			ctx = httptrace.WithClientTrace(ctx, test.hook(func() {
				stopped = true
				<-time.After(time.Until(deadline) + time.Millisecond)
			}))
			p.endpoint.RetryAttempts = 5
			got := ask(ctx, newClient(t), p.endpoint, login())
			if !stopped {
				t.Fatal("the request was not held up, so nothing was tried")
			}
			// What was stopped after TLS may be called unanswered, too: net/http reports the write or the closed
			// connection, whichever it sees first.
			if got.Delivery == oracle.Answered || (strings.HasSuffix(name, "TLS") && got.Delivery != oracle.NotSent) {
				t.Errorf("answer = %+v", got)
			}
			if n := len(p.requests()); n != 0 {
				t.Errorf("%d requests arrived after their deadline", n)
			}
		})
	}
}

// lateContext has a deadline and a timer that does not fire.
type lateContext struct {
	context.Context
	deadline time.Time
}

func (c lateContext) Deadline() (time.Time, bool) { return c.deadline, true }

func TestPunctualConn(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	must(t, near.SetDeadline(time.Now().Add(patience/10))) // or a late write would wait for ever for its reader
	lines := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(far).ReadString('\n')
		lines <- line
	}()
	for name, deadline := range map[string]time.Time{
		"past": time.Now().Add(-time.Nanosecond), "past, without a monotonic clock": time.Now().Round(0).Add(-time.Second),
	} {
		if n, err := oracle.PunctualConn(near, deadline).Write([]byte("late\n")); n != 0 || err != oracle.ErrTooLate { //nolint:errorlint // a net.Conn hands it out as it is
			t.Errorf("%s: wrote %d bytes with %v", name, n, err)
		}
	}
	if _, err := oracle.PunctualConn(near, time.Now().Add(time.Hour)).Write([]byte("in ")); err != nil {
		t.Error(err)
	}
	if _, err := oracle.PunctualConn(near, time.Time{}).Write([]byte("time\n")); err != nil {
		t.Error(err)
	}
	if line := <-lines; line != "in time\n" {
		t.Errorf("the other side read %q", line)
	}
}

// Either clock is enough: the monotonic one stands still while a machine sleeps, the wall clock can be set back.
func TestIsOver(t *testing.T) {
	t.Parallel()
	now := time.Now()
	wall := now.Round(0)
	tests := map[string]struct {
		deadline, now time.Time
		want          bool
	}{
		"before":                       {now.Add(time.Nanosecond), now, false},
		"at the instant":               {now, now, true},
		"after":                        {now.Add(-time.Nanosecond), now, true},
		"wall clocks only, before":     {wall.Add(time.Nanosecond), wall, false},
		"wall clocks only, after":      {wall, wall.Add(time.Second), true},
		"one of them without monotony": {wall.Add(-time.Second), now, true},
	}
	for name, test := range tests {
		if got := oracle.IsOver(test.deadline, test.now); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
