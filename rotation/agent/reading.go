package agent

import (
	"fmt"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// reading is a report while it is read, page by page. It is a value: with gives the next one.
type reading struct {
	since string // empty: a full one
	pages []estate.Report
}

// next says which page to ask for.
func (r reading) next() (since, after string) {
	if len(r.pages) > 0 {
		after = lastName(r.pages[len(r.pages)-1])
	}
	return r.since, after
}

// with is the reading after a page came, and whether that was the last one.
//
// A full page in answer to since means that the engine cannot compare any more: what it holds now is a new beginning. The
// first page may be that beginning itself; after pages of changes it cannot be, because it continues what they began.
func (r reading) with(page estate.Report) (next reading, done bool, err error) {
	if r.since != "" && page.Full {
		r.since = ""
		if len(r.pages) > 0 {
			r.pages = nil
			return r, false, nil
		}
	}
	page.Full = r.since == "" // also where an engine does not say so: there is nothing it could be a change of
	_, after := r.next()
	r.pages = append(r.pages[:len(r.pages):len(r.pages)], page)
	if len(page.Statuses) < engine.PageSize {
		return r, true, nil
	}
	if last := lastName(page); last <= after {
		return r, false, &engine.Fault{Kind: engine.Broken, Text: fmt.Sprintf("a page of the report ends with %q, which is not "+
			"after %q where it began: report this as a fault of the engine", last, after)}
	}
	return r, false, nil
}

func lastName(page estate.Report) string {
	if len(page.Statuses) == 0 {
		return ""
	}
	return page.Statuses[len(page.Statuses)-1].Name
}
