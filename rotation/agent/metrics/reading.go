package metrics

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// sweepLag is how long the longest overdue has waited; not known of a mount that was never read. While a mount cannot be
// read, nobody says whether it sweeps: what was waiting goes on waiting and something else may have come due the moment
// after the report, so that the age of the report is added. A standing number would look healthy for as long as Vault is
// down.
func sweepLag(mount estate.Mount, now time.Time) (lag time.Duration, known bool) {
	if mount.Revision == "" {
		return 0, false
	}
	lag = time.Duration(mount.Sweep.Lag) * time.Second
	if !mount.Up {
		lag += max(now.Sub(mount.ReadAt), 0)
	}
	return lag, true
}

// held says whether the guard holds now. That a hold runs out is no change to the engine's report, so the agent ends it
// itself; one without an end waits for a person.
func held(status estate.Status, now time.Time) bool {
	return status.Held && (status.HeldUntil == nil || now.Before(*status.HeldUntil))
}

// labels are the values of one label that have a series already. A second series of the same labels would make Prometheus
// refuse the whole scrape.
type labels map[string]bool

// add gives the text to show for a value, and whether it is the first one with that text.
func (l labels) add(value string) (label string, fresh bool) {
	label = valid(value)
	fresh = !l[label]
	l[label] = true
	return label, fresh
}

// valid is a text that Prometheus takes: bytes that are not UTF-8 are shown as \xff, one by one, so that two names which
// differ in them still differ.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var shown strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&shown, `\x%02x`, text[0])
		} else {
			shown.WriteString(text[:size])
		}
		text = text[size:]
	}
	return shown.String()
}
