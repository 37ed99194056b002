package output

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// The form of what is written here is that of the Monitoring Plugins Development Guidelines, 2.1, 2.5 and 2.6: one line with
// a text and performance data, then long text; thresholds are ranges, of which "14:" is "less than 14 is bad".

const (
	// namedAtMost is how many integrations the first line names: pagers show little more.
	namedAtMost = 5
	// measuredAtMost is up to how many integrations each gets performance data of its own: Nagios reads 8 KB.
	measuredAtMost = 100
)

// nagios writes one line, and then in long text what is not ok, what could not be asked, and what else there is to say.
func (e Estate) nagios(w io.Writer, more []string) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s - %s | %s\n", service(e.ExitCode()), harmless(e.headline()), e.measured())
	for _, s := range estate.ByUrgency(e.Statuses) {
		if s.Severity != rotation.SeverityOK {
			fmt.Fprintln(&text, harmless(fmt.Sprintf("%s is %s (%s, %s): %s", e.label(s.Mount, s.Name), s.State, s.Severity, s.Reason, s.Message)))
		}
	}
	for _, fault := range e.Faults {
		fmt.Fprintln(&text, harmless(e.fault(fault)))
	}
	for _, line := range more {
		fmt.Fprintln(&text, harmless(line))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// NagiosFault writes the line of a command that could ask nothing at all.
func NagiosFault(w io.Writer, sentence string) error {
	_, err := fmt.Fprintf(w, "%s - %s\n", service(ExitUnknown), harmless(sentence))
	return err
}

func service(code int) string {
	words := map[int]string{ExitOK: "OK", ExitWarning: "WARNING", ExitCritical: "CRITICAL"}
	word, known := words[code]
	if !known {
		word = "UNKNOWN"
	}
	return "ORACLE-FINANCIALS " + word
}

// harmless is plain text without the bar that begins performance data.
func harmless(text string) string { return strings.ReplaceAll(plain(text), "|", "/") }

// headline is what a pager shows.
func (e Estate) headline() string {
	var parts []string
	counts := e.tally()
	if hands := counts[rotation.SeverityCritical] + counts[rotation.SeverityWarning]; hands > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d need a hand: %s", hands, len(e.Statuses), e.named(hands)))
	} else if unknown := counts[rotation.SeverityUnknown]; unknown > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d not known: %s", unknown, len(e.Statuses), e.named(unknown)))
	}
	if len(e.Faults) > 0 {
		parts = append(parts, "could not be asked: "+e.fault(e.Faults[0]))
	}
	switch {
	case len(e.Faults) > 1:
		parts = append(parts, fmt.Sprintf("and %d more", len(e.Faults)-1))
	case len(parts) == 0 && len(e.Statuses) == 0:
		parts = append(parts, "no integrations")
	case len(parts) == 0:
		parts = append(parts, fmt.Sprintf("%d of %d ok", len(e.Statuses), len(e.Statuses)))
	}
	return strings.Join(parts, "; ")
}

// named names the most urgent, as many as a line has room for.
func (e Estate) named(n int) string {
	var names []string
	for _, s := range estate.ByUrgency(e.Statuses)[:min(n, namedAtMost)] {
		names = append(names, fmt.Sprintf("%s %s", e.label(s.Mount, s.Name), s.State))
	}
	if n > namedAtMost {
		names = append(names, fmt.Sprintf("and %d more", n-namedAtMost))
	}
	return strings.Join(names, ", ")
}

// fault says what could not be asked, and why.
func (e Estate) fault(f Fault) string {
	if f.Name == "" {
		return plain(f.Mount) + ": " + plain(f.Message)
	}
	return e.label(f.Mount, f.Name) + ": " + plain(f.Message)
}

// measured is the performance data: how many there are of each severity, and the days that each password has left. What is
// not known has no value.
func (e Estate) measured() string {
	counts := e.tally()
	var data []string
	for _, severity := range []rotation.Severity{rotation.SeverityCritical, rotation.SeverityWarning, rotation.SeverityUnknown, rotation.SeverityOK} {
		data = append(data, fmt.Sprintf("%s=%d;;;0;%d", severity, counts[severity], len(e.Statuses)))
	}
	if len(e.Statuses) > measuredAtMost {
		return strings.Join(data, " ")
	}
	for _, s := range e.Statuses { // in an order that stays: graphs are drawn by it
		if s.ExpiryDays != nil {
			data = append(data, fmt.Sprintf("%s=%d;%s;0:", quoted(e.label(s.Mount, s.Name)+" days"), *s.ExpiryDays, warnFrom(s)))
		}
	}
	return strings.Join(data, " ")
}

// quoted is a label of performance data.
func quoted(label string) string {
	return "'" + strings.NewReplacer("'", "''", "=", "_").Replace(harmless(label)) + "'"
}

// warnFrom is the range outside of which an expiry is a warning, from the rules that the status goes by.
func warnFrom(s estate.Status) string {
	var said struct {
		Rules struct {
			Warning *int64 `json:"expiry_warning"` // in seconds
		} `json:"rules"`
	}
	if err := json.Unmarshal(s.Said, &said); err != nil || said.Rules.Warning == nil {
		return ""
	}
	return fmt.Sprintf("%d:", time.Duration(*said.Rules.Warning)*time.Second/rotation.Day)
}
