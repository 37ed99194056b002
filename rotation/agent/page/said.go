package page

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// said is what only an integration's own page shows, from the engine's own words.
type said struct {
	PasswordSet *time.Time        `json:"password_set_time"`
	SetBy       string            `json:"password_set_source"`
	HeldSince   *time.Time        `json:"held_since"`
	Excess      *[]string         `json:"excess_modules"` // nil: nobody asked
	Checklist   map[string]string `json:"checklist"`
	View        map[string]any    `json:"directory_view"`
	Usage       *usage            `json:"usage"`
	Rules       *rules            `json:"rules"`
	Standby     json.RawMessage   `json:"standby"`
}

// usage is who reads the credential.
type usage struct {
	LastRead *time.Time `json:"last_read_time"`
	Reads    int        `json:"reads_24h"`
	Readers  int        `json:"readers_24h"`
	Since    *time.Time `json:"since"`
}

// rules is what the engine's dates go by.
type rules struct {
	MaxAge    int64  `json:"password_max_age"` // in seconds; 0 is never
	Warning   int64  `json:"expiry_warning"`   // in seconds
	LockAfter *int   `json:"lock_threshold"`
	Source    string `json:"source"` // policy or directory
}

// readSaid reads what it knows. A newer engine may say something in another way: that is then not shown, and the rest is.
func readSaid(status *estate.Status) said {
	var s said
	_ = json.Unmarshal(status.Said, &s)
	return s
}

// warnFrom is when the engine begins to warn of an expiry; nil where that is not known.
func (s said) warnFrom(expiry *time.Time) *time.Time {
	if expiry == nil || s.Rules == nil || s.Rules.Warning <= 0 {
		return nil
	}
	from := expiry.Add(-time.Duration(s.Rules.Warning) * time.Second)
	return &from
}

// fact is one thing that is known, as a term and what is said of it.
type fact struct {
	Term string
	Text string
	At   moment
	Note string
	Code bool // the text is a code of the engine's
	Tone tone // quiet, or empty, where nothing is wrong
}

// sightings says what a directory last said, in the order of the contract; what this agent does not know follows.
func (s said) sightings(now time.Time) []fact {
	order := []string{
		"observed_time", "found", "active", "locked", "lock_reason", "locked_since", "expired", "must_change", "cannot_expire",
		"password_set_time", "login_attempts", "roles",
	}
	for _, name := range slices.Sorted(maps.Keys(s.View)) {
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
	}
	var facts []fact
	for _, name := range order {
		if value, known := s.View[name]; known {
			facts = append(facts, sighting(name, value, now))
		}
	}
	return facts
}

// sighting is one thing that a directory said.
func sighting(name string, value any, now time.Time) fact {
	f := fact{Term: spoken(strings.TrimSuffix(name, "_time"))}
	switch v := value.(type) {
	case bool:
		f.Text = "no"
		if v {
			f.Text = "yes"
		}
		if v == (name != "active" && name != "found") && name != "cannot_expire" {
			f.Tone = toneCritical
		}
	case string:
		f.Text = v
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			f.Text, f.At = "", momentOf(&at, now)
		}
	case []any:
		var texts []string
		for _, each := range v {
			texts = append(texts, plain(each))
		}
		f.Text = strings.Join(texts, ", ")
		if len(v) == 0 {
			f.Text = "none"
		}
	default:
		f.Text = plain(v)
	}
	return f
}

// plain is a value as JSON writes it, a text without its quotation marks.
func plain(value any) string {
	if text, isText := value.(string); isText {
		return text
	}
	written, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(written)
}
