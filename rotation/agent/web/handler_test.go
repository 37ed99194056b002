package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/goleak"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// agent is one that is as a test says.
type agent struct {
	known          estate.Snapshot
	healthy, ready bool
	bad            error
	reloads        int
}

func (a *agent) Snapshot() estate.Snapshot { return a.known }
func (a *agent) Healthy() bool             { return a.healthy }
func (a *agent) Ready() bool               { return a.ready }
func (a *agent) Reload() error             { a.reloads++; return a.bad }

// handler is the server of an agent, with one metric.
func handler(a *agent) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "answer", Help: "h"}, func() float64 { return 42 }))
	return web.New(a, http.HandlerFunc(pageOf), registry, hclog.NewNullLogger())
}

// pageOf stands in for the page.
func pageOf(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the page")) }

func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "http://agent.example.com:9720"+path, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, request)
	return answer
}

func TestEveryPathAnswers(t *testing.T) {
	t.Parallel()
	well := &agent{healthy: true, ready: true}
	ill := &agent{known: estate.Snapshot{Mounts: []estate.Mount{
		{Path: "m", Fault: "Vault is sealed: unseal it."}, {Path: "n", Revision: "r", Fault: "it hangs"}, {Path: "team/o", Fault: "it has not been read yet"},
	}}}
	taking := &agent{known: estate.Snapshot{Mounts: []estate.Mount{{Path: "m", Revision: "r"}}}}
	for name, row := range map[string]struct {
		of           *agent
		method, path string
		status       int
		says         string
	}{
		"the page":                             {well, "GET", "/", 200, "the page"},
		"the page of an integration":           {well, "GET", "/integrations/m/gl", 200, "the page"},
		"what the page is made of":             {well, "GET", "/assets/page.css", 200, "the page"},
		"the page, its head only":              {well, "HEAD", "/", 200, ""},
		"metrics":                              {well, "GET", "/metrics", 200, "answer 42"},
		"healthy":                              {well, "GET", "/-/healthy", 200, "ticks"},
		"healthy, as Kubernetes asks":          {well, "GET", "/healthz", 200, "ticks"},
		"ready":                                {well, "GET", "/-/ready", 200, "Every mount has been read"},
		"ready, as Kubernetes asks":            {well, "GET", "/readyz", 200, "Every mount has been read"},
		"not healthy":                          {ill, "GET", "/-/healthy", 503, "restart the agent"},
		"not healthy, as Kubernetes asks":      {ill, "GET", "/healthz", 503, "restart the agent"},
		"not ready":                            {ill, "GET", "/-/ready", 503, "never been read. m: Vault is sealed: unseal it.; team/o: it has not been read yet"},
		"not ready, as Kubernetes asks":        {ill, "GET", "/readyz", 503, "m: Vault is sealed"},
		"not ready, for a moment":              {taking, "GET", "/-/ready", 503, "Not ready yet"},
		"metrics of an agent that is not well": {ill, "GET", "/metrics", 200, "answer 42"},
		"the report":                           {well, "GET", "/api/v1/report", 200, `"schema":"oracle-financials.report/v1"`},
		"an unknown path":                      {well, "GET", "/debug/pprof/", 404, ""},
		"a path below the page":                {well, "GET", "/index.html", 404, ""},
		"a reload by reading":                  {well, "GET", "/-/reload", 405, ""},
		"a reload by putting":                  {well, "PUT", "/-/reload", 405, ""},
		"a post where there is nothing to":     {well, "POST", "/metrics", 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := ask(handler(row.of), row.method, row.path)
			if got := answer.Body.String(); answer.Code != row.status || !strings.Contains(got, row.says) {
				t.Errorf("got %d: %s", answer.Code, got)
			}
			for header, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
				"X-Content-Type-Options":  "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
				"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			} {
				if got := answer.Header().Get(header); got != want {
					t.Errorf("%s is %q", header, got)
				}
			}
			if row.status == 405 && answer.Header().Get("Allow") == "" {
				t.Error("it is not said what would be allowed")
			}
		})
	}
}

func TestAReloadIsForWhoeverIsAllowedToAsk(t *testing.T) {
	t.Parallel()
	bad := errors.New("the configuration was not reloaded, and the one before stays in force: mounts: is empty")
	for name, row := range map[string]struct {
		bad     error
		headers []string
		status  int
		says    string
		reloads int
	}{
		"curl":                             {nil, nil, 200, "reloaded", 1},
		"a bad configuration":              {bad, nil, 500, "mounts: is empty", 1},
		"a page of this agent":             {nil, []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://agent.example.com:9720"}, 403, "A browser", 0},
		"typed by a person":                {nil, []string{"Sec-Fetch-Site", "none"}, 403, "A browser", 0},
		"a page of another site":           {nil, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403, "A browser", 0},
		"a page of a neighbour":            {nil, []string{"Sec-Fetch-Site", "same-site", "Origin", "https://www.example.com"}, 403, "A browser", 0},
		"an old browser on another site":   {nil, []string{"Origin", "https://evil.example"}, 403, "A browser", 0},
		"an old browser on another port":   {nil, []string{"Origin", "http://agent.example.com:80"}, 403, "A browser", 0},
		"an old browser on this agent":     {nil, []string{"Origin", "http://agent.example.com:9720"}, 403, "A browser", 0},
		"a page that hides where it is of": {nil, []string{"Origin", "null"}, 403, "A browser", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &agent{bad: row.bad}
			answer := ask(handler(a), "POST", "/-/reload", row.headers...)
			if got := answer.Body.String(); answer.Code != row.status || !strings.Contains(got, row.says) || a.reloads != row.reloads {
				t.Errorf("got %d after %d reloads: %s", answer.Code, a.reloads, got)
			} else if row.status != 200 && strings.Contains(got, "is reloaded") {
				t.Errorf("it also says that all went well: %s", got)
			}
		})
	}
}

func TestTheReportIsWhatTheEngineSaid(t *testing.T) {
	t.Parallel()
	started := time.Date(2026, 11, 23, 7, 59, 30, 0, time.UTC)
	lag := estate.Sweep{Lag: 3, Due: 1, Started: &started}
	expiry := started.Add(6*24*time.Hour + time.Hour)
	known := estate.Snapshot{Taken: time.Date(2026, 11, 23, 9, 0, 0, 5, time.FixedZone("CET", 3600)), Mounts: []estate.Mount{
		{
			Path: "team/m", Revision: "r-1", Version: "v1", Up: true, SweepFault: "denied", Sweep: lag,
			Generated: time.Date(2026, 11, 23, 7, 59, 59, 0, time.UTC), Counts: map[rotation.State]int{"ok": 1},
			Statuses: []estate.Status{
				{Name: "a", Said: []byte(`{"name": "a", "state": "ok", "of_a_newer_engine": {"x": [1.50]}, "mount": "another's"}`)},
				{Name: "b\"<", Said: []byte(`{}`)},
				{Name: "c", Expiry: &expiry, Said: []byte(`{"days_until_expiry": 9}`)}, // as it was three days ago
			},
			Directories: []estate.Directory{{Name: "idm", Said: []byte(`{"type": "fusion"}`)}},
		},
		{Path: "n", Fault: "sealed"},
	}}
	answer := ask(handler(&agent{known: known}), "GET", "/api/v1/report")
	if got := answer.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	want := `{"schema":"oracle-financials.report/v1","generated_time":"2026-11-23T08:00:00Z","mounts":[` +
		`{"mount":"team/m","up":true,"sweep_fault":"denied","revision":"r-1","version":"v1","generated_time":"2026-11-23T07:59:59Z",` +
		`"sweep":{"last_started_time":"2026-11-23T07:59:30Z","lag_seconds":3,"due":1},"counts":{"ok":1},` +
		`"directories":[{"mount":"team/m","name":"idm","type":"fusion"}]},` +
		`{"mount":"n","up":false,"fault":"sealed","directories":[]}],` +
		`"integrations":[{"mount":"team/m","name":"a","of_a_newer_engine":{"x":[1.50]},"state":"ok"},` +
		`{"mount":"team/m","name":"b\"\u003c"},{"days_until_expiry":6,"mount":"team/m","name":"c"}]}`
	got := answer.Body.String()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !json.Valid([]byte(got)) {
		t.Error("it is not JSON")
	}
}

func TestAReportOfNothingHasEmptyLists(t *testing.T) {
	t.Parallel()
	got := ask(handler(&agent{}), "GET", "/api/v1/report").Body.String()
	if !strings.Contains(got, `"mounts":[],"integrations":[]`) {
		t.Errorf("got %s", got)
	}
}

func TestAReportThatCannotBeShownIsNoAnswerOfHalfOfIt(t *testing.T) {
	t.Parallel()
	for name, mount := range map[string]estate.Mount{
		"an integration": {Statuses: []estate.Status{{Name: "a", Said: []byte(`{`)}}},
		"a directory":    {Directories: []estate.Directory{{Name: "a", Said: []byte(`[]`)}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := ask(handler(&agent{known: estate.Snapshot{Mounts: []estate.Mount{mount}}}), "GET", "/api/v1/report")
			if got := answer.Body.String(); answer.Code != 500 || !strings.Contains(got, "see the agent's log") {
				t.Errorf("got %d: %s", answer.Code, got)
			}
		})
	}
}

// half is a collection that fails after it found something.
type half struct{}

func (half) Gather() ([]*dto.MetricFamily, error) {
	name, value := "known", 1.0
	return []*dto.MetricFamily{{
		Name: &name, Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{{Gauge: &dto.Gauge{Value: &value}}},
	}}, errors.New("one of them is broken")
}

func TestOneBrokenSeriesDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	answer := ask(web.New(&agent{}, http.HandlerFunc(pageOf), half{}, hclog.NewNullLogger()), "GET", "/metrics")
	if got := answer.Body.String(); answer.Code != 200 || !strings.Contains(got, "known 1") {
		t.Errorf("got %d: %s", answer.Code, got)
	}
}
