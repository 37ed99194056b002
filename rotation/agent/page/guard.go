package page

import (
	"fmt"
	"strings"
	"time"
)

// guard is what the lockout guard does to an account now.
type guard struct {
	Word   string
	Until  moment // the hold's end; not known while it waits for a person
	Detail string // what was counted; may be empty
	Tone   tone
}

// The ranks of a guard, the most urgent first.
const (
	guardWaits = iota // for a person
	guardHolds        // until a time
	guardCounts
	guardFree
)

// guardRank is how urgent what the guard does is. A hold whose end has passed is over, though the engine, which does not
// report what only counts down, has not said so yet.
func guardRank(r row, now time.Time) int {
	switch {
	case r.Held && r.HeldUntil == nil:
		return guardWaits
	case r.Held && now.Before(*r.HeldUntil):
		return guardHolds
	case r.Refused > 0 || r.Foreign != nil && *r.Foreign > 0:
		return guardCounts
	}
	return guardFree
}

func guardOf(r row, now time.Time) guard {
	told := counted(r)
	g := guard{Detail: strings.Join(told, ", ")}
	switch guardRank(r, now) {
	case guardWaits:
		g.Word, g.Tone = "waits for a person", toneCritical
	case guardHolds:
		g.Word, g.Tone, g.Until = "holds back", toneWarning, momentOf(r.HeldUntil, now)
	case guardCounts:
		g.Word, g.Detail, g.Tone = told[0], strings.Join(told[1:], ", "), toneWarning
	default:
		g.Word, g.Tone = "free", toneQuiet
	}
	return g
}

// counted is what has been counted of refused logins, in words.
func counted(r row) []string {
	var said []string
	if r.Refused > 0 {
		said = append(said, count(r.Refused, "refused login", "refused logins"))
	}
	if r.Foreign != nil && *r.Foreign > 0 {
		said = append(said, fmt.Sprintf("%d refused to others", *r.Foreign))
	}
	if r.AttemptsLeft != nil && len(said) > 0 {
		said = append(said, fmt.Sprintf("%d left before a lock", *r.AttemptsLeft))
	}
	return said
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// grouped writes a number with commas between its thousands.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
