package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// verdict is how a figure stands to its target.
type verdict string

// The verdicts.
const (
	verdictMet      verdict = "met"
	verdictMissed   verdict = "**missed**"
	verdictReported verdict = "reported" // it has no target
)

// verdicts lists them.
func verdicts() []verdict { return []verdict{verdictMet, verdictMissed, verdictReported} }

// row is one line of the table.
type row struct {
	what     string
	against  string
	target   string
	measured string // the median, or the one figure there is
	spread   string // what half of the rounds lie between; empty where there was one round
	verdict  verdict
}

// goal is what a row wants.
type goal struct {
	held  bool // there is one
	bound bound
	text  string
}

func atLeast(value float64, unit string) goal {
	return goal{true, bound{value: value, least: true}, "at least " + written(value) + unit}
}

func atMost(value float64, unit string) goal {
	return goal{true, bound{value: value}, "at most " + written(value) + unit}
}

func below(value float64, unit string) goal {
	return goal{true, bound{value: value}, "under " + written(value) + unit}
}

// none is the goal of what is only reported.
func none() goal { return goal{text: "–"} }

// judged makes a row of a figure. The unit is written behind numbers.
func judged(what, against string, g goal, f figure, unit string) row {
	r := row{what: what, against: against, target: g.text, measured: written(f.median) + unit, verdict: verdictReported}
	if f.low != f.high {
		r.spread = written(f.low) + " to " + written(f.high)
	}
	if g.held {
		r.verdict = verdictMissed
		if g.bound.met(f.median) {
			r.verdict = verdictMet
		}
	}
	return r
}

// once is the figure of something that was measured once.
func once(value float64) figure { return figure{value, value, value} }

// writeTable writes rows as Markdown whose columns also line up for who reads the text.
func writeTable(w io.Writer, rows []row) error {
	lines := [][]string{{"what", "against", "target", "measured", "half of the rounds", ""}}
	for _, r := range rows {
		lines = append(lines, []string{r.what, r.against, r.target, r.measured, r.spread, string(r.verdict)})
	}
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	for n, line := range lines {
		if err := writeLine(w, line, widths); err != nil {
			return err
		}
		if n == 0 {
			rule := make([]string, len(widths))
			for i, width := range widths {
				rule[i] = strings.Repeat("-", width)
			}
			if err := writeLine(w, rule, widths); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeLine(w io.Writer, cells []string, widths []int) error {
	var line strings.Builder
	for i, cell := range cells {
		line.WriteString("| " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + " ")
	}
	if _, err := fmt.Fprintln(w, line.String()+"|"); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}
