package oracle_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// What a pod, or what stands before it, can say over HTTP. Each row is played to a client that may try once
// more; logins is how many requests with the password that came to.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const (
		adf      = "application/vnd.oracle.adf.resourcecollection+json"
		adfError = "application/vnd.oracle.adf.error+json"
		html     = "<!DOCTYPE html><html><head><title>Sign In</title></head></html>"
		denied   = `{"title":"Forbidden","status":"403","o:errorDetails":[{"detail":"You may not have the roles."}]}`
	)
	status := func(f oraclesim.Fault) source { f.Kind = oraclesim.FaultStatus; return simulated(f) }
	fault := func(kind oraclesim.FaultKind) source { return simulated(oraclesim.Fault{Kind: kind}) }
	answer := func(outcome oracle.Outcome, status int, words string) oracle.Answer {
		return oracle.Answer{Outcome: outcome, Delivery: oracle.Answered, HTTPStatus: status, Detail: words}
	}
	tests := map[string]struct {
		pod     source
		timeout time.Duration
		want    oracle.Answer // of the detail, some words
		logins  int
	}{
		"200 with rows":  {pod: simulated(), want: answer(oracle.Rows, 200, ""), logins: 1},
		"200 with none":  {pod: prepared(access(oraclesim.AccessNoData)), want: answer(oracle.NoRows, 200, ""), logins: 1},
		"200 in ADF":     {pod: serving(body(200, adf, envelope)), want: answer(oracle.Rows, 200, ""), logins: 1},
		"200 as charset": {pod: serving(body(200, "application/json; charset=utf-8", envelope)), want: answer(oracle.Rows, 200, ""), logins: 1},
		"200 sign-in page": {
			pod: fault(oraclesim.FaultSSOPage), want: answer(oracle.UnexpectedContent, 200, `"Sign In"`), logins: 1,
		},
		"200 maintenance page": {
			pod: fault(oraclesim.FaultMaintenancePage), want: answer(oracle.UnexpectedContent, 200, "Scheduled Maintenance"), logins: 1,
		},
		"200 with rows of another product": {
			pod: serving(body(200, "application/json", `{"value":[{"id":1}],"count":1}`)), want: answer(oracle.UnexpectedContent, 200, ""), logins: 1,
		},
		"200 with rows that are not an array": {
			pod: serving(body(200, "application/json", `{"items":{"0":1},"count":1}`)), want: answer(oracle.UnexpectedContent, 200, ""), logins: 1,
		},
		"200 with items that are null": {
			pod: serving(body(200, "application/json", `{"items":null,"count":0}`)), want: answer(oracle.UnexpectedContent, 200, ""), logins: 1,
		},
		"200 with a count that is null": {
			pod: serving(body(200, "application/json", `{"items":[],"count":null}`)), want: answer(oracle.UnexpectedContent, 200, ""), logins: 1,
		},
		"200 with a count that is a text": {
			pod: serving(body(200, "application/json", `{"items":[],"count":"0"}`)), want: answer(oracle.UnexpectedContent, 200, ""), logins: 1,
		},
		"200 with the names in other letters": { // DynamoDB's envelope is Items and Count
			pod: serving(body(200, "application/json", `{"Items":[{}],"Count":1}`)), want: answer(oracle.UnexpectedContent, 200, ""), logins: 1,
		},
		"200 with a bare array": {
			pod: serving(body(200, "application/json", `[{"items":[],"count":0}]`)), want: answer(oracle.UnexpectedContent, 200, ""), logins: 1,
		},
		"200 with JSON called HTML": {
			pod: serving(body(200, "text/html", envelope)), want: answer(oracle.UnexpectedContent, 200, "HTML"), logins: 1,
		},
		"200 with JSON called nothing": {
			pod: serving(body(200, "", envelope)), want: answer(oracle.UnexpectedContent, 200, "items"), logins: 1,
		},
		"200 with HTML called JSON": {
			pod: serving(body(200, "application/json", html)), want: answer(oracle.UnexpectedContent, 200, "Sign In"), logins: 1,
		},
		"200 with nothing": {pod: serving(body(200, "application/json", "")), want: answer(oracle.UnexpectedContent, 200, ""), logins: 1},
		"201 with rows":    {pod: serving(body(201, "application/json", envelope)), want: answer(oracle.UnexpectedContent, 201, ""), logins: 1},
		"204":              {pod: status(oraclesim.Fault{Status: 204}), want: answer(oracle.UnexpectedContent, 204, ""), logins: 1},
		"206 with rows":    {pod: serving(body(206, "application/json", envelope)), want: answer(oracle.UnexpectedContent, 206, ""), logins: 1},
		"304":              {pod: status(oraclesim.Fault{Status: 304}), want: answer(oracle.UnexpectedContent, 304, "redirect"), logins: 1},

		"302 without an address": {
			pod: status(oraclesim.Fault{Status: 302}), want: answer(oracle.UnexpectedContent, 302, "redirect"), logins: 1,
		},
		"302 to what is no address": {
			pod:  simulated(oraclesim.Fault{Kind: oraclesim.FaultRedirect, Location: "https://[::1"}),
			want: answer(oracle.UnexpectedContent, 302, "redirect"), logins: 1,
		},

		"400 from ADF": {
			pod:  serving(body(400, adfError, `{"title":"Bad Request","status":"400","o:errorDetails":[{"detail":"A finder is required."}]}`)),
			want: answer(oracle.UnexpectedContent, 400, "A finder is required."), logins: 1,
		},
		"401 with nothing": {pod: status(oraclesim.Fault{Status: 401}), want: answer(oracle.Refused, 401, ""), logins: 1},
		"401 with a page":  {pod: status(oraclesim.Fault{Status: 401, Body: "html"}), want: answer(oracle.Refused, 401, "401 Unauthorized"), logins: 1},
		"401 with a body that hangs": {
			pod: serving(hangInBody(401)), timeout: 2 * time.Second, want: answer(oracle.Refused, 401, "time"), logins: 1,
		},
		"401 with a body that breaks off": {
			pod: serving(breakInBody(401)), want: answer(oracle.Refused, 401, "broke off"), logins: 1,
		},
		"403 from ADF":                     {pod: prepared(access(oraclesim.AccessDenied)), want: answer(oracle.Forbidden, 403, "roles and privileges"), logins: 1},
		"403 with nothing":                 {pod: status(oraclesim.Fault{Status: 403}), want: answer(oracle.Forbidden, 403, ""), logins: 1},
		"403 in plain text":                {pod: status(oraclesim.Fault{Status: 403, Body: "plain"}), want: answer(oracle.Forbidden, 403, "Forbidden"), logins: 1},
		"403 with a page":                  {pod: status(oraclesim.Fault{Status: 403, Body: "html"}), want: answer(oracle.UnexpectedContent, 403, "403 Forbidden"), logins: 1},
		"403 with a page called JSON":      {pod: serving(body(403, "application/json", "\n "+html)), want: answer(oracle.UnexpectedContent, 403, "Sign In"), logins: 1},
		"403 with a page after a BOM":      {pod: serving(body(403, "text/plain", "\ufeff"+html)), want: answer(oracle.UnexpectedContent, 403, "Sign In"), logins: 1},
		"403 with JSON called HTML":        {pod: serving(body(403, "text/html", denied)), want: answer(oracle.UnexpectedContent, 403, "HTML"), logins: 1},
		"403 of a proxy's XHTML":           {pod: serving(body(403, "application/xhtml+xml", "blocked")), want: answer(oracle.UnexpectedContent, 403, "HTML"), logins: 1},
		"404 in plain text":                {pod: prepared(without("ledgersLOV")), want: answer(oracle.NotFound, 404, "Not Found"), logins: 1},
		"404 with a page":                  {pod: status(oraclesim.Fault{Status: 404, Body: "html"}), want: answer(oracle.NotFound, 404, "404 Not Found"), logins: 1},
		"405":                              {pod: status(oraclesim.Fault{Status: 405}), want: answer(oracle.UnexpectedContent, 405, ""), logins: 1},
		"407 of the pod":                   {pod: status(oraclesim.Fault{Status: 407}), want: answer(oracle.UnexpectedContent, 407, ""), logins: 1},
		"429 without Retry-After":          {pod: status(oraclesim.Fault{Status: 429}), want: answer(oracle.Throttled, 429, ""), logins: 2},
		"429 with Retry-After":             {pod: status(oraclesim.Fault{Status: 429, RetryAfter: "0"}), want: answer(oracle.Throttled, 429, ""), logins: 2},
		"429 with Retry-After too late":    {pod: status(oraclesim.Fault{Status: 429, RetryAfter: "300"}), want: answer(oracle.Throttled, 429, ""), logins: 1},
		"500 in plain text":                {pod: status(oraclesim.Fault{Status: 500, Body: "plain"}), want: answer(oracle.Unavailable, 500, "Internal Server Error"), logins: 2},
		"501":                              {pod: status(oraclesim.Fault{Status: 501}), want: answer(oracle.Unavailable, 501, ""), logins: 1},
		"502 with a page":                  {pod: status(oraclesim.Fault{Status: 502, Body: "html"}), want: answer(oracle.Unavailable, 502, "502 Bad Gateway"), logins: 2},
		"503 with a page":                  {pod: status(oraclesim.Fault{Status: 503, Body: "html", RetryAfter: "0"}), want: answer(oracle.Unavailable, 503, "503 Service Unavailable"), logins: 2},
		"503 with Retry-After too late":    {pod: status(oraclesim.Fault{Status: 503, RetryAfter: "300"}), want: answer(oracle.Unavailable, 503, ""), logins: 1},
		"503 with Retry-After past a date": {pod: status(oraclesim.Fault{Status: 503, RetryAfter: "Fri, 31 Dec 9999 23:59:59 GMT"}), want: answer(oracle.Unavailable, 503, ""), logins: 1},
		"503 with a Retry-After that no duration holds": {
			pod: status(oraclesim.Fault{Status: 503, RetryAfter: "9223372037"}), want: answer(oracle.Unavailable, 503, ""), logins: 1,
		},
		"503 with a Retry-After that the jitter breaks": {
			pod: status(oraclesim.Fault{Status: 503, RetryAfter: "9223372036"}), want: answer(oracle.Unavailable, 503, ""), logins: 1,
		},

		"a body cut short": {pod: fault(oraclesim.FaultTruncated), want: answer(oracle.UnexpectedContent, 200, "broke off"), logins: 1},
		"a JSON text cut short": {
			pod: serving(body(200, "application/json", envelope[:40])), want: answer(oracle.UnexpectedContent, 200, ""), logins: 1,
		},
		"a body of two MiB": {
			pod:  simulated(oraclesim.Fault{Kind: oraclesim.FaultHuge, MiB: 2}),
			want: answer(oracle.UnexpectedContent, 200, "larger than 1 MiB"), logins: 1,
		},
		"a body of exactly one MiB": {
			pod: serving(body(200, "application/json", padded(oracle.MaxAnswer))), want: answer(oracle.Rows, 200, ""), logins: 1,
		},
		"a body of one MiB and a byte": {
			pod: serving(body(200, "application/json", padded(oracle.MaxAnswer+1))), want: answer(oracle.UnexpectedContent, 200, "larger than 1 MiB"), logins: 1,
		},
		"a body that hangs": {
			pod: serving(hangInBody(200)), timeout: 2 * time.Second, want: answer(oracle.Timeout, 200, "did not end in time"), logins: 1,
		},
		"503 with a body that hangs": {
			pod: serving(hangInBody(503)), timeout: 2 * time.Second, want: answer(oracle.Unavailable, 503, "did not end in time"), logins: 2,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := test.pod(t)
			if test.timeout != 0 {
				p.endpoint.Timeout = test.timeout
			}
			got := ask(within(t, patience), newClient(t), p.endpoint, login())
			wantAnswer(t, got, test.want)
			if p.logins() != test.logins {
				t.Errorf("%d requests with the password reached the pod, want %d", p.logins(), test.logins)
			}
		})
	}
}

// source starts the pod of a row.
type source func(*testing.T) pod

func simulated(faults ...oraclesim.Fault) source {
	return func(t *testing.T) pod { return startSim(t, faults...) }
}

func serving(handler http.HandlerFunc) source {
	return func(t *testing.T) pod { return startServer(t, handler) }
}

// prepared is a simulated pod in which something is set up first.
func prepared(setUp func(*oraclesim.Pod) error) source {
	return func(t *testing.T) pod {
		p := startSim(t)
		must(t, setUp(p.sim.Pod()))
		return p
	}
}

func access(a oraclesim.Access) func(*oraclesim.Pod) error {
	return func(p *oraclesim.Pod) error { return p.SetPrivilege(user, oraclesim.GeneralLedger, a) }
}

func without(resource string) func(*oraclesim.Pod) error {
	return func(p *oraclesim.Pod) error { return p.RemoveResource(resource) }
}

func hangInBody(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		startBody(w, status)
		<-r.Context().Done()
	}
}

func breakInBody(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { startBody(w, status) }
}

// startBody announces more than it sends.
func startBody(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "4096")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, envelope[:20])
	_ = http.NewResponseController(w).Flush()
}

// padded is an envelope of exactly so many bytes.
func padded(size int) string {
	const form = `{"items":["%s"],"count":1}`
	return fmt.Sprintf(form, strings.Repeat("x", size-len(form)+len("%s")))
}
