package output

import (
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// unknownCell stands where there is nothing to say: what is not known is never a date.
const unknownCell = "-"

// span is a length of time in the largest unit that tells it well, rounded down.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d/time.Second))
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 2*rotation.Day:
		return fmt.Sprintf("%dh", int(d/time.Hour))
	}
	return fmt.Sprintf("%dd", int(d/rotation.Day))
}

// ago is a past time, seen from now.
func ago(at *time.Time, now time.Time) string {
	if at == nil {
		return unknownCell
	}
	return span(max(0, now.Sub(*at))) + " ago"
}

// ahead is a time to come, seen from now; what is past is due.
func ahead(at *time.Time, now time.Time) string {
	switch {
	case at == nil:
		return unknownCell
	case !at.After(now):
		return "due"
	}
	return "in " + span(at.Sub(now))
}

// expiry is a date in UTC, and how far it is.
func expiry(s estate.Status, now time.Time) string {
	if s.Expiry == nil {
		return unknownCell
	}
	distance := "in " + span(s.Expiry.Sub(now))
	if !now.Before(*s.Expiry) {
		distance = ago(s.Expiry, now)
	}
	return s.Expiry.UTC().Format(time.DateOnly) + ", " + distance
}
