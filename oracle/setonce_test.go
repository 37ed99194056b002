package oracle_test

import (
	"context"
	"errors"
	"io"
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

// net/http sends some requests again by itself when a connection that was used before breaks without an answer. The
// server keeps its connections open as long as it is let, and breaks the second request after it has read it.
func TestSettingsAreNotSentAgain(t *testing.T) {
	t.Parallel()
	for _, kind := range bothKinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			var set, connections atomic.Int64
			p := startServer(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				switch {
				case r.URL.Path == tokenPlace:
					granting(tokenAnswer)(w, r)
				case set.Add(1) > 1:
					hijacked("")(w, r)
				default:
					granting(`{"id":"`+guid+`"}`)(w, r)
				}
			}, func(s *httptest.Server) {
				s.EnableHTTP2 = true
				s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
					if state == http.StateNew {
						connections.Add(1)
					}
				}
			})
			directory := map[oracle.DirectoryKind]oracle.Directory{oracle.FusionDirectory: fusionAt(p), oracle.IdentityDomain: domainAt(p)}[kind]
			directory.Endpoint.RetryAttempts = 5
			client := newClient(t)
			first := client.SetPassword(within(t, patience), directory, guid, someone, secret.New(fresh))
			second := client.SetPassword(within(t, patience), directory, guid, someone, secret.New(fresh))
			if first.Result != oracle.SetAccepted || second.Result != oracle.SetUnknown || second.Answer.Delivery != oracle.Unanswered {
				t.Errorf("first %+v, second %+v", first, second)
			}
			if set.Load() != 2 {
				t.Errorf("%d requests to set for two settings", set.Load())
			}
			if n := int64(len(p.requests())); connections.Load() != n {
				t.Errorf("%d connections for %d requests", connections.Load(), n)
			}
		})
	}
}

// A process that was stopped, and continued after the deadline, sends nothing, wherever it was stopped: before TLS, or before
// the request is written. Of the latter, net/http may report the closed connection first, so that it counts as unknown.
func TestNothingIsSetAfterTheDeadline(t *testing.T) {
	t.Parallel()
	hooks := map[string]func(stop func()) *httptrace.ClientTrace{
		"before TLS": func(stop func()) *httptrace.ClientTrace { return &httptrace.ClientTrace{TLSHandshakeStart: stop} },
		"before the request": func(stop func()) *httptrace.ClientTrace {
			return &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { stop() }}
		},
	}
	for _, kind := range bothKinds() {
		for name, hook := range hooks {
			t.Run(name+" at "+string(kind), func(t *testing.T) {
				t.Parallel()
				p, directory := setterAt(t, kind, granting(`{"id":"`+guid+`"}`))
				client := newClient(t)
				client.KeepToken(directory, accessToken, time.Hour)
				deadline := time.Now().Add(2 * time.Second)
				stopped := false
				ctx := httptrace.WithClientTrace(lateContext{Context: t.Context(), deadline: deadline}, hook(func() {
					stopped = true
					<-time.After(time.Until(deadline) + time.Millisecond)
				}))
				got := client.SetPassword(ctx, directory, guid, someone, secret.New(fresh))
				if !stopped || (got.Result != oracle.SetNotDone && got.Result != oracle.SetUnknown) || got.Answer.Delivery == oracle.Answered {
					t.Errorf("stopped %v: %+v", stopped, got)
				}
				if strings.HasSuffix(name, "TLS") && got.Result != oracle.SetNotDone {
					t.Errorf("setting = %+v", got)
				}
				if n := len(p.requests()); n != 0 {
					t.Errorf("%d requests arrived after their deadline", n)
				}
			})
		}
	}
}

// Once the time is over not even a connection is begun, for any request, whether the context knows it or not.
func TestNothingIsBegunAfterTheDeadline(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	p := startServer(t, granting(tokenAnswer), func(s *httptest.Server) {
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
	})
	past := time.Now().Add(-time.Millisecond)
	for name, ctx := range map[string]context.Context{
		"aware": within(t, -time.Second), "unaware": lateContext{Context: t.Context(), deadline: past},
		"unaware, without a monotonic clock": lateContext{Context: t.Context(), deadline: past.Round(0)},
	} {
		for _, directory := range []oracle.Directory{fusionAt(p), domainAt(p)} {
			client := newClient(t)
			for what, answer := range map[string]oracle.Answer{
				"set":     client.SetPassword(ctx, directory, guid, someone, secret.New(fresh)).Answer,
				"look up": client.LookUp(ctx, directory, someone).Answer,
				"login":   ask(ctx, client, p.endpoint, login()),
				"knock":   client.Knock(ctx, p.endpoint),
			} {
				if answer.Delivery != oracle.NotSent || answer.Outcome != oracle.Timeout {
					t.Errorf("%s, %s at %s: %+v", name, what, directory.Kind, answer)
				}
			}
			client.KeepToken(directory, accessToken, time.Hour)
			if got := client.SetPassword(ctx, directory, guid, someone, secret.New(fresh)); got.Result != oracle.SetNotDone {
				t.Errorf("%s at %s: %+v", name, directory.Kind, got)
			}
		}
	}
	if connections.Load() != 0 || len(p.requests()) != 0 {
		t.Errorf("%d connections, %d requests", connections.Load(), len(p.requests()))
	}
}

// What is over or called off is not even handed to the transport, whatever that would make of it.
func TestNothingIsHandedOver(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx    context.Context
		want   error
		handed bool
	}{
		"in time":               {within(t, patience), nil, true},
		"without a deadline":    {t.Context(), nil, true},
		"called off":            {over, context.Canceled, false},
		"over":                  {within(t, -time.Second), context.DeadlineExceeded, false},
		"over, and not told so": {lateContext{Context: t.Context(), deadline: time.Now()}, oracle.ErrTooLate, false},
	} {
		sent := &closing{Reader: strings.NewReader("{}")}
		request, err := http.NewRequestWithContext(test.ctx, http.MethodPut, "https://localhost", sent)
		must(t, err)
		handed := false
		response, err := oracle.HandOver(request, func(*http.Request) (*http.Response, error) {
			handed = true
			return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody}, nil
		})
		if err == nil {
			response.Body.Close()
		}
		if !errors.Is(err, test.want) || handed != test.handed || sent.closed == handed {
			t.Errorf("%s: %v, handed over %v, body closed %v", name, err, handed, sent.closed)
		}
	}
}

// closing is a body that knows whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

// A setting that is called off while it waits for its answer may have been done; one called off before was not.
func TestSettingCalledOff(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p, directory := setterAt(t, oracle.FusionDirectory, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	got := newClient(t).SetPassword(ctx, directory, guid, someone, secret.New(fresh))
	wantAnswer(t, got.Answer, oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.Unanswered, Detail: "called off"})
	if got.Result != oracle.SetUnknown || got.Login != oracle.LoginUnanswered {
		t.Errorf("setting = %+v", got)
	}
	got = newClient(t).SetPassword(ctx, directory, guid, someone, secret.New(fresh))
	wantAnswer(t, got.Answer, notSent(oracle.NoConnection, "called off"))
	if got.Result != oracle.SetNotDone || raised(p) != 1 {
		t.Errorf("setting = %+v after %s", got, asked(p))
	}
}
