package page

import (
	"net/url"
	"strconv"
	"strings"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// The keys of the page's own query.
const (
	keyText     = "q"
	keyState    = "state"
	keySeverity = "severity"
	keyMount    = "mount"
	keySort     = "sort"
	keyPage     = "page"
	keySize     = "size"
	keyRefresh  = "refresh"

	refreshOn = "on"
)

// column is what the list is sorted by. The list is closed.
type column string

// The columns.
const (
	byUrgency   column = "" // the gravest first, then what expires first
	byState     column = "state"
	byName      column = "name"
	byAccount   column = "account"
	byExpiry    column = "expiry"
	byLastCheck column = "last_check"
	byNextCheck column = "next_check"
	byGuard     column = "guard"
	byRotation  column = "rotation"

	descendingTag = "-" // before a column: from the other end
)

// columns lists every column.
func columns() []column {
	return []column{byUrgency, byState, byName, byAccount, byExpiry, byLastCheck, byNextCheck, byGuard, byRotation}
}

// severityHand asks for whatever needs a hand, of whichever severity.
const severityHand = "hand"

const (
	defaultSize = 50
	maxText     = 200 // runes of a text that is searched for
)

// sizes are how many rows a page may have: a browser is not handed 10,000.
func sizes() []int { return []int{25, defaultSize, 100, 250, 500} }

// query is what a reader asked to see of the list. Its zero value but for Size is everything, the most urgent first.
type query struct {
	Text     string
	State    string
	Severity string // a rotation.Severity, or severityHand
	Mount    string
	Sort     column
	Down     bool // from the other end
	Page     int  // from 1
	Size     int
	Refresh  bool
}

// readQuery takes what it knows and leaves the rest at its default: a link that somebody kept is never an error.
func readQuery(values url.Values) query {
	q := query{
		Text: firstRunes(strings.TrimSpace(values.Get(keyText)), maxText), State: values.Get(keyState), Mount: values.Get(keyMount),
		Page: 1, Size: defaultSize, Refresh: values.Get(keyRefresh) == refreshOn,
	}
	switch severity := values.Get(keySeverity); severity {
	case severityHand, string(rotation.SeverityCritical), string(rotation.SeverityWarning), string(rotation.SeverityUnknown), string(rotation.SeverityOK):
		q.Severity = severity
	}
	name, down := strings.CutPrefix(values.Get(keySort), descendingTag)
	for _, known := range columns() {
		if name != "" && column(name) == known {
			q.Sort, q.Down = known, down
		}
	}
	if n, err := strconv.Atoi(values.Get(keyPage)); err == nil && n > 1 {
		q.Page = n
	}
	for _, size := range sizes() {
		if values.Get(keySize) == strconv.Itoa(size) {
			q.Size = size
		}
	}
	return q
}

func firstRunes(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n])
	}
	return text
}

// link is the address of this query, relative to the index.
func (q query) link() string {
	values := url.Values{}
	set := func(key, value string) {
		if value != "" {
			values.Set(key, value)
		}
	}
	set(keyText, q.Text)
	set(keyState, q.State)
	set(keySeverity, q.Severity)
	set(keyMount, q.Mount)
	set(keySort, q.sortText())
	if q.Page > 1 {
		set(keyPage, strconv.Itoa(q.Page))
	}
	if q.Size != defaultSize && q.Size != 0 {
		set(keySize, strconv.Itoa(q.Size))
	}
	if q.Refresh {
		set(keyRefresh, refreshOn)
	}
	return "?" + values.Encode() + "#integrations"
}

// sortText is the order as the query says it.
func (q query) sortText() string {
	if q.Down && q.Sort != byUrgency {
		return descendingTag + string(q.Sort)
	}
	return string(q.Sort)
}

// sorted is this query in the order of a column, from its first page: of the one it has, from the other end.
func (q query) sorted(by column) query {
	q.Down = q.Sort == by && !q.Down
	q.Sort, q.Page = by, 1
	return q
}

// at is another page of this query.
func (q query) at(page int) query {
	q.Page = page
	return q
}

// filtered says whether anything is left out.
func (q query) filtered() bool {
	return q.Text != "" || q.State != "" || q.Severity != "" || q.Mount != ""
}

// everything is this query without its filters, from its first page.
func (q query) everything() query {
	return query{Sort: q.Sort, Down: q.Down, Page: 1, Size: q.Size, Refresh: q.Refresh}
}
