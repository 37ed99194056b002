package page

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// drawn is a time within some years of now, as an engine might say it, or none.
func drawn(t *rapid.T, label string) *time.Time {
	if rapid.Bool().Draw(t, label+" is known") {
		at := now.Add(time.Duration(rapid.Int64Range(-6*365*86400, 6*365*86400).Draw(t, label)) * time.Second)
		return &at
	}
	return nil
}

// Whatever the engine says, what is drawn stays inside of the drawing, in the order of time, and can be told apart.
func TestADrawingHoldsWhateverTheEngineSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := row{mount: &estate.Mount{}, Status: &estate.Status{
			Expiry: drawn(t, "expiry"), LastRotation: drawn(t, "last rotation"), NextRotation: drawn(t, "next rotation"),
			LastCheck: drawn(t, "last check"), LastSuccess: drawn(t, "last success"), NextCheck: drawn(t, "next check"),
			Held: true, HeldUntil: drawn(t, "held until"),
		}}
		s := said{PasswordSet: drawn(t, "set"), Rules: &rules{Warning: rapid.Int64Range(0, 400*86400).Draw(t, "warning")}}
		var events []estate.Event
		for i := range rapid.IntRange(0, 6).Draw(t, "events") {
			at := drawn(t, "event")
			if at == nil {
				at = &now
			}
			events = append(events, estate.Event{Seq: int64(i), Time: *at, ToState: rapid.SampledFrom(rotation.States()).Draw(t, "state")})
		}
		for _, c := range []*chart{lifeOf(r, s, events, now), checksOf(r, now)} {
			if c != nil {
				holds(t, c)
			}
		}
	})
}

func holds(t *rapid.T, c *chart) {
	inside := func(what string, x float64) {
		if math.IsNaN(x) || x < 0 || x > 100 {
			t.Fatalf("%s stands at %v", what, x)
		}
	}
	inside("now", c.Now)
	for i, p := range c.Pins {
		inside(p.Word, p.X)
		if p.Number != i+1 || i > 0 && p.time.Before(c.Pins[i-1].time) {
			t.Fatalf("%s has the number %d", p.Word, p.Number)
		}
		if y := c.Y(p); y < laneHeight/2 || y >= c.AxisY {
			t.Fatalf("%s stands at %d of %d", p.Word, y, c.AxisY)
		}
		for _, other := range c.Pins[:i] {
			if len(c.Pins) <= lanes && other.Lane == p.Lane && p.X-other.X < pinGap {
				t.Fatalf("%s hides %s", p.Word, other.Word)
			}
		}
	}
	if len(c.Ticks) > maxTicks+2 {
		t.Fatalf("there are %d dates", len(c.Ticks))
	}
	for i, mark := range c.Ticks {
		inside(mark.Label, mark.X)
		if i > 0 && mark.X <= c.Ticks[i-1].X {
			t.Fatalf("the dates are %v", c.Ticks)
		}
	}
	for _, part := range append(c.Bars, c.Ribbon...) {
		inside(part.Title, part.X)
		inside(part.Title, part.X+part.Width)
		if part.Width < 0 {
			t.Fatalf("a part is %v wide", part.Width)
		}
	}
	for i := 1; i < len(c.Ribbon); i++ {
		if gap := c.Ribbon[i].X - c.Ribbon[i-1].X - c.Ribbon[i-1].Width; gap < -0.001 {
			t.Fatalf("two states are drawn at one time: %v", c.Ribbon)
		}
	}
}

func TestTheLifeOfAPassword(t *testing.T) {
	m := mounted(t, "m", nil, well("gl"))
	r := row{Status: &m.Statuses[0], mount: &m}
	c := lifeOf(r, readSaid(r.Status), story(), now)
	var words []string
	for _, p := range c.Pins {
		words = append(words, p.Word)
	}
	if got, want := strings.Join(words, ", "), "Password set, Next rotation, Warning begins, Password expires"; got != want {
		t.Errorf("it shows %s", got)
	}
	if c.Caption != "36 of 90 days of the password's life are left." {
		t.Errorf("it says %q", c.Caption)
	}
	set, expires, spent := c.Pins[0].X, c.Pins[3].X, c.Bars[2]
	if math.Abs(c.Bars[0].X-set) > 0.01 || math.Abs(c.Bars[0].X+c.Bars[0].Width-expires) > 0.01 || math.Abs(spent.X+spent.Width-c.Now) > 0.01 {
		t.Errorf("the life is drawn from %v, over %v", c.Bars[0], spent)
	}
	if last := c.Ribbon[len(c.Ribbon)-1]; last.Tone != toneCritical || math.Abs(last.X+last.Width-c.Now) > 0.01 || last.Height <= c.Ribbon[0].Height {
		t.Errorf("it is now %+v", last)
	}
}

func TestWhatALifeIsSaidToBe(t *testing.T) {
	set, soon, past := now.Add(-80*day24), now.Add(10*day24), now.Add(-3*day24)
	for name, tt := range map[string]struct {
		set, expiry *time.Time
		want        string
	}{
		"no date":        {&set, nil, "No date of expiry is known for this password."},
		"past":           {&set, &past, "The password expired 3 days ago."},
		"set not known":  {nil, &soon, "The password expires in 10 days."},
		"both":           {&set, &soon, "10 of 90 days of the password's life are left."},
		"set after it":   {&soon, &soon, "The password expires in 10 days."},
		"nothing at all": {nil, nil, "No date of expiry is known for this password."},
	} {
		if got := lifeWords(row{Status: &estate.Status{Expiry: tt.expiry}}, said{PasswordSet: tt.set}, now); got != tt.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRoundTimesUnderAnAxis(t *testing.T) {
	for length, want := range map[time.Duration]string{
		10 * time.Minute: "09:45 09:50", time.Hour: "09:45 10:00 10:15 10:30", 20 * time.Hour: "12:00 18:00 00:00", 3 * day24: "24 Nov 25 Nov 26 Nov",
		20 * day24: "30 Nov 7 Dec", 90 * day24: "Dec 2027 Feb", 400 * day24: "2027 Apr Jul Oct", 1500 * day24: "2028 2029 2030", 9000 * day24: "2030 2035 2040 2045 2050",
	} {
		var got []string
		for _, mark := range (axis{from: now, to: now.Add(length)}).ticks() {
			got = append(got, mark.Label)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("under %s stand %s", length, strings.Join(got, " "))
		}
	}
}

func TestADrawingSaysTheSameInWords(t *testing.T) {
	page := mixed(t).page(t, lockedPage)
	for _, figure := range elements(page, "figure") {
		numbers, list := classed(figure, "digit"), elements(classed(figure, "key")[0], "li")
		if len(numbers) == 0 || len(list) != len(numbers)+1 {
			t.Errorf("%d times are drawn, and %d listed", len(numbers), len(list)-1)
		}
		for _, item := range list[:len(list)-1] {
			if len(elements(item, "time")) != 1 {
				t.Errorf("%q has no time", text(item))
			}
		}
		if text(elements(figure, "figcaption")[0]) == "" {
			t.Error("a drawing has no caption")
		}
	}
}

// What began a moment ago is what a reader looks for.
func TestTheStateNowIsSeenHoweverShortItIs(t *testing.T) {
	events := append(story(), estate.Event{Seq: 10, Time: now.Add(-time.Minute), FromState: rotation.StateLocked, ToState: rotation.StateExpiring})
	a := newAxis(now.Add(-90*day24), now)
	parts := a.ribbon(events, now)
	last := parts[len(parts)-1]
	if last.Tone != toneWarning || last.Width < leastNow-0.001 || math.Abs(last.X+last.Width-a.at(now)) > 0.001 {
		t.Errorf("it is drawn at %v, %v wide, as %s", last.X, last.Width, last.Tone)
	}
	for _, part := range parts[:len(parts)-1] {
		if part.Width < 0 || part.X+part.Width > last.X+0.001 {
			t.Errorf("%s reaches into it: %v", part.Title, part)
		}
	}
}
