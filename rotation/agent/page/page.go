package page

import (
	"context"
	"html/template"
	"net/http"
	"time"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// Source is who knows the estate.
type Source interface {
	// Snapshot is what is known now. It is asked once for each page.
	Snapshot() estate.Snapshot
}

// History is who can ask the engine for what happened to an integration.
type History interface {
	// History gives the events that the engine keeps, in any order. Its error is shown on the page.
	History(ctx context.Context, mount, name string) ([]estate.Event, error)
}

// historyPatience is how long a page waits for the engine before it is shown without the history.
const historyPatience = 5 * time.Second

// pages answers requests for the status page.
type pages struct {
	source    Source
	history   History
	log       hclog.Logger
	now       func() time.Time
	templates *template.Template
	assets    assets
}

// New is the handler of `/`, `/integrations/` and `/assets/`.
func New(source Source, history History, log hclog.Logger) http.Handler {
	return NewAt(source, history, log, time.Now)
}

// NewAt is New with a clock of one's own, for tests and pictures of the page.
func NewAt(source Source, history History, log hclog.Logger, now func() time.Time) http.Handler {
	p := &pages{source: source, history: history, log: log, now: now, templates: parseTemplates(), assets: loadAssets()}
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", p.index)
	mux.HandleFunc("/integrations/{path...}", p.integration)
	mux.HandleFunc("/assets/{file}", p.asset)
	mux.HandleFunc("/", p.lost)
	return readOnly(mux)
}

// readOnly answers GET and HEAD, and nothing else.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "this page is only read: use GET", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (p *pages) index(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r.URL.Query())
	p.render(w, r, http.StatusOK, "index", indexOf(p.source.Snapshot(), q, p.now(), p.frame(r, q.Refresh)))
}

func (p *pages) integration(w http.ResponseWriter, r *http.Request) {
	snapshot := p.source.Snapshot()
	found, known := find(snapshot, r.PathValue("path"))
	if !known {
		p.lost(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), historyPatience)
	defer cancel()
	events, err := p.history.History(ctx, found.mount.Path, found.Name)
	if err != nil {
		p.log.Debug("the history of an integration is not shown", "mount", found.mount.Path, "integration", found.Name, "error", err)
	}
	view := integrationOf(found, past{events: events, fault: err}, p.now(), p.frame(r, readQuery(r.URL.Query()).Refresh))
	p.render(w, r, http.StatusOK, "integration", view)
}

// lost answers for what is not there, in the clothes of the page.
func (p *pages) lost(w http.ResponseWriter, r *http.Request) {
	view := struct{ Frame frame }{p.frame(r, false)}
	view.Frame.Title = "Not found"
	p.render(w, r, http.StatusNotFound, "lost", view)
}
