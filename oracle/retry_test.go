package oracle_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// What a sequence of answers makes of one request: transient ones are tried again up to retry_attempts and the
// deadline; the first that is not transient ends it.
func TestRetries(t *testing.T) {
	t.Parallel()
	throttled := oraclesim.Fault{Kind: "status", Status: 429, RetryAfter: "0", Count: 1}
	unavailable := oraclesim.Fault{Kind: "status", Status: 503, RetryAfter: "0", Count: 1}
	always := unavailable
	always.Count = 0
	refused := oraclesim.Fault{Kind: "status", Status: 401, Count: 1}
	answered := func(outcome oracle.Outcome, status int) oracle.Answer {
		return oracle.Answer{Outcome: outcome, Delivery: oracle.Answered, HTTPStatus: status, Detail: anything}
	}
	unanswered := oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.Unanswered, Detail: anything}
	notSent := oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent, Detail: anything}
	tests := map[string]struct {
		faults   []oraclesim.Fault
		attempts int
		deadline time.Duration
		want     oracle.Answer
		logins   int
	}{
		"none allowed":                 {[]oraclesim.Fault{unavailable}, 0, patience, answered(oracle.Unavailable, 503), 1},
		"one allowed, one needed":      {[]oraclesim.Fault{unavailable}, 1, patience, answered(oracle.Rows, 200), 2},
		"one allowed, two needed":      {[]oraclesim.Fault{unavailable, throttled}, 1, patience, answered(oracle.Throttled, 429), 2},
		"ten allowed, all needed":      {[]oraclesim.Fault{always}, 10, patience, answered(oracle.Unavailable, 503), 11},
		"a refusal ends it":            {[]oraclesim.Fault{unavailable, refused}, 10, patience, answered(oracle.Refused, 401), 2},
		"a refusal is never repeated":  {[]oraclesim.Fault{refused}, 10, patience, answered(oracle.Refused, 401), 1},
		"a 403 is never repeated":      {[]oraclesim.Fault{{Kind: "status", Status: 403, Count: 1}}, 10, patience, answered(oracle.Forbidden, 403), 1},
		"a page is never repeated":     {[]oraclesim.Fault{{Kind: "sso_page", Count: 1}}, 10, patience, answered(oracle.UnexpectedContent, 200), 1},
		"a lost reply ends it":         {[]oraclesim.Fault{throttled, {Kind: "lost_reply", Count: 1}}, 10, patience, unanswered, 2},
		"a reset ends it":              {[]oraclesim.Fault{unavailable, {Kind: "reset", Count: 1}}, 10, patience, unanswered, 2},
		"a broken body is an answer":   {[]oraclesim.Fault{{Kind: "truncated", Count: 1}}, 10, patience, answered(oracle.UnexpectedContent, 200), 1},
		"a drop before TLS, then 429":  {[]oraclesim.Fault{{Kind: "drop", Count: 1}, throttled}, 2, patience, answered(oracle.Rows, 200), 2},
		"a drop after an answer":       {[]oraclesim.Fault{throttled, {Kind: "drop", Skip: 1}}, 2, patience, notSent, 1},
		"no room for Oracle's pause":   {[]oraclesim.Fault{{Kind: "status", Status: 429, RetryAfter: "300"}}, 10, patience, answered(oracle.Throttled, 429), 1},
		"a Retry-After that is a word": {[]oraclesim.Fault{{Kind: "status", Status: 503, RetryAfter: "soon", Count: 1}}, 1, patience, answered(oracle.Rows, 200), 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startSim(t, test.faults...)
			p.endpoint.RetryAttempts = test.attempts
			wantAnswer(t, ask(within(t, test.deadline), newClient(t), p.endpoint, login()), test.want)
			if p.logins() != test.logins {
				t.Errorf("%d requests with the password reached the pod, want %d", p.logins(), test.logins)
			}
		})
	}
}

// A pause doubles from the smallest, Retry-After goes before it, and neither is ever cut short.
func TestPauses(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var arrived []time.Time
	p := startServer(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		arrived = append(arrived, time.Now())
		switch len(arrived) {
		case 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.Header().Set("Retry-After", "0") // means nothing with a 500
			w.WriteHeader(http.StatusInternalServerError)
		default:
			body(200, "application/json", envelope)(w, r)
		}
	})
	p.endpoint.RetryAttempts = 2
	if got := ask(within(t, patience), newClient(t), p.endpoint, login()); got.Outcome != oracle.Rows {
		t.Fatalf("answer = %+v", got)
	}
	for i, atLeast := range []time.Duration{time.Second, 2 * oracle.RetryWaitMin} {
		if pause := arrived[i+1].Sub(arrived[i]); pause < atLeast {
			t.Errorf("pause %d = %v, want at least %v", i+1, pause, atLeast)
		}
	}
}

// Called off in a pause, the last attempt was answered all the same: the guard must not count it as a login
// that may have been refused.
func TestCalledOffInAPause(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"429": 429, "503": 503} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startSim(t, oraclesim.Fault{Kind: "status", Status: status, RetryAfter: "20"})
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			go func() {
				_, _ = p.sim.Pod().AwaitRequest(ctx, func(r oraclesim.Request) bool { return r.Status == status })
				// The client reads the answer in far less than the pause it then begins; if this comes first, the
				// answer is lost and the row says so.
				time.AfterFunc(time.Second, cancel)
			}()
			got := ask(ctx, newClient(t), p.endpoint, login())
			want := oracle.Answer{Outcome: oracle.Throttled, Delivery: oracle.Answered, HTTPStatus: status, Detail: "called off"}
			if status == http.StatusServiceUnavailable {
				want.Outcome = oracle.Unavailable
			}
			wantAnswer(t, got, want)
			if p.logins() != 1 {
				t.Errorf("%d requests with the password, want 1", p.logins())
			}
		})
	}
}

// Called off while it waits for an answer, a request may have been a refused login.
func TestCalledOffInFlight(t *testing.T) {
	t.Parallel()
	p := startSim(t, oraclesim.Fault{Kind: "hang"})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		_, _ = p.sim.Pod().AwaitRequest(ctx, func(r oraclesim.Request) bool { return r.HadPassword })
		cancel()
	}()
	wantAnswer(t, ask(ctx, newClient(t), p.endpoint, login()),
		oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.Unanswered, Detail: "called off"})
	if p.logins() != 1 {
		t.Errorf("%d requests with the password, want 1", p.logins())
	}
}

// A knock carries no password, so that it may be tried again whatever became of it.
func TestKnock(t *testing.T) {
	t.Parallel()
	type digest struct {
		Outcome  oracle.Outcome
		Delivery oracle.Delivery
		Status   int
		Requests int
	}
	tests := map[string]struct {
		fault oraclesim.Fault
		want  digest
	}{
		"the pod's own 401":            {oraclesim.Fault{Kind: "drop", Count: 1}, digest{oracle.Refused, oracle.Answered, 401, 1}},
		"a page":                       {oraclesim.Fault{Kind: "sso_page"}, digest{oracle.UnexpectedContent, oracle.Answered, 200, 1}},
		"a reset, then an answer":      {oraclesim.Fault{Kind: "reset", Count: 1}, digest{oracle.Refused, oracle.Answered, 401, 2}},
		"resets":                       {oraclesim.Fault{Kind: "reset"}, digest{oracle.NoConnection, oracle.Unanswered, 0, 2}},
		"a lost reply, then an answer": {oraclesim.Fault{Kind: "lost_reply", Count: 1}, digest{oracle.Refused, oracle.Answered, 401, 2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startSim(t, test.fault)
			answer := newClient(t).Knock(within(t, patience), p.endpoint)
			requests := p.sim.Pod().Requests()
			if diff := cmp.Diff(test.want, digest{answer.Outcome, answer.Delivery, answer.HTTPStatus, len(requests)}); diff != "" {
				t.Error(diff)
			}
			for _, r := range requests {
				if r.User != "" || r.HadPassword || r.Path != "/fscmRestApi/resources/11.13.18.05/" {
					t.Errorf("request = %+v", r)
				}
			}
		})
	}
}
