package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// column is one of a table for a terminal of 100 columns.
type column struct {
	title string
	width int
}

func columns() []column {
	return []column{{"", 7}, {"check", 18}, {"docs/oracle.md assumes", 30}, {"the pod said", 33}, {"http", 4}}
}

// gap stands between two columns.
const gap = "  "

// table shows rows as they come.
type table struct{ out io.Writer }

func newTable(out io.Writer) *table {
	t := &table{out}
	var titles []string
	for _, c := range columns() {
		titles = append(titles, c.title)
	}
	t.cells(titles)
	return t
}

func (t *table) heading(title string) { fmt.Fprintf(t.out, "\n%s\n", title) }

func (t *table) row(r row) {
	t.cells([]string{string(r.verdict), r.name, r.assumes, r.said, r.status})
}

// cells writes one row, in as many lines as its longest cell takes.
func (t *table) cells(cells []string) {
	var wrapped [][]string
	height := 0
	for i, c := range columns() {
		wrapped = append(wrapped, wrap(cells[i], c.width))
		height = max(height, len(wrapped[i]))
	}
	for line := range height {
		var parts []string
		for i, c := range columns() {
			part := ""
			if line < len(wrapped[i]) {
				part = wrapped[i][line]
			}
			parts = append(parts, part+strings.Repeat(" ", c.width-utf8.RuneCountInString(part)))
		}
		fmt.Fprintln(t.out, strings.TrimRight(strings.Join(parts, gap), " "))
	}
}

// wrap breaks a text between words, and a word that is too long where the line ends.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for utf8.RuneCountInString(word) > width {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			runes := []rune(word)
			lines, word = append(lines, string(runes[:width])), string(runes[width:])
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
