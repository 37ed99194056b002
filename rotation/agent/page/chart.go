package page

import (
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// chart is a drawing over a time axis. The list of its pins says the same in words.
type chart struct {
	ID      string // of the list that says the same
	Summary string // what is drawn, for those who do not see it
	Caption string
	Pins    []pin
	Ticks   []tick
	Now     float64
	Bars    []stretch // the life of the password, if that is drawn
	Ribbon  []stretch // the state over time, if that is drawn
	// The heights of its parts, in pixels from the top.
	PinY                             []int
	BarTop, RibbonFoot, AxisY, Total int
}

// The heights of a chart's parts, in pixels.
const (
	laneHeight   = 24
	barHeight    = 18
	ribbonHeight = 34
	axisHeight   = 26
)

// laid gives each part of a chart its place.
func (c chart) laid() *chart {
	used := 1
	for _, p := range c.Pins {
		used = max(used, p.Lane+1)
	}
	for lane := range used {
		c.PinY = append(c.PinY, (used-1-lane)*laneHeight+laneHeight/2+2)
	}
	y := used*laneHeight + 10
	if len(c.Bars) > 0 {
		c.BarTop = y
		y += barHeight + 6
	}
	if len(c.Ribbon) > 0 {
		y += ribbonHeight - 6
		c.RibbonFoot = y
		y += 6
	}
	c.AxisY = y + 2
	c.Total = c.AxisY + axisHeight
	return &c
}

// Y is the middle of a pin.
func (c *chart) Y(p pin) int { return c.PinY[p.Lane] }

// RibbonTop is where a part of the ribbon begins; they stand on one line.
func (c *chart) RibbonTop(s stretch) int { return c.RibbonFoot - s.Height }

// DateY is the line that the dates stand on.
func (c *chart) DateY() int { return c.AxisY + 17 }

// lifeOf draws the life of a password: when it was set, when the engine rotates it, from when on it warns, and when it
// expires; below that, the state over time. It is nil where too little is known.
func lifeOf(r row, s said, events []estate.Event, now time.Time) *chart {
	times := []time.Time{now}
	pins := []pin{
		pinAt("Password set", s.PasswordSet, now, toneQuiet),
		pinAt("Last rotation", distinct(r.LastRotation, s.PasswordSet), now, toneOK),
		pinAt("Next rotation", r.NextRotation, now, toneOK),
		pinAt("Warning begins", s.warnFrom(r.Expiry), now, toneWarning),
		pinAt("Password expires", r.Expiry, now, toneCritical),
	}
	for _, p := range pins {
		if p.At.Known {
			times = append(times, p.time)
		}
	}
	if len(times) == 1 {
		return nil
	}
	a := newAxis(times...)
	c := chart{
		ID: "life-points", Pins: a.pinned(pins), Ticks: a.ticks(), Now: a.at(now), Ribbon: a.ribbon(events, now),
		Summary: fmt.Sprintf("Time axis of the password from %s to %s", day(a.from), day(a.to)), Caption: lifeWords(r, s, now),
	}
	if s.PasswordSet != nil {
		end := a.to
		if r.Expiry != nil {
			end = *r.Expiry
		}
		c.Bars = append(c.Bars, a.stretch(*s.PasswordSet, end, toneQuiet))
		if warn := s.warnFrom(r.Expiry); warn != nil && warn.Before(end) {
			c.Bars = append(c.Bars, a.stretch(*warn, end, toneWarning))
		}
		spent := end
		if now.Before(end) {
			spent = now
		}
		c.Bars = append(c.Bars, a.stretch(*s.PasswordSet, spent, toneOK))
	}
	return c.laid()
}

// distinct is a time, unless it says the same as another one: what the engine promotes, it dates within seconds.
func distinct(at, other *time.Time) *time.Time {
	if at == nil || other == nil || at.Sub(*other).Abs() >= time.Hour {
		return at
	}
	return nil
}

// lifeWords says how much of a password's life is over.
func lifeWords(r row, s said, now time.Time) string {
	switch {
	case r.Expiry == nil:
		return "No date of expiry is known for this password."
	case !now.Before(*r.Expiry):
		return "The password expired " + relative(*r.Expiry, now) + "."
	case s.PasswordSet == nil || !s.PasswordSet.Before(*r.Expiry):
		return "The password expires " + expiryOf(r, now).Word + "."
	}
	whole, left := int(r.Expiry.Sub(*s.PasswordSet)/rotation.Day), rotation.DaysUntil(*r.Expiry, now)
	return fmt.Sprintf("%d of %s of the password's life are left.", left, count(whole, "day", "days"))
}

// checksOf draws when the engine looked last, and when it does next.
func checksOf(r row, now time.Time) *chart {
	pins := []pin{
		pinAt("Last accepted login", distinctMinute(r.LastSuccess, r.LastCheck), now, toneOK),
		pinAt("Last check", r.LastCheck, now, toneQuiet),
		pinAt("Next check", r.NextCheck, now, toneOK),
	}
	if g := guardRank(r, now); g == guardHolds {
		pins = append(pins, pinAt("Hold ends", r.HeldUntil, now, toneWarning))
	}
	times := []time.Time{now}
	for _, p := range pins {
		if p.At.Known {
			times = append(times, p.time)
		}
	}
	if len(times) == 1 {
		return nil
	}
	a := newAxis(times...)
	c := chart{
		ID: "check-points", Pins: a.pinned(pins), Ticks: a.ticks(), Now: a.at(now),
		Summary: fmt.Sprintf("Time axis of the checks from %s to %s", hour(a.from), hour(a.to)), Caption: checkWords(r, now),
	}
	return c.laid()
}

// distinctMinute leaves a time out that is another one but for the seconds that a check takes.
func distinctMinute(at, other *time.Time) *time.Time {
	if at == nil || other == nil || at.Sub(*other).Abs() >= time.Minute {
		return at
	}
	return nil
}

func checkWords(r row, now time.Time) string {
	switch {
	case r.NextCheck == nil:
		return "No check is scheduled."
	case !now.Before(*r.NextCheck):
		return "The next check is due since " + span(now.Sub(*r.NextCheck)) + "."
	}
	return "The next check is " + relative(*r.NextCheck, now) + "."
}

func day(t time.Time) string  { return t.UTC().Format("2 Jan 2006") }
func hour(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") }
