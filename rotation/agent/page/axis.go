package page

import (
	"cmp"
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// axis is a stretch of time that is drawn from left to right. Places on it are in percent of its width, so that a
// drawing fills a phone as well as a screen.
type axis struct{ from, to time.Time }

// The margins keep what stands at either end inside of the drawing.
const (
	axisMargin = 3.0
	axisWidth  = 100 - 2*axisMargin
)

// newAxis spans the given times, and a little more, so that what is at either end is not on the edge.
func newAxis(times ...time.Time) axis {
	first, last := slices.MinFunc(times, time.Time.Compare), slices.MaxFunc(times, time.Time.Compare)
	room := max(last.Sub(first)/40, time.Minute)
	return axis{from: first.Add(-room), to: last.Add(room)}
}

// at is the place of a time; one beyond an end stands at it.
func (a axis) at(t time.Time) float64 {
	share := float64(t.Sub(a.from)) / float64(a.to.Sub(a.from))
	return axisMargin + axisWidth*min(max(share, 0), 1)
}

// pin is a time on the axis that has a number in the list below.
type pin struct {
	Number int
	Word   string
	At     moment
	Tone   tone
	X      float64
	Lane   int // from 0: above one another where they would hide each other
	time   time.Time
}

// pinGap is how near two pins of a lane may be, in percent of the width; lanes is how many lanes there are.
const (
	pinGap = 7.0
	lanes  = 4
)

// pinned orders the pins by time, numbers them, and spreads them over lanes. Those without a time are left out.
func (a axis) pinned(pins []pin) []pin {
	pins = slices.DeleteFunc(pins, func(p pin) bool { return !p.At.Known })
	slices.SortStableFunc(pins, func(x, z pin) int { return x.time.Compare(z.time) })
	last := [lanes]float64{}
	for i := range last {
		last[i] = -pinGap
	}
	for i := range pins {
		p := &pins[i]
		p.Number, p.X, p.Lane = i+1, a.at(p.time), lanes-1
		for lane, x := range last {
			if p.X-x >= pinGap {
				p.Lane = lane
				break
			}
		}
		last[p.Lane] = p.X
	}
	return pins
}

func pinAt(word string, at *time.Time, now time.Time, t tone) pin {
	if at == nil || at.IsZero() {
		return pin{}
	}
	return pin{Word: word, At: momentOf(at, now), Tone: t, time: *at}
}

// tick is a date or hour under the axis.
type tick struct {
	X     float64
	Label string
}

const maxTicks = 5

// ticks gives a few round times, in UTC: hours and days of a short axis, the first of months of a long one.
func (a axis) ticks() []tick {
	for _, step := range []time.Duration{
		time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
		rotation.Day, 2 * rotation.Day, 7 * rotation.Day,
	} {
		if a.to.Sub(a.from)/step < maxTicks {
			layout := "2 Jan"
			if step < rotation.Day {
				layout = "15:04"
			}
			return a.marks(a.from.UTC().Truncate(step), func(t time.Time) time.Time { return t.Add(step) }, func(t time.Time) string { return t.Format(layout) })
		}
	}
	months := 1
	for _, months = range []int{1, 2, 3, 6, 12, 24, 60, 120} {
		if int(a.to.Sub(a.from)/(30*rotation.Day)) <= maxTicks*months {
			break
		}
	}
	year := a.from.UTC().Year()
	first := time.Date(year-year%max(1, months/12), 1, 1, 0, 0, 0, 0, time.UTC)
	return a.marks(first, func(t time.Time) time.Time { return t.AddDate(0, months, 0) }, func(t time.Time) string {
		if t.Month() == time.January {
			return t.Format("2006")
		}
		return t.Format("Jan")
	})
}

// marks are the times of a series that stand well inside of the axis.
func (a axis) marks(first time.Time, next func(time.Time) time.Time, label func(time.Time) string) []tick {
	var marks []tick
	for t := first; t.Before(a.to); t = next(t) {
		if x := a.at(t); t.After(a.from) && x > 2*axisMargin && x < 100-2*axisMargin {
			marks = append(marks, tick{X: x, Label: label(t)})
		}
	}
	return marks
}

// stretch is a part of a bar.
type stretch struct {
	X, Width float64
	Tone     tone
	Height   int // in pixels; the graver the taller
	Title    string
}

func (a axis) stretch(from, to time.Time, t tone) stretch {
	x := a.at(from)
	return stretch{X: x, Width: max(0, a.at(to)-x), Tone: t, Height: graveness(t)}
}

// graveness makes a tone a height, so that a state over time can be read without its colour.
func graveness(t tone) int {
	switch t {
	case toneCritical:
		return 18
	case toneWarning:
		return 13
	case toneUnknown:
		return 9
	case tonePaused:
		return 7
	case toneOK, toneQuiet:
	}
	return 4
}

// ribbon is the state over time, as the events tell it: each lasts until the next, the last until now.
func (a axis) ribbon(events []estate.Event, now time.Time) []stretch {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(x, z estate.Event) int { return cmp.Or(x.Time.Compare(z.Time), cmp.Compare(x.Seq, z.Seq)) })
	var parts []stretch
	for i, e := range events {
		until := now
		if i+1 < len(events) {
			until = events[i+1].Time
		}
		if !until.After(a.from) || !until.After(e.Time) {
			continue
		}
		part := a.stretch(e.Time, until, stateTone(e.ToState))
		part.Title = stateWord(e.ToState) + " from " + e.Time.UTC().Format("2 Jan 2006, 15:04")
		parts = append(parts, part)
	}
	return seenNow(parts)
}

// leastNow is how wide the last part of a ribbon is at least, in percent: what began a moment ago is what matters most.
const leastNow = 0.9

// seenNow makes the last part wide enough to be seen, at the cost of those before it.
func seenNow(parts []stretch) []stretch {
	if len(parts) == 0 || parts[len(parts)-1].Width >= leastNow {
		return parts
	}
	now := &parts[len(parts)-1]
	now.X, now.Width = max(0, now.X+now.Width-leastNow), min(leastNow, now.X+now.Width)
	for i := range parts[:len(parts)-1] {
		part := &parts[i]
		part.X = min(part.X, now.X)
		part.Width = min(part.Width, now.X-part.X)
	}
	return parts
}
