package notify

import (
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// Quiet says whether a receiver is not to be disturbed now. It reads the clock on the wall: where that is put forward or
// back, quiet hours are an hour shorter or longer, as people's nights are. A time zone that is not known is never quiet;
// the configuration refuses one.
func Quiet(hours []config.QuietHours, now time.Time) bool {
	return slices.ContainsFunc(hours, func(span config.QuietHours) bool {
		zone, err := time.LoadLocation(span.TimeZone)
		return err == nil && within(span, now.In(zone))
	})
}

func within(span config.QuietHours, wall time.Time) bool {
	at := config.TimeOfDay(wall.Hour()*60 + wall.Minute())
	today, yesterday := config.Day(wall.Weekday()), config.Day((wall.Weekday()+6)%7)
	if span.From <= span.To {
		return begins(span, today) && at >= span.From && at < span.To
	}
	return begins(span, today) && at >= span.From || begins(span, yesterday) && at < span.To
}

func begins(span config.QuietHours, day config.Day) bool {
	return len(span.Days) == 0 || slices.Contains(span.Days, day)
}
