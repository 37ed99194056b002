package output

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// Sweep is what a sweep came to, or would, and the estate after it.
type Sweep struct {
	Progresses []estate.Progress // of each mount that could be asked
	DryRun     bool
	Estate     Estate
}

// Plan writes what sweeps would do, without an estate around it.
func Plan(w io.Writer, f Format, progresses []estate.Progress) error {
	return Sweep{Progresses: progresses, DryRun: true}.Write(w, f, Style{})
}

// Write writes it in one of the formats.
func (s Sweep) Write(w io.Writer, f Format, style Style) error {
	switch f {
	case JSON:
		return s.json(w)
	case Nagios:
		var lines []string
		for _, progress := range s.Progresses {
			lines = append(lines, s.sentence(progress))
		}
		return s.Estate.nagios(w, lines)
	case Text:
	}
	return s.text(w, style)
}

func (s Sweep) text(w io.Writer, style Style) error {
	for i, progress := range s.Progresses {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if _, err := fmt.Fprintln(w, s.sentence(progress)); err != nil {
			return err
		}
		if t := s.table(progress); len(t.rows) > 0 {
			fmt.Fprintln(w)
			if err := t.write(w, style); err != nil {
				return err
			}
		}
	}
	if len(s.Estate.Statuses) == 0 {
		return nil
	}
	return s.Estate.needsAHand(w, style)
}

// sentence counts what was done in a mount, or would be.
func (s Sweep) sentence(p estate.Progress) string {
	parts := []string{fmt.Sprintf("%d due", p.Due)}
	if s.DryRun {
		parts = append(parts, fmt.Sprintf("%d passed over", p.Skipped))
		return plain(p.Mount) + ": " + strings.Join(parts, ", ") + "; nothing was done"
	}
	for _, done := range []struct {
		n    int
		word string
	}{
		{p.Checked, "checked"},
		{p.Rotated, "rotated"},
		{p.Failed, "failed"},
		{p.Skipped, "passed over"},
		{p.Remaining, "still going on"},
	} {
		if done.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", done.n, done.word))
		}
	}
	return plain(p.Mount) + ": " + strings.Join(parts, ", ")
}

// table lists everything that is planned; of what was done it leaves out the checks after which all was well.
func (s Sweep) table(p estate.Progress) table {
	t := table{
		headings:    []string{"NAME", "ACTION", "STATE", "REASON", "DUE"},
		dispensable: []string{"STATE", "REASON", "DUE"},
	}
	results := slices.Clone(p.Results)
	if s.DryRun {
		slices.SortStableFunc(results, byDue)
	}
	for _, r := range results {
		if !s.DryRun && r.Action == string(rotation.ActionCheck) && r.State == rotation.StateOK {
			continue
		}
		t.rows = append(t.rows, row{cells: []string{
			plain(r.Name), plain(r.Action), plain(string(r.State)), plain(r.Reason), ago(r.DueSince, s.Estate.Now),
		}})
	}
	return t
}

// byDue puts what is overdue longest first, and what is not known last.
func byDue(a, z estate.SweptName) int {
	switch {
	case a.DueSince == nil && z.DueSince == nil:
		return strings.Compare(a.Name, z.Name)
	case a.DueSince == nil:
		return 1
	case z.DueSince == nil:
		return -1
	}
	return a.DueSince.Compare(*z.DueSince)
}

type sweepDocument struct {
	Schema    string            `json:"schema"`
	Generated string            `json:"generated_time"`
	DryRun    bool              `json:"dry_run"`
	Severity  rotation.Severity `json:"severity"` // of the worst integration, after it
	Mounts    []sweptMount      `json:"mounts"`
	// Integrations is the estate after it, of which severity and the exit code speak.
	Integrations []map[string]json.RawMessage `json:"integrations"`
	Faults       []Fault                      `json:"faults,omitempty"`
}

type sweptMount struct {
	Mount string `json:"mount"`
	estate.Progress
	Results []sweptName `json:"results"`
}

type sweptName struct {
	Name     string         `json:"name"`
	Action   string         `json:"action"`
	State    rotation.State `json:"state"`
	Reason   string         `json:"reason"`
	DueSince string         `json:"due_since,omitempty"`
}

func (s Sweep) json(w io.Writer) error {
	document := sweepDocument{
		Schema: SweepSchema, Generated: stamp(s.Estate.Now), DryRun: s.DryRun, Mounts: []sweptMount{}, Faults: s.Estate.Faults,
		Severity: s.Estate.severity(), Integrations: []map[string]json.RawMessage{},
	}
	for _, status := range s.Estate.Statuses {
		integration, err := said(status)
		if err != nil {
			return err
		}
		document.Integrations = append(document.Integrations, integration)
	}
	for _, progress := range s.Progresses {
		mount := sweptMount{Mount: progress.Mount, Progress: progress, Results: []sweptName{}}
		for _, r := range progress.Results {
			swept := sweptName{Name: r.Name, Action: r.Action, State: r.State, Reason: r.Reason}
			if r.DueSince != nil {
				swept.DueSince = stamp(*r.DueSince)
			}
			mount.Results = append(mount.Results, swept)
		}
		document.Mounts = append(document.Mounts, mount)
	}
	return writeJSON(w, document)
}
