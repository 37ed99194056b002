package main

import (
	"fmt"
	"strings"
	"time"
)

// markdown writes rows as a page that can be shown to others.
func markdown(began time.Time, rows []row, s *session) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What a pod said, %s\n\n", began.UTC().Format(time.DateOnly))
	fmt.Fprintf(&b, "Written by `make pod-test`, which compares a pod with docs/oracle.md. %s\n", summary(rows, s))
	if s.over != "" {
		fmt.Fprintf(&b, "\nThe run ended early: %s.\n", inCell(s.hidden.scrubbed(s.over)))
	}
	fmt.Fprint(&b, "\n| date | check | question | the page assumes | the pod said | agrees | HTTP | headers |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		cells := []string{
			r.at.UTC().Format(time.RFC3339), "`" + r.name + "`", r.question, r.assumes, r.said, inWord(r.verdict), r.status,
			strings.Join(r.headers, "; "),
		}
		for i, cell := range cells {
			cells[i] = inCell(cell)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String()
}

func inWord(v verdict) string {
	switch v {
	case agrees:
		return "yes"
	case differs:
		return "**no**"
	case open:
	}
	return "open"
}

// inCell keeps a text from ending its cell or becoming markup of its own.
func inCell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;").Replace(text)
}
