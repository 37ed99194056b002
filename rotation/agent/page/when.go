package page

import (
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// moment is a time as the page shows it: to a machine, to a reader, and how far off it is.
type moment struct {
	Known    bool
	Machine  string // RFC 3339, for <time datetime>
	Text     string // in UTC, for people
	Short    string // where room is scarce and the relative time stands beside it
	Relative string
	Past     bool
}

// momentOf is a moment; not known where the engine did not say it.
func momentOf(at *time.Time, now time.Time) moment {
	if at == nil || at.IsZero() {
		return moment{}
	}
	utc := at.UTC()
	return moment{
		Known: true, Machine: utc.Format(time.RFC3339), Text: utc.Format("2 Jan 2006, 15:04"), Short: short(utc, now.UTC()),
		Relative: relative(utc, now), Past: !utc.After(now),
	}
}

func momentAt(at, now time.Time) moment { return momentOf(&at, now) }

// short leaves out what is the same as now, or too far off to matter.
func short(at, now time.Time) string {
	switch {
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format("15:04") + " today"
	case at.Sub(now).Abs() < 7*rotation.Day:
		return at.Format("2 Jan, 15:04")
	case at.Sub(now).Abs() < 300*rotation.Day:
		return at.Format("2 Jan")
	}
	return at.Format("2 Jan 2006")
}

// relative says how far off a time is, in the largest unit of which there is at least one and a half, rounded down.
func relative(at, now time.Time) string {
	away := at.Sub(now)
	words := span(away.Abs())
	switch {
	case away.Abs() < time.Minute && away <= 0:
		return "just now"
	case away.Abs() < time.Minute:
		return "in less than a minute"
	case away < 0:
		return words + " ago"
	}
	return "in " + words
}

// span is a length of time in one unit, rounded down. Up to two of a unit are told in the next smaller one, where the
// difference matters: 36 hours are not "1 day".
func span(d time.Duration) string {
	units := []struct {
		length    time.Duration
		one, many string
		from      int // counted in it from so many on
	}{
		{365 * rotation.Day, "year", "years", 2},
		{30 * rotation.Day, "month", "months", 4},
		{rotation.Day, "day", "days", 2},
		{time.Hour, "hour", "hours", 2},
		{time.Minute, "minute", "minutes", 1},
	}
	for _, unit := range units {
		if n := int(d / unit.length); n >= unit.from {
			return count(n, unit.one, unit.many)
		}
	}
	return "less than a minute"
}

// expiry is how long a password has, in words.
type expiry struct {
	At   moment
	Days int    // whole days of 24 hours, rounded down; negative: past
	Word string // such as "in 12 days" or "3 days ago"
	Tone tone
}

// expiryOf counts days anew: the engine does not report what only counts down. Within the last day it tells hours.
func expiryOf(r row, now time.Time) expiry {
	if r.Expiry == nil || r.Expiry.IsZero() {
		return expiry{Word: "no date known", Tone: toneQuiet}
	}
	e := expiry{At: momentOf(r.Expiry, now), Days: rotation.DaysUntil(*r.Expiry, now), Tone: toneQuiet}
	e.Word = e.At.Relative
	switch {
	case e.Days < 0:
		e.Tone = toneCritical
	case e.Days >= 0 && e.Days < 2*365 && e.Days > 1:
		e.Word = "in " + count(e.Days, "day", "days")
	}
	if e.Days >= 0 && e.Days <= soonDays {
		e.Tone = toneWarning
	}
	return e
}

// soonDays is from when on a date of expiry is coloured, whatever the policy's warning: a colour, not a verdict.
const soonDays = 7
