package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a container may have no time zones of its own, and quiet hours need them
)

// QuietHours is a span of the day in which a receiver is not disturbed. Where it ends before it begins it ends on the
// next day, and belongs to the day on which it began.
type QuietHours struct {
	From     TimeOfDay `yaml:"from"`
	To       TimeOfDay `yaml:"to"`
	Days     []Day     `yaml:"days"`      // on which it begins; none: every day
	TimeZone string    `yaml:"time_zone"` // of the IANA database; never Local
}

// TimeOfDay is a time on the clock, in minutes after midnight: 0 to 1440. It is written HH:MM, and 24:00 is the end of a day.
type TimeOfDay int

const (
	endOfDay   = TimeOfDay(24 * 60)
	noTimeSaid = TimeOfDay(-1) // while a file is read: the key is not there
)

// setDefaults tells a time that is missing from midnight.
func (q *QuietHours) setDefaults() { q.From, q.To = noTimeSaid, noTimeSaid }

var clockText = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])$|^24:00$`)

// UnmarshalText reads HH:MM.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	if !clockText.Match(text) {
		return errors.New("is not a time of day: write it as HH:MM, such as 07:30")
	}
	hours, minutes, _ := strings.Cut(string(text), ":")
	h, _ := strconv.Atoi(hours) // digits, or the expression had not matched
	m, _ := strconv.Atoi(minutes)
	*t = TimeOfDay(h*60 + m)
	return nil
}

// String writes HH:MM.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// Day is a day of the week, numbered as time.Weekday and written mon to sun.
type Day time.Weekday

// dayNames is in the order of time.Weekday.
func dayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// UnmarshalText reads mon to sun.
func (d *Day) UnmarshalText(text []byte) error {
	for i, name := range dayNames() {
		if name == string(text) {
			*d = Day(i)
			return nil
		}
	}
	return errors.New("is not a day: write mon, tue, wed, thu, fri, sat or sun")
}

// String writes mon to sun.
func (d Day) String() string { return dayNames()[d] }
