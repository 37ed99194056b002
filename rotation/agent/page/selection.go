package page

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// row is one integration with the mount it was read from. Nothing of either is changed.
type row struct {
	*estate.Status
	mount *estate.Mount
}

// rowsOf gives every integration of every mount.
func rowsOf(s estate.Snapshot) []row {
	n := 0
	for i := range s.Mounts {
		n += len(s.Mounts[i].Statuses)
	}
	rows := make([]row, 0, n)
	for i := range s.Mounts {
		for k := range s.Mounts[i].Statuses {
			rows = append(rows, row{Status: &s.Mounts[i].Statuses[k], mount: &s.Mounts[i]})
		}
	}
	return rows
}

// find looks an integration up by its mount and name, with a slash between. Either may hold slashes of its own.
func find(s estate.Snapshot, path string) (row, bool) {
	for i := range s.Mounts {
		name, under := strings.CutPrefix(path, s.Mounts[i].Path+"/")
		if !under {
			continue
		}
		for k := range s.Mounts[i].Statuses {
			if s.Mounts[i].Statuses[k].Name == name {
				return row{Status: &s.Mounts[i].Statuses[k], mount: &s.Mounts[i]}, true
			}
		}
	}
	return row{}, false
}

// selection is one page of what a query asks for.
type selection struct {
	rows  []row
	total int // of all its pages
	page  int // the one that this is: the last, where the query asks for one behind it
	pages int // at least 1
}

// choose filters, sorts and pages.
func choose(all []row, q query, now time.Time) selection {
	var kept []row
	words := strings.Fields(strings.ToLower(q.Text))
	for _, r := range all {
		if q.takes(r, words) {
			kept = append(kept, r)
		}
	}
	size := cmp.Or(q.Size, defaultSize)
	chosen := selection{total: len(kept), pages: max(1, (len(kept)+size-1)/size)}
	chosen.page = min(max(q.Page, 1), chosen.pages)
	first := (chosen.page - 1) * size
	last := min(first+size, len(kept))
	sortBetween(kept, first, last, q.order(now)) // no two have one mount and name
	chosen.rows = kept[first:last]
	return chosen
}

// takes says whether a query asks for an integration. Every word must be found somewhere.
func (q query) takes(r row, words []string) bool {
	switch {
	case q.State != "" && string(r.State) != q.State, q.Mount != "" && r.mount.Path != q.Mount:
		return false
	case q.Severity == severityHand && !needsHand(r):
		return false
	case q.Severity != "" && q.Severity != severityHand && string(severityOf(r)) != q.Severity:
		return false
	case len(words) == 0:
		return true
	}
	text := strings.ToLower(strings.Join([]string{r.Name, r.Username, r.ServerURL, r.mount.Path, r.Policy, string(r.State), string(r.Reason)}, "\n"))
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

// needsHand says whether somebody should look at an integration: it is in trouble, or it was never proved and nothing is
// going to do that.
func needsHand(r row) bool {
	switch severityOf(r) {
	case rotation.SeverityCritical, rotation.SeverityWarning:
		return true
	case rotation.SeverityUnknown:
		return r.NextCheck == nil
	case rotation.SeverityOK:
	}
	return false
}

// severityOf is an integration's severity; one that this agent does not know is unknown.
func severityOf(r row) rotation.Severity {
	switch r.Severity {
	case rotation.SeverityCritical, rotation.SeverityWarning, rotation.SeverityOK:
		return r.Severity
	case rotation.SeverityUnknown:
	}
	return rotation.SeverityUnknown
}

// order compares two integrations by a query's column, and then by urgency, mount and name, which nothing turns round.
func (q query) order(now time.Time) func(a, z row) int {
	by := q.column(now)
	return func(a, z row) int {
		return cmp.Or(by(a, z), urgency(a, z), strings.Compare(a.mount.Path, z.mount.Path), strings.Compare(a.Name, z.Name))
	}
}

// column compares by the query's column, in its direction.
func (q query) column(now time.Time) func(a, z row) int {
	switch q.Sort {
	case byState:
		return func(a, z row) int { return q.turned(stateRank(a.State) - stateRank(z.State)) }
	case byName:
		return func(a, z row) int { return q.turned(strings.Compare(a.Name, z.Name)) }
	case byAccount:
		return func(a, z row) int {
			return q.turned(cmp.Or(strings.Compare(a.ServerURL, z.ServerURL), strings.Compare(a.Username, z.Username)))
		}
	case byExpiry:
		return func(a, z row) int { return q.turnedTimes(a.Expiry, z.Expiry) }
	case byLastCheck:
		return func(a, z row) int { return q.turnedTimes(a.LastCheck, z.LastCheck) }
	case byNextCheck:
		return func(a, z row) int { return q.turnedTimes(a.NextCheck, z.NextCheck) }
	case byGuard:
		return func(a, z row) int { return q.turned(guardRank(a, now) - guardRank(z, now)) }
	case byRotation:
		return func(a, z row) int {
			return cmp.Or(q.turned(phaseRank(a)-phaseRank(z)), q.turnedTimes(a.NextRotation, z.NextRotation))
		}
	case byUrgency:
	}
	return urgency
}

// turned is a comparison in the query's direction.
func (q query) turned(d int) int {
	if q.Down {
		return -d
	}
	return d
}

// turnedTimes compares times in the query's direction; what is not known stays last.
func (q query) turnedTimes(a, z *time.Time) int {
	if a == nil || z == nil {
		return earlier(a, z)
	}
	return q.turned(a.Compare(*z))
}

// urgency puts the gravest first, and of those what expires first.
func urgency(a, z row) int {
	return cmp.Or(severityRank(a.Severity)-severityRank(z.Severity), earlier(a.Expiry, z.Expiry))
}

// severities lists them by how soon somebody should look.
func severities() [4]rotation.Severity {
	return [...]rotation.Severity{rotation.SeverityCritical, rotation.SeverityWarning, rotation.SeverityUnknown, rotation.SeverityOK}
}

// severityRank is a severity's place among them. It is asked a hundred thousand times for a page, so that it looks
// nothing up.
func severityRank(s rotation.Severity) int {
	switch s {
	case rotation.SeverityCritical:
		return 0
	case rotation.SeverityWarning:
		return 1
	case rotation.SeverityUnknown:
	case rotation.SeverityOK:
		return 3
	}
	return 2
}

// stateRank is a state's place in the contract's order; a state that this agent does not know stands first.
func stateRank(s rotation.State) int { return slices.Index(rotation.States(), s) }

// phaseRank puts a rotation that goes on before one that failed, and that before none.
func phaseRank(r row) int {
	switch {
	case r.Phase != "" && r.Phase != rotation.PhaseIdle:
		return 0
	case r.RotationError != "":
		return 1
	}
	return 2
}

// earlier puts what comes first first, and what is not known last.
func earlier(a, z *time.Time) int {
	switch {
	case a == nil && z == nil:
		return 0
	case a == nil:
		return 1
	case z == nil:
		return -1
	}
	return a.Compare(*z)
}
