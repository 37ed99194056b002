package output

import (
	"fmt"
	"io"
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// Fault is a mount, or one integration of it, that could not be asked.
type Fault struct {
	Mount   string `json:"mount"`
	Name    string `json:"name,omitempty"` // empty: the whole mount
	Message string `json:"message"`        // one sentence with what to do next
}

// Estate is what a command has to show.
type Estate struct {
	Statuses []estate.Status
	Faults   []Fault
	Mounts   []string // those that are configured: with more than one, names are shown with their mount
	Now      time.Time
}

// Style is what the place that is written to can show. The zero value is a file.
type Style struct {
	Colour bool
	Width  int // in columns; 0: no bound
}

// Status writes statuses as a table, as JSON or for Nagios.
func Status(w io.Writer, f Format, statuses []estate.Status, now time.Time) error {
	return Estate{Statuses: statuses, Now: now}.Write(w, f, Style{})
}

// Write writes it in one of the formats.
func (e Estate) Write(w io.Writer, f Format, style Style) error {
	switch f {
	case JSON:
		return e.json(w)
	case Nagios:
		return e.nagios(w, nil)
	case Text:
	}
	return e.text(w, style)
}

// ExitCode speaks of the worst that is known. What could not be asked may be worse than anything but critical.
func (e Estate) ExitCode() int {
	code := ExitCode(e.Statuses)
	if len(e.Faults) > 0 && code != ExitCritical {
		return ExitUnknown
	}
	return code
}

// severity is what the exit code speaks of.
func (e Estate) severity() rotation.Severity {
	worst := estate.Worst(e.Statuses)
	if len(e.Faults) > 0 && worst != rotation.SeverityCritical {
		return rotation.SeverityUnknown
	}
	return worst
}

// label is the name by which a status is asked for.
func (e Estate) label(mount, name string) string {
	if e.severalMounts() && mount != "" {
		return plain(mount + "/" + name)
	}
	return plain(name)
}

func (e Estate) severalMounts() bool {
	if len(e.Mounts) > 0 {
		return len(e.Mounts) > 1
	}
	return slices.ContainsFunc(e.Statuses, func(s estate.Status) bool { return s.Mount != e.Statuses[0].Mount })
}

// tally counts the statuses of each severity; one that this agent does not know counts as unknown.
func (e Estate) tally() map[rotation.Severity]int {
	counts := map[rotation.Severity]int{}
	for _, status := range e.Statuses {
		counts[estate.Worst([]estate.Status{status})]++
	}
	return counts
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
