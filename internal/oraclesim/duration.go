package oraclesim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// maxDays is the longest whole number of days that a time.Duration holds.
const maxDays = int64(1<<63-1) / int64(day)

// ParseDuration reads a Go duration such as 90m, or whole days such as 80d.
func ParseDuration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 64)
		if err == nil && n <= maxDays && n >= -maxDays {
			return time.Duration(n) * day, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration: use one such as 90m, 2h30m or 80d", text)
	}
	return d, nil
}

// span is a duration on the control port: written and read as text.
type span time.Duration

func (s *span) UnmarshalText(text []byte) error {
	d, err := ParseDuration(string(text))
	*s = span(d)
	return err
}

func (s span) MarshalText() ([]byte, error) {
	d := time.Duration(s)
	if d != 0 && d%day == 0 {
		return []byte(strconv.FormatInt(int64(d/day), 10) + "d"), nil
	}
	return []byte(d.String()), nil
}

// life is the life of a password on the control port: a span, or "never".
type life time.Duration

// never is NeverExpires as text.
const never = "never"

func (l *life) UnmarshalText(text []byte) error {
	if string(text) == never {
		*l = life(NeverExpires)
		return nil
	}
	var s span
	err := s.UnmarshalText(text)
	*l = life(s)
	return err
}

func (l life) MarshalText() ([]byte, error) {
	if time.Duration(l) == NeverExpires {
		return []byte(never), nil
	}
	return span(l).MarshalText()
}
