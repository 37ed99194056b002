package rotation

import (
	"errors"
	"hash/fnv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

const (
	// spreadShare is the part of a period or of the gap between two cron slots over which integrations
	// are spread.
	spreadShare = 10
	// maxCronSpread keeps a spread check close to the minute that people wrote down.
	maxCronSpread = 15 * time.Minute
	// maxCron bounds a cron expression; the longest useful one lists every minute of an hour.
	maxCron = 256
)

// errCron is what every refused expression says: the rule, with an example.
var errCron = errors.New("must be a cron expression of five fields in UTC (minute hour day month weekday), such as 0 6 * * 1-5, without TZ=")

// errCronNever is said of an expression like 0 0 30 2 *.
var errCronNever = errors.New("never comes: no date matches the cron expression")

// ParseCron reads a five-field cron expression in UTC.
//
// Time zone prefixes are refused before the parser sees them: robfig/cron v3.0.1 panics on "TZ=0"
// (TestParseCronRefusesWhatPanicsTheParser).
func ParseCron(text string) (cron.Schedule, error) {
	if len(text) > maxCron || strings.ContainsAny(text, "=@") || len(strings.Fields(text)) != 5 {
		return nil, errCron
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	schedule, err := parser.Parse(text)
	if err != nil {
		return nil, errCron
	}
	if schedule.Next(time.Unix(0, 0).UTC()).IsZero() {
		return nil, errCronNever
	}
	return schedule, nil
}

// ScheduleKey names the schedule, so that a stored time shows whether it was computed from this one.
func (p Policy) ScheduleKey() string {
	if p.CheckSchedule != "" {
		return "cron " + p.CheckSchedule
	}
	return "period " + p.CheckPeriod.String()
}

// NextSlot is when an integration that was last scheduled at base is checked next. Integrations are
// spread by their name alone, so that the same question always has the same answer: with a period earlier
// by up to a tenth of it, with cron later by up to a tenth of the gap to the following slot.
func (p Policy) NextSlot(name string, base time.Time) time.Time {
	if p.CheckSchedule == "" {
		return base.Add(p.CheckPeriod - spread(name, p.CheckPeriod/spreadShare)).UTC()
	}
	schedule, err := ParseCron(p.CheckSchedule)
	if err != nil {
		return time.Time{} // cannot be stored: Validate refuses it
	}
	// A slot that has passed may still lie ahead for this name, by its spread.
	slot := schedule.Next(base.Add(-maxCronSpread).UTC())
	for !slot.IsZero() {
		following := schedule.Next(slot)
		if following.IsZero() {
			following = slot
		}
		if at := slot.Add(spread(name, min(following.Sub(slot)/spreadShare, maxCronSpread))); at.After(base) {
			return at
		}
		slot = schedule.Next(slot)
	}
	return time.Time{}
}

// spread maps a name to a duration from 0 up to, but not including, width.
func spread(name string, width time.Duration) time.Duration {
	if width <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return time.Duration(h.Sum64() % uint64(width)) //nolint:gosec // G115: the remainder is below width
}
