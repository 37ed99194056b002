package rotation_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// crons are dense and rare, regular and not.
var crons = []string{
	"* * * * *", "*/7 * * * *", "0 * * * *", "30 2 * * *", "0 2 * * 1-5", "0 0 1 * *", "0 0 1,2,15 * *", "0 0 1 1 *", "* 0 1 1 *", "0 0 29 2 *",
	"59 23 31 12 *", "0 6 13 * 5", "0 0 31 1,12 *",
}

func lasting(rt *rapid.T, label string, shortest, longest time.Duration) time.Duration {
	d := time.Duration(rapid.Int64Range(int64(shortest), int64(longest)).Draw(rt, label))
	if rapid.IntRange(0, 9).Draw(rt, label+" is extreme") == 0 {
		d = rapid.SampledFrom([]time.Duration{shortest, longest}).Draw(rt, label)
	}
	return d
}

// anyRotation draws a policy that Validate permits.
func anyRotation(rt *rapid.T) rotation.Policy {
	longest := rapid.SampledFrom([]time.Duration{time.Hour, rotation.Day, 365 * rotation.Day, rotation.MaxPeriod}).Draw(rt, "scale")
	p := rotation.DefaultPolicy()
	switch rapid.IntRange(0, 2).Draw(rt, "schedule") {
	case 0:
		p.RotationPeriod = lasting(rt, "period", rotation.MinPeriod, longest)
	case 1:
		p.RotationSchedule = rapid.SampledFrom(crons).Draw(rt, "cron")
		if rapid.Bool().Draw(rt, "has a window") {
			p.RotationWindow = lasting(rt, "window", time.Hour, max(2*time.Hour, longest))
		}
	}
	if rapid.Bool().Draw(rt, "before expiry") {
		p.ExpiryWarning, p.PasswordMaxAge = 0, lasting(rt, "age", 2*rotation.MinPeriod, rotation.MaxPeriod)
		p.RotateBeforeExpiry = lasting(rt, "ahead", rotation.MinPeriod, p.PasswordMaxAge-rotation.MinPeriod)
	}
	if err := p.Validate(); err != nil {
		rt.Fatalf("the test draws a policy that is refused: %v", err)
	}
	return p
}

// anyBasis draws what may be known of a password, as far as a clock that never steps would store it, and a now.
func anyBasis(rt *rapid.T) (rotation.RotationBasis, time.Time) {
	b := rotation.RotationBasis{Name: rapid.SampledFrom(someNames()).Draw(rt, "name"), Rotated: rapid.Bool().Draw(rt, "rotated")}
	year := rapid.SampledFrom([]int{1970, 2026, 2027, 2095, 2099, 9800, 9999}).Draw(rt, "year")
	b.Last = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Add(lasting(rt, "last", 0, 364*rotation.Day))
	now := b.Last.Add(lasting(rt, "since", 0, rapid.SampledFrom([]time.Duration{time.Hour, rotation.Day, 100 * 365 * rotation.Day}).Draw(rt, "since when")))
	if rapid.Bool().Draw(rt, "expires") {
		b.Set = b.Last.Add(-lasting(rt, "set", 0, 400*rotation.Day))
		b.Expiry = b.Set.Add(lasting(rt, "life", 0, rotation.MaxPeriod))
	}
	if rapid.Bool().Draw(rt, "is held back") {
		b.NotBefore = now.Add(lasting(rt, "not before", -rotation.Day, 30*rotation.Day))
	}
	return b, now
}

func TestNextRotationProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := anyRotation(rt)
		b, now := anyBasis(rt)
		next := p.NextRotation(b, now)
		if again := p.NextRotation(b, now); !again.Equal(next) {
			rt.Fatalf("%v, and asked again %v", next, again)
		}
		if p.RotationKey() == "" && !next.IsZero() {
			rt.Fatalf("without a schedule it is %v", next)
		}
		if due := p.RotationDue(b, now); due && (next.IsZero() || next.After(now)) {
			rt.Fatalf("due at %v, before %v", now, next)
		}
		off := p
		off.DisableAutomatedRotation = true
		if got := off.NextRotation(b, now); !got.IsZero() {
			rt.Fatalf("disabled, it is %v", got)
		}
		if next.IsZero() {
			return
		}
		if next.Before(b.Last) || next.Before(b.NotBefore) || next.Year() > 9999 || next.Location() != time.UTC {
			rt.Fatalf("next is %v", next)
		}
		if _, err := next.MarshalJSON(); err != nil {
			rt.Fatalf("%v cannot be stored: %v", next, err)
		}
		bounds(rt, p, b, now, next)
	})
}

// bounds holds a next rotation against each of the policy's reasons, by the contract's own words.
func bounds(rt *rapid.T, p rotation.Policy, b rotation.RotationBasis, now, next time.Time) {
	from := b.Last
	if b.NotBefore.After(from) {
		from = b.NotBefore
	}
	if p.RotationPeriod > 0 && p.RotateBeforeExpiry == 0 {
		ideal := b.Last.Add(p.RotationPeriod)
		if next.Before(ideal.Add(-p.RotationPeriod/10)) || next.After(ideal) && next.After(from) {
			rt.Fatalf("%v is not within a tenth before %v", next, ideal)
		}
	}
	if p.RotationSchedule == "" || p.RotateBeforeExpiry != 0 {
		return
	}
	slot := slotOf(next, slotsOf(rt, p.RotationSchedule))
	if p.RotationWindow > 0 && next.Sub(slot) >= p.RotationWindow {
		rt.Fatalf("%v is past the window of %v", next, slot)
	}
	if late := next.Sub(slot); late >= maxCronSpread && !next.Equal(b.NotBefore) {
		rt.Fatalf("%v is %v after its slot", next, late)
	}
}

// slotsOf gives the first slot after a time, also where the parser gives up.
func slotsOf(rt *rapid.T, cron string) func(time.Time) time.Time {
	schedule, err := rotation.ParseCron(cron)
	if err != nil {
		rt.Fatal(err)
	}
	return func(at time.Time) time.Time {
		slot := schedule.Next(at)
		for years := 1; slot.IsZero(); years++ {
			slot = schedule.Next(at.AddDate(years, 0, 0))
		}
		return slot
	}
}

// naive walks slot by slot, as people would.
func naive(rt *rapid.T, p rotation.Policy, b rotation.RotationBasis, now time.Time) time.Time {
	after, from := slotsOf(rt, p.RotationSchedule), now
	if b.NotBefore.After(now) {
		from = b.NotBefore
	}
	bare := p
	bare.RotationWindow = 0
	for slot := after(b.Last); ; slot = after(slot) {
		if p.RotationWindow > 0 && !slot.Add(p.RotationWindow).After(from) {
			continue
		}
		at := bare.NextRotation(rotation.RotationBasis{Name: b.Name, Last: slot.Add(-time.Second)}, slot)
		if at.Before(b.NotBefore) {
			return b.NotBefore
		}
		return at
	}
}

// The window is found at once, and it is the one that walking from slot to slot finds.
func TestNextRotationFindsTheSlotThatWalkingFinds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b, _ := anyBasis(rt)
		b.Last, b.Set, b.Expiry = start.Add(lasting(rt, "last", 0, rotation.Day)), time.Time{}, time.Time{}
		p := rotatingBy(rapid.SampledFrom(crons[1:9]).Draw(rt, "cron"), lasting(rt, "window", time.Hour, 3*rotation.Day))
		now := b.Last.Add(lasting(rt, "since", 0, 40*rotation.Day))
		if b.NotBefore = (time.Time{}); rapid.Bool().Draw(rt, "is held back") {
			b.NotBefore = now.Add(lasting(rt, "not before", -rotation.Day, 5*rotation.Day))
		}
		if got, want := p.NextRotation(b, now), naive(rt, p, b, now); !got.Equal(want) {
			rt.Fatalf("%v, and by walking %v", got, want)
		}
	})
}

// As time goes on the next rotation never moves back, and without a window what is due stays due.
func TestNextRotationNeverMovesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := anyRotation(rt)
		b, now := anyBasis(rt)
		if rapid.IntRange(0, 3).Draw(rt, "clock") == 0 {
			now = b.Last.Add(-lasting(rt, "clock behind", 0, 30*rotation.Day))
		}
		next := p.NextRotation(b, now)
		due := p.RotationDue(b, now)
		later := now.Add(lasting(rt, "later", 0, 100*rotation.Day))
		moved := p.NextRotation(b, later)
		if !moved.IsZero() && (next.IsZero() || moved.Before(next)) {
			rt.Fatalf("at %v it is %v, at %v it is %v", now, next, later, moved)
		}
		if due && p.RotationWindow == 0 && !later.Before(b.Last) && now.After(b.Last) && !p.RotationDue(b, later) {
			rt.Fatalf("due at %v and not at %v", now, later)
		}
	})
}

// Whatever a directory shows of the password, and however slow it is to show it, no rotation is followed by another
// at once: only a slot of a cron schedule may come right after a rotation that was late.
func TestARotationIsNotFollowedByAnotherAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := anyRotation(rt)
		b, now := anyBasis(rt)
		next := p.NextRotation(b, now)
		if next.IsZero() || p.RotationSchedule != "" {
			return
		}
		b.Last, b.Rotated, b.NotBefore = next, true, time.Time{}
		life := b.Expiry.Sub(b.Set)
		if rapid.Bool().Draw(rt, "the directory shows it") && !b.Set.IsZero() {
			b.Set, b.Expiry = b.Last, b.Last.Add(life)
		}
		shortest := rotation.MinPeriod * 9 / 10
		if !b.Expiry.IsZero() {
			shortest = min(shortest, life*9/20)
		}
		if again := p.NextRotation(b, next); !again.IsZero() && again.Sub(next) < shortest {
			rt.Fatalf("rotated at %v, and again at %v, of a life of %v", next, again, life)
		}
	})
}

func TestRotationGapProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := anyRotation(rt)
		b, _ := anyBasis(rt)
		gap := p.RotationGap(b.Last)
		if (gap == 0) != (p.RotationKey() == "") || gap != 0 && gap < rotation.MinPeriod {
			rt.Fatalf("the gap is %v", gap)
		}
		if p.RotationSchedule == "" {
			return
		}
		after := slotsOf(rt, p.RotationSchedule)
		next := after(b.Last)
		before := next.Add(-gap)
		if before.After(b.Last) || !after(before.Add(-time.Second)).Equal(before) || !after(before).Equal(next) {
			rt.Fatalf("around %v the gap is %v, and the next slot %v", b.Last, gap, next)
		}
	})
}

// Of 1,000 integrations each twentieth of the spread gets its share, also where the spread is days wide.
func TestRotationsSpreadEvenly(t *testing.T) {
	t.Parallel()
	const n, parts = 1000, 20
	for _, period := range []time.Duration{time.Hour, rotation.Day, 90 * rotation.Day, 365 * rotation.Day, rotation.MaxPeriod} {
		for _, form := range []string{"int-%d", "%05d", "INT_%04X", "gl-%d-prod"} {
			var counts [parts]int
			for _, name := range names(form, n) {
				next := rotatingEvery(period).NextRotation(rotation.RotationBasis{Name: name, Last: start}, start)
				counts[int64(start.Add(period).Sub(next))/(int64(period)/10/parts+1)]++
			}
			for _, count := range counts {
				if count < n/parts/2 || count > n/parts*3/2 {
					t.Errorf("%s over a period of %v: %v", form, period, counts)
					break
				}
			}
		}
	}
}
