package output

import (
	"fmt"
	"io"
	"strings"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// text is for people: the table, what needs a hand first, then the message of whatever is not ok.
func (e Estate) text(w io.Writer, style Style) error {
	if len(e.Statuses) == 0 {
		return e.empty(w)
	}
	if err := e.table().write(w, style); err != nil {
		return err
	}
	return e.needsAHand(w, style)
}

// empty says that there is nothing, where that is known.
func (e Estate) empty(w io.Writer) error {
	if len(e.Faults) > 0 {
		return nil // the faults say why nothing is shown
	}
	where, mount := "", "oracle-financials"
	if len(e.Mounts) > 0 {
		where, mount = " in "+plain(strings.Join(e.Mounts, ", ")), plain(e.Mounts[0])
	}
	_, err := fmt.Fprintf(w, "There are no integrations%s yet: vault write %s/integrations/NAME stores the first.\n", where, mount)
	return err
}

func (e Estate) table() table {
	t := table{
		headings:    []string{"NAME", "STATE", "SEVERITY", "EXPIRES", "LAST LOGIN", "NEXT CHECK", "USER"},
		dispensable: []string{"EXPIRES", "LAST LOGIN", "NEXT CHECK", "USER"},
	}
	for _, s := range estate.ByUrgency(e.Statuses) {
		t.rows = append(t.rows, row{
			cells: []string{
				e.label(s.Mount, s.Name), plain(string(s.State)), plain(string(s.Severity)),
				expiry(s, e.Now), ago(s.LastSuccess, e.Now), ahead(s.NextCheck, e.Now), plain(s.Username),
			},
			colour: colourOf(s.Severity),
		})
	}
	return t
}

func colourOf(severity rotation.Severity) colour {
	switch severity {
	case rotation.SeverityCritical:
		return red
	case rotation.SeverityWarning:
		return yellow
	case rotation.SeverityOK:
		return green
	case rotation.SeverityUnknown:
	}
	return cyan
}

// needsAHand writes the message of whatever is not ok, and how many there are of each severity.
func (e Estate) needsAHand(w io.Writer, style Style) error {
	var text strings.Builder
	for _, s := range estate.ByUrgency(e.Statuses) {
		if s.Severity == rotation.SeverityOK {
			continue
		}
		fmt.Fprintf(&text, "\n%s: %s, %s (%s)\n", e.label(s.Mount, s.Name), plain(string(s.State)), plain(string(s.Severity)), plain(string(s.Reason)))
		fmt.Fprintln(&text, wrap(plain(s.Message), "  ", style.Width))
	}
	fmt.Fprintf(&text, "\n%s.\n", e.summary())
	_, err := io.WriteString(w, text.String())
	return err
}

// summary counts what there is of each severity, the worst first.
func (e Estate) summary() string {
	counts := e.tally()
	var parts []string
	for _, severity := range []rotation.Severity{rotation.SeverityCritical, rotation.SeverityWarning, rotation.SeverityUnknown, rotation.SeverityOK} {
		if n := counts[severity]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, severity))
		}
	}
	return count(len(e.Statuses), "integration") + ": " + strings.Join(parts, ", ")
}
