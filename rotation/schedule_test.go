package rotation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// maxCronSpread is what the contract promises: a tenth of the gap, and never more than this.
const maxCronSpread = 15 * time.Minute

// by is the built-in policy with another schedule.
func by(cron string) rotation.Policy {
	p := rotation.DefaultPolicy()
	p.CheckPeriod, p.CheckSchedule = 0, cron
	return p
}

func every(d time.Duration) rotation.Policy {
	p := rotation.DefaultPolicy()
	p.CheckPeriod = d
	return p
}

// names gives n names as people number them.
func names(form string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(form, i)
	}
	return list
}

func TestNextSlotOfAPeriod(t *testing.T) {
	t.Parallel()
	for _, period := range []time.Duration{rotation.MinPeriod, 61*time.Second + 7, time.Hour, rotation.Day, 90 * rotation.Day, rotation.MaxPeriod} {
		for _, name := range append(names("int-%d", 500), "", "GL", strings.Repeat("x", 1000), "ünï") {
			next := every(period).NextSlot(name, start)
			if after := next.Sub(start); after <= period-period/10 || after > period {
				t.Errorf("%q checks after %v of a period of %v", name, after, period)
			}
			if again := every(period).NextSlot(name, start); !again.Equal(next) {
				t.Errorf("%q: %v, and asked again %v", name, next, again)
			}
			moved := every(period).NextSlot(name, start.Add(12345*time.Second))
			if moved.Sub(start) != next.Sub(start)+12345*time.Second {
				t.Errorf("%q: the distance depends on the base", name)
			}
		}
	}
	if next := every(time.Hour).NextSlot("a", start.In(time.FixedZone("", 3600))); next.Location() != time.UTC {
		t.Errorf("next is in %v", next.Location())
	}
}

// Of 10,000 integrations each twentieth of the spread gets its share, whatever the names look like: a pod and
// Vault's storage see a stream, not a wave.
func TestNextSlotSpreadsEvenly(t *testing.T) {
	t.Parallel()
	const n, parts = 10_000, 20
	for name, policy := range map[string]rotation.Policy{
		"a minute": every(time.Minute), "an hour": every(time.Hour), "a day": every(rotation.Day), "a week": every(7 * rotation.Day),
		"hourly by cron": by("0 * * * *"), "daily by cron": by("0 6 * * *"),
	} {
		for _, form := range []string{"int-%d", "%05d", "fusion/prod/%d/gl", "INT_%04X", "%d-oracle-financials-integration-user"} {
			t.Run(name+" "+form, func(t *testing.T) {
				t.Parallel()
				first, last := time.Time{}, time.Time{}
				slots := make([]time.Time, 0, n)
				for _, integration := range names(form, n) {
					slot := policy.NextSlot(integration, start.Add(-time.Nanosecond)) // 06:00 is a slot of both crons
					slots = append(slots, slot)
					if first.IsZero() || slot.Before(first) {
						first = slot
					}
					if slot.After(last) {
						last = slot
					}
				}
				width := last.Sub(first) + 1
				var counts [parts]int
				for _, slot := range slots {
					counts[int64(slot.Sub(first))*parts/int64(width)]++
				}
				const share = n / parts
				for _, count := range counts {
					if count < share*7/10 || count > share*13/10 {
						t.Fatalf("over %v: %v, want about %d in each part", width, counts, share)
					}
				}
				if period := policy.CheckPeriod; period != 0 && width < period/10*99/100 {
					t.Errorf("spread over %v of a period of %v", width, period)
				}
			})
		}
	}
}

func TestNextSlotOfACron(t *testing.T) {
	t.Parallel()
	bases := []time.Time{start, start.Add(-time.Nanosecond), start.Add(time.Nanosecond)}
	for i := range 100 { // odd steps over some days, so that bases fall before, into and after spreads
		bases = append(bases, start.Add(time.Duration(i)*(47*time.Minute+13*time.Second+17)))
	}
	for _, text := range []string{
		"* * * * *", "*/5 * * * *", "7,8,59 * * * *", "0 * * * *", "30 6 * * *", "0 6 * * 1-5", "0 0 1 * *", "0 0 1 1 *", "0 0 29 2 *", "59 23 31 12 *", "0 6 13 * 5",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			schedule, err := rotation.ParseCron(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names("int-%d", 8) {
				for _, base := range bases {
					at := by(text).NextSlot(name, base)
					if !at.After(base) || at.Location() != time.UTC {
						t.Fatalf("%q from %v: %v", name, base, at)
					}
					slot := slotOf(at, schedule.Next)
					late := at.Sub(slot)
					if widest := min(schedule.Next(slot).Sub(slot)/10, maxCronSpread); late < 0 || late >= widest {
						t.Errorf("%q from %v: %v is %v after its slot, more than %v", name, base, at, late, widest)
					}
					if following := schedule.Next(base); slot.After(following) {
						t.Errorf("%q from %v: %v leaves out the slot %v", name, base, at, following)
					}
					if again := by(text).NextSlot(name, at.Add(-time.Nanosecond)); !again.Equal(at) {
						t.Errorf("%q: asked right before %v, it is %v", name, at, again)
					}
				}
			}
		})
	}
}

// slotOf is the last slot of a schedule at or before a time.
func slotOf(at time.Time, next func(time.Time) time.Time) time.Time {
	slot := next(at.Add(-maxCronSpread - time.Second))
	for following := next(slot); !following.After(at); following = next(slot) {
		slot = following
	}
	return slot
}

// From check to check no slot is left out and none is served twice.
func TestNextSlotServesEachSlotOnce(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"*/7 * * * *", "0 */2 * * *", "15 6 * * 1-5", "0 0 1,2,15 * *"} {
		schedule, err := rotation.ParseCron(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names("int-%d", 8) {
			at, slot := start, slotOf(by(text).NextSlot(name, start), schedule.Next)
			for range 100 {
				at = by(text).NextSlot(name, at)
				if served := slotOf(at, schedule.Next); !served.Equal(slot) {
					t.Fatalf("%s for %q: %v serves the slot %v, want %v", text, name, at, served, slot)
				}
				slot = schedule.Next(slot)
			}
		}
	}
}

func TestNextSlotOfNoSchedule(t *testing.T) {
	t.Parallel()
	if next := by("not a schedule").NextSlot("a", start); !next.IsZero() {
		t.Errorf("next = %v, want none", next)
	}
}

func TestParseCron(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // the first after Monday, 2 March 2026, 06:00:00 UTC
		"* * * * *":         "2026-03-02T06:01:00Z",
		"0 6 * * 1-5":       "2026-03-03T06:00:00Z",
		"  0  6\t*  * 1 ":   "2026-03-09T06:00:00Z",
		"*/15 * * * *":      "2026-03-02T06:15:00Z",
		"0 0 29 2 *":        "2028-02-29T00:00:00Z",
		"0 6 * JAN MON":     "2027-01-04T06:00:00Z",
		"0 0 13 * FRI":      "2026-03-06T00:00:00Z", // either the day or the weekday, as cron has it
		"5,10-12/2 6 ? * ?": "2026-03-02T06:05:00Z",
	} {
		schedule, err := rotation.ParseCron(text)
		if err != nil {
			t.Errorf("ParseCron(%q): %v", text, err)
			continue
		}
		if got := schedule.Next(start).Format(time.RFC3339); got != want {
			t.Errorf("%q is next at %s, want %s", text, got, want)
		}
	}
}

func TestParseCronRefuses(t *testing.T) {
	t.Parallel()
	const rule, never = "must be a cron expression of five fields in UTC", "never comes"
	for text, words := range map[string]string{
		"": rule, "* * * *": rule, "* * * * * *": rule, "@hourly": rule, "@every 1m": rule, "@every 1m * * *": rule,
		"60 * * * *": rule, "* 24 * * *": rule, "* * 0 * *": rule, "* * 32 * *": rule, "* * * 13 *": rule, "* * * * 7": rule,
		"*/0 * * * *": rule, "5-1 * * * *": rule, "-1 * * * *": rule, "1- * * * *": rule, "*/ * * * *": rule, "a * * * *": rule,
		"1/99999999999999999999 * * * *": rule, "0 6 * * 1-5; rm": rule, "0 6 * * Montag": rule,
		strings.Repeat("1,", 200) + "1 * * * *": rule,
		"0 0 30 2 *":                            never, "0 0 31 4,6,9,11 *": never, "0 0 31 FEB *": never,
	} {
		schedule, err := rotation.ParseCron(text)
		if schedule != nil || err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("ParseCron(%q) = %v, %v, want %q", text, schedule, err, words)
		}
	}
}

// robfig/cron v3.0.1 looks for a space after a time zone and panics where there is none.
func TestParseCronRefusesWhatPanicsTheParser(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"TZ=0", "CRON_TZ=0", "TZ=", "TZ=UTC", "TZ=UTC * * * * *", "CRON_TZ=Asia/Tokyo 0 6 * * *", "TZ=UTC 6 * * *", "TZ=0\t*\t*\t*\t*", "TZ=\t0 * * * *", "TZ=../../etc/passwd * * * *",
	} {
		if schedule, err := rotation.ParseCron(text); schedule != nil || err == nil {
			t.Errorf("ParseCron(%q) = %v, %v", text, schedule, err)
		}
	}
}

// FuzzParseCron: nothing panics, and what is accepted has a next time after each time, which Validate and
// NextSlot see as well.
func FuzzParseCron(f *testing.F) {
	for _, seed := range []string{
		"* * * * *", "0 6 * * 1-5", "*/15 * * * *", "0 0 29 2 *", "0 0 30 2 *", "TZ=0", "CRON_TZ=", "TZ=UTC * * * * *", "CRON_TZ=UTC 0 6 * * *",
		"@daily", "@every 0s", "0 6 ? JAN MON", "1-59/7,3 * * * *", "5/0 * * * *", "\u00a00 6 * * *", "0\n6\n*\n*\n*", "0/9223372036854775807 * * * *",
	} {
		f.Add(seed, int64(0))
		f.Add(seed, int64(86_399_999_999_999))
	}
	f.Fuzz(func(t *testing.T, text string, after int64) {
		base := start.Add(time.Duration(uint64(after) % uint64(40*365*rotation.Day)))
		schedule, err := rotation.ParseCron(text)
		if invalid := by(text).Validate(); (err == nil) != (invalid == nil) && text != "" {
			t.Errorf("ParseCron(%q): %v, Validate: %v", text, err, invalid)
		}
		if err != nil {
			return
		}
		slot := base
		for range 5 {
			next := schedule.Next(slot)
			if !next.After(slot) || next.Location() != time.UTC || next.Second() != 0 {
				t.Fatalf("%q: after %v comes %v", text, slot, next)
			}
			slot = next
		}
		if at := by(text).NextSlot("a", base); !at.After(base) {
			t.Errorf("%q: the slot after %v is %v", text, base, at)
		}
	})
}
