package web

import (
	"net/http"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// scrapesAtOnce bounds what scrapes cost: one of ten thousand integrations holds some hundred megabytes for a moment.
const scrapesAtOnce = 4

// Agent is what the server shows and may ask for; the daemon is one.
type Agent interface {
	Snapshot() estate.Snapshot
	Healthy() bool
	Ready() bool
	Reload() error
}

// New gives the handler of every path of the agent. The page answers `/`, `/integrations/` and `/assets/`.
func New(agent Agent, page http.Handler, gatherer prometheus.Gatherer, log hclog.Logger) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/{$}", "/integrations/", "/assets/"} {
		mux.Handle("GET "+path, page)
	}
	mux.Handle("GET /metrics", promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{
		ErrorLog: log.StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Error}),
		// What can be shown is shown: an agent that hides ten thousand good series because of one is of no use.
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: scrapesAtOnce,
	}))
	for _, path := range []string{"/-/healthy", "/healthz"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { healthy(w, agent) })
	}
	for _, path := range []string{"/-/ready", "/readyz"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { ready(w, agent) })
	}
	mux.HandleFunc("GET /api/v1/report", func(w http.ResponseWriter, _ *http.Request) { report(w, agent.Snapshot(), log) })
	mux.HandleFunc("POST /-/reload", func(w http.ResponseWriter, r *http.Request) { reload(w, r, agent) })
	return guarded(mux)
}

// guarded adds what keeps a browser from being used against the agent.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
