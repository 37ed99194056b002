package main

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// tableRow finds where the last column of a row begins: columns are at least two spaces apart.
var tableRow = regexp.MustCompile(`^(\S+ {2,})\S`)

// splitLines gives the lines of an output without blank ones around them, and never two blank ones together.
func splitLines(text string) []string {
	text = strings.Trim(text, "\n")
	if text == "" {
		return nil
	}
	return slices.CompactFunc(strings.Split(text, "\n"), func(a, b string) bool { return a == "" && b == "" })
}

// pick keeps the lines whose first word is named, and counts the others; without names it keeps all.
func pick(lines, names []string) (kept []string, left int) {
	if len(names) == 0 {
		return lines, 0
	}
	for _, line := range lines {
		if words := strings.Fields(line); len(words) > 0 && slices.Contains(names, words[0]) {
			kept = append(kept, line)
		} else {
			left++
		}
	}
	return kept, left
}

// hang is the indent of what follows when a line of output is wrapped: below the value of a row, below the text of a
// bullet, or as the line itself.
func hang(line string) string {
	if row := tableRow.FindStringSubmatch(line); row != nil {
		return strings.Repeat(" ", len(row[1]))
	}
	if strings.HasPrefix(line, "* ") {
		return "  "
	}
	return line[:len(line)-len(strings.TrimLeft(line, " "))]
}

// wrap breaks a line between words; what follows the first part begins with the indent. Spaces within a part stay.
func wrap(line string, width int, indent string) []string {
	var parts []string
	for utf8.RuneCountInString(line) > width {
		at := strings.LastIndex(line[:offset(line, width+1)], " ")
		if at <= len(indent) {
			break // one long word
		}
		parts = append(parts, strings.TrimRight(line[:at], " "))
		line = indent + strings.TrimLeft(line[at:], " ")
	}
	return append(parts, line)
}

// wrapCommand shows a command line as it would be typed, with a backslash where it goes on.
func wrapCommand(line string, width int) []string {
	parts := wrap("$ "+line, width, "      ")
	for i := range len(parts) - 1 {
		parts[i] += " \\"
	}
	return parts
}

// clip cuts a line that is too long after a word, and shows that it did.
func clip(line string, width int) string {
	if utf8.RuneCountInString(line) <= width {
		return line
	}
	line = line[:offset(line, width-1)]
	if at := strings.LastIndex(line, " "); at > 0 {
		line = line[:at+1]
	}
	return line + "…"
}

// offset is where the rune number n begins, which the line has.
func offset(line string, n int) int {
	for at := range line {
		if n == 0 {
			return at
		}
		n--
	}
	return len(line)
}
