package main

import "strings"

// section is what one part found.
type section struct {
	title string
	rows  []row
	notes []string // paragraphs, below the rows
	plots []picture
}

// picture is a plot and what is said below it.
type picture struct {
	file, caption string
}

// findings are all sections, in the order in which they were measured.
type findings struct {
	sections []*section
	plots    string // the directory for plots
}

// begin begins a section; what is found then belongs to it.
func (f *findings) begin(title string) { f.sections = append(f.sections, &section{title: title}) }

func (f *findings) current() *section { return f.sections[len(f.sections)-1] }

func (f *findings) add(rows ...row) { f.current().rows = append(f.current().rows, rows...) }

// say adds a paragraph.
func (f *findings) say(sentences ...string) {
	f.current().notes = append(f.current().notes, strings.Join(sentences, " "))
}
