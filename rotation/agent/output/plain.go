package output

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Line is a text as it may be shown: plain, on one line.
func Line(text string) string { return plain(text) }

// plain is a text on one line, without anything that steers a terminal: control characters, and those that turn the
// direction of writing. Every run of white space becomes one space.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Join(strings.Fields(text), " ")
}

// columns is how many columns of a terminal a text fills.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.Neutral, width.EastAsianAmbiguous, width.EastAsianNarrow, width.EastAsianHalfwidth:
	}
	return 1
}

// pad fills a text with spaces on its right.
func pad(text string, to int) string {
	return text + strings.Repeat(" ", max(0, to-columns(text)))
}

// clip cuts a text that is too long, and shows that it did.
func clip(text string, to int) string {
	if columns(text) <= to {
		return text
	}
	used := 1 // the dots
	for i, r := range text {
		used += runeColumns(r)
		if used > to {
			return text[:i] + "…"
		}
	}
	return text
}

// wrap breaks a text between words, so that no line is wider than the bound; 0 is none. Every line is indented.
func wrap(text, indent string, bound int) string {
	if bound == 0 {
		return indent + text
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = indent + word
		case columns(line)+1+columns(word) > bound:
			lines, line = append(lines, line), indent+word
		default:
			line += " " + word
		}
	}
	return strings.Join(append(lines, line), "\n")
}
