package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// documentHead is what docs/performance.md begins with; the run, the verdicts and the sections follow.
const documentHead = `# Performance

Written by ` + "`make bench`" + ` and not by hand. Every figure is a ratio or a bound, measured in one run on one machine. What is
compared was measured in interleaved rounds, in another order each time, by one client (Go's own, HTTP on connections that stay
open), so that all of it met the same state of the machine; a ratio is taken within a round. The table shows the median of the
rounds and what half of them lie between. Nothing here is a test: on another machine, or on a busy one, other figures come out.

- **The limit** is an external plugin that answers a constant of the same fields and does nothing else (` + "`tools/bench/limit`" + `),
  built with the same SDK and mounted in the same Vault. No external plugin can be faster.
- **The peers** are ` + kvPeer + ` ` + kvVersion + ` and
  ` + ldapPeer + ` ` + ldapVersion + `, each built from its own module, the second with a
  slapd of Debian's; and version 2 of KV as it is built into Vault, where no process is in between.
- **The Vault** is the pinned one of the tests, in dev mode, without an audit device, asked with the root token; for the start it
  keeps its state in raft on disk.
- **The pods** answer the engine's own probe over TLS, as late as the table says. The one of the rotation is the simulator.
- One read of storage from a plugin is a second round trip between two processes, and costs about a third of the reads per second.
  ` + "`creds`" + ` therefore asks storage once for each credential, and again after each write of it and after a second in which nobody
  read. Before each round every name is read once by whoever has its turn, and that is not counted.
`

// writeDocument writes the document.
func writeDocument(path string, f findings, machine string, took time.Duration) error {
	var text strings.Builder
	text.WriteString(documentHead)
	fmt.Fprintf(&text, "\nMeasured on %s, in %s: %s.\n", time.Now().UTC().Format(time.DateOnly), took.Round(time.Minute), machine)
	fmt.Fprintf(&text, "\n%s\n", summary(f))
	for _, s := range f.sections {
		if err := s.write(&text); err != nil {
			return err
		}
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil { //nolint:gosec // G306: a page of the documentation
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}

// summary counts the verdicts, and names what was missed.
func summary(f findings) string {
	numbers := map[verdict]int{}
	var missed []string
	for _, s := range f.sections {
		for _, r := range s.rows {
			numbers[r.verdict]++
			if r.verdict == verdictMissed {
				missed = append(missed, fmt.Sprintf("- %s (against %s): %s, the target is %s", r.what, r.against, r.measured, r.target))
			}
		}
	}
	text := fmt.Sprintf("%d targets are met, %d are missed; %d figures have none.", numbers[verdictMet], numbers[verdictMissed], numbers[verdictReported])
	if len(missed) > 0 {
		text += " Missed:\n\n" + strings.Join(missed, "\n")
	}
	return text
}

// write writes a section with its table, its notes and its plots.
func (s *section) write(text *strings.Builder) error {
	fmt.Fprintf(text, "\n## %s\n\n", s.title)
	if err := writeTable(text, s.rows); err != nil {
		return err
	}
	for _, note := range s.notes {
		fmt.Fprintf(text, "\n%s\n", note)
	}
	for _, p := range s.plots {
		fmt.Fprintf(text, "\n![%s](images/performance/%s)\n", p.caption, p.file)
	}
	return nil
}
