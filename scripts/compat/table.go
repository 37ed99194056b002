package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// verdict is what came of a Vault, in a word.
func (t trial) verdict() string {
	switch {
	case t.passed():
		return "passed"
	case t.err != nil && len(t.failed) == 0:
		return "not run"
	default:
		return "FAILED"
	}
}

// writeTable tells what came of each Vault, and then why it failed and what was skipped.
func writeTable(out io.Writer, trials []trial) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nvault\tresult\tduration\tpassed\tfailed\tskipped")
	for _, t := range trials {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\n", t.version, t.verdict(), t.took.Round(time.Second), t.result.passed,
			len(t.failed), len(t.skipped))
	}
	_ = w.Flush() // a terminal that is gone can't be told so
	for _, t := range trials {
		if t.err != nil {
			fmt.Fprintf(out, "\n%s: %v\n", t.version, t.err)
		}
		if len(t.failed) > 0 {
			fmt.Fprintf(out, "\n%s failed: %s\n", t.version, strings.Join(t.failed, ", "))
		}
	}
	for _, s := range skips(trials) {
		fmt.Fprintf(out, "\n%s skipped on %s: %s\n", s.test, strings.Join(s.versions, ", "), s.why)
	}
}

// skipped is a test that was left out for one reason, on one Vault or several.
type skipped struct {
	skip
	versions []string
}

// skips puts together what was skipped for the same reason, in the order in which it first was.
func skips(trials []trial) []skipped {
	var all []skipped
	for _, t := range trials {
	next:
		for _, s := range t.skipped {
			for i := range all {
				if all[i].skip == s {
					all[i].versions = append(all[i].versions, t.version)
					continue next
				}
			}
			all = append(all, skipped{s, []string{t.version}})
		}
	}
	return all
}
