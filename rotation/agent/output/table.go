package output

import (
	"fmt"
	"io"
	"strings"
)

// gap is what stands between two columns.
const gap = "  "

// table is rows below a line of headings.
type table struct {
	headings []string
	rows     []row
	// dispensable columns, by heading, are left out, the last first, where the table is too wide for its place.
	dispensable []string
}

type row struct {
	cells  []string
	colour colour
}

// colour is an escape sequence that begins it; empty: none.
type colour string

const (
	red    colour = "\x1b[31m"
	yellow colour = "\x1b[33m"
	cyan   colour = "\x1b[36m"
	green  colour = "\x1b[32m"
	reset         = "\x1b[0m"
)

// write writes the table: columns as wide as their widest cell, the last one ragged.
func (t table) write(w io.Writer, style Style) error {
	kept := t.fitting(style.Width)
	widths := t.widths()
	var text strings.Builder
	t.line(&text, row{cells: t.headings}, kept, widths)
	for _, r := range t.rows {
		if !style.Colour {
			r.colour = ""
		}
		t.line(&text, r, kept, widths)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func (t table) line(text *strings.Builder, r row, kept, widths []int) {
	var cells []string
	for _, column := range kept {
		cells = append(cells, pad(r.cells[column], widths[column]))
	}
	line := strings.TrimRight(strings.Join(cells, gap), " ")
	if r.colour != "" {
		line = string(r.colour) + line + reset
	}
	fmt.Fprintln(text, line)
}

func (t table) widths() []int {
	widths := make([]int, len(t.headings))
	for column, heading := range t.headings {
		widths[column] = columns(heading)
		for _, r := range t.rows {
			widths[column] = max(widths[column], columns(r.cells[column]))
		}
	}
	return widths
}

// fitting gives the columns that are shown: those with anything in them, and of these what fits into the bound.
func (t table) fitting(bound int) []int {
	widths := t.widths()
	var kept []int
	for column := range t.headings {
		if t.filled(column) || !t.isDispensable(column) {
			kept = append(kept, column)
		}
	}
	for i := len(kept) - 1; i > 0 && bound > 0 && total(kept, widths) > bound; i-- {
		if t.isDispensable(kept[i]) {
			kept = append(kept[:i], kept[i+1:]...)
		}
	}
	return kept
}

func total(kept, widths []int) int {
	sum := len(gap) * (len(kept) - 1)
	for _, column := range kept {
		sum += widths[column]
	}
	return sum
}

func (t table) isDispensable(column int) bool {
	for _, heading := range t.dispensable {
		if t.headings[column] == heading {
			return true
		}
	}
	return false
}

func (t table) filled(column int) bool {
	for _, r := range t.rows {
		if r.cells[column] != "" && r.cells[column] != unknownCell {
			return true
		}
	}
	return false
}
