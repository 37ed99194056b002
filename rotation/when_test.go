package rotation_test

import (
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// rotating is the built-in policy with a rotation schedule.
func rotating(change func(*rotation.Policy)) rotation.Policy {
	p := rotation.DefaultPolicy()
	change(&p)
	return p
}

func rotatingEvery(d time.Duration) rotation.Policy {
	return rotating(func(p *rotation.Policy) { p.RotationPeriod = d })
}

func rotatingBy(cron string, window time.Duration) rotation.Policy {
	return rotating(func(p *rotation.Policy) { p.RotationSchedule, p.RotationWindow = cron, window })
}

func rotatingBefore(expiry time.Duration) rotation.Policy {
	return rotating(func(p *rotation.Policy) { p.RotateBeforeExpiry = expiry })
}

// someNames are spread over the whole width of a spread.
func someNames() []string {
	return append(names("int-%d", 200), "", "GL", strings.Repeat("x", 1000), "ünï")
}

// on is an instant of March 2026, which begins on a Sunday.
func on(day, hour, minute int) time.Time {
	return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC)
}

// plan is one question about the next rotation. With 200 names the answers lie from first to, but not including,
// end; a zero end means that all of them are first.
type plan struct {
	policy     rotation.Policy
	basis      rotation.RotationBasis
	now        time.Time
	first, end time.Time
}

func (p plan) check(t *testing.T) {
	t.Helper()
	var earliest, latest time.Time
	for _, name := range someNames() {
		p.basis.Name = name
		next := p.policy.NextRotation(p.basis, p.now)
		outside := next.Before(p.first) || !next.Before(p.end)
		if p.end.IsZero() {
			outside = !next.Equal(p.first)
		}
		if outside {
			t.Fatalf("%q: %v, want from %v to %v", name, next, p.first, p.end)
		}
		if due := p.policy.RotationDue(p.basis, p.now); due != (!next.IsZero() && !next.After(p.now)) {
			t.Fatalf("%q: due %v at %v, with the next at %v", name, due, p.now, next)
		}
		if next.Location() != time.UTC {
			t.Errorf("%q: next is in %v", name, next.Location())
		}
		if earliest.IsZero() || next.Before(earliest) {
			earliest = next
		}
		if next.After(latest) {
			latest = next
		}
	}
	if width := p.end.Sub(p.first); !p.end.IsZero() && latest.Sub(earliest) < width*9/10 {
		t.Errorf("spread from %v to %v, want about all of %v", earliest, latest, width)
	}
}

// early is what a spread of a tenth leaves: from a tenth before an instant up to it, itself included.
func early(p plan, at time.Time, tenthOf time.Duration) plan {
	p.first, p.end = at.Add(1-tenthOf/10), at.Add(1)
	return p
}

func TestNextRotation(t *testing.T) {
	t.Parallel()
	at := func(last time.Time) rotation.RotationBasis { return rotation.RotationBasis{Last: last} }
	pausedUntil := func(end time.Time) rotation.RotationBasis {
		return rotation.RotationBasis{Last: start, NotBefore: end}
	}
	night, nightWindow := rotatingBy("0 2 * * *", 0), rotatingBy("0 2 * * *", time.Hour)
	weekdays := rotatingBy("0 2 * * 1-5", 0)
	disabled := rotatingEvery(rotation.Day)
	disabled.DisableAutomatedRotation = true
	const quarter = 15 * time.Minute
	tests := map[string]plan{
		"nothing is scheduled":                     {policy: rotation.DefaultPolicy(), basis: at(start), now: start},
		"automated rotation is disabled":           {policy: disabled, basis: at(start), now: start.Add(100 * rotation.Day)},
		"there is no password yet":                 {policy: rotatingEvery(rotation.Day), now: start},
		"a schedule that is none":                  {policy: rotatingBy("monthly", 0), basis: at(start), now: start},
		"a period":                                 early(plan{policy: rotatingEvery(rotation.Day), basis: at(start), now: start}, start.Add(rotation.Day), rotation.Day),
		"a missed period stays due":                early(plan{policy: rotatingEvery(rotation.Day), basis: at(start), now: start.Add(100 * rotation.Day)}, start.Add(rotation.Day), rotation.Day),
		"the longest period":                       early(plan{policy: rotatingEvery(rotation.MaxPeriod), basis: at(start), now: start}, start.Add(rotation.MaxPeriod), rotation.MaxPeriod),
		"a period in another zone":                 early(plan{policy: rotatingEvery(rotation.Day), basis: at(start.In(time.FixedZone("", 3600))), now: start}, start.Add(rotation.Day), rotation.Day),
		"a period during a pause":                  {policy: rotatingEvery(rotation.Day), basis: pausedUntil(on(20, 12, 0)), now: on(10, 0, 0), first: on(20, 12, 0)},
		"a period after a pause":                   early(plan{policy: rotatingEvery(rotation.Day), basis: pausedUntil(on(2, 12, 0)), now: on(2, 7, 0)}, start.Add(rotation.Day), rotation.Day),
		"a cron":                                   {night, at(start), start, on(3, 2, 0), on(3, 2, 15)},
		"a cron in another zone":                   {night, at(start.In(time.FixedZone("", -36000))), start, on(3, 2, 0), on(3, 2, 15)},
		"a cron over a weekend":                    {weekdays, at(on(6, 2, 20)), on(6, 2, 20), on(9, 2, 0), on(9, 2, 15)},
		"a cron of every minute":                   {rotatingBy("* * * * *", 0), at(start), start, start.Add(time.Minute), start.Add(66 * time.Second)},
		"a cron every hour":                        {rotatingBy("0 * * * *", 0), at(start), start, on(2, 7, 0), on(2, 7, 6)},
		"at the slot itself":                       {night, at(on(3, 2, 0)), on(3, 2, 0), on(4, 2, 0), on(4, 2, 15)},
		"by a person, right after the slot":        {night, at(on(3, 2, 0).Add(1)), on(3, 2, 1), on(4, 2, 0), on(4, 2, 15)},
		"by a person, right before the slot":       {night, at(on(3, 2, 0).Add(-1)), on(3, 2, 0), on(3, 2, 0), on(3, 2, 15)},
		"a missed slot stays due":                  {night, at(start), on(20, 12, 0), on(3, 2, 0), on(3, 2, 15)},
		"a slot inside its window":                 {nightWindow, at(start), on(3, 3, 0).Add(-1), on(3, 2, 0), on(3, 2, 15)},
		"a slot whose window has passed":           {nightWindow, at(start), on(3, 3, 0), on(4, 2, 0), on(4, 2, 15)},
		"many slots whose windows have passed":     {nightWindow, at(start), on(20, 12, 0), on(21, 2, 0), on(21, 2, 15)},
		"windows that overlap":                     {rotatingBy("0 * * * *", 3*time.Hour), at(start), on(3, 12, 30), on(3, 10, 0), on(3, 10, 6)},
		"served inside a window that overlaps":     {rotatingBy("0 * * * *", 3*time.Hour), at(on(3, 12, 10)), on(3, 12, 30), on(3, 13, 0), on(3, 13, 6)},
		"a window that never passes":               {rotatingBy("0 2 * * *", rotation.MaxPeriod), at(start), on(20, 12, 0), on(3, 2, 0), on(3, 2, 15)},
		"a pause that ends inside the window":      {nightWindow, pausedUntil(on(3, 2, 30)), on(2, 12, 0), on(3, 2, 30), time.Time{}},
		"a pause that ends after the window":       {nightWindow, pausedUntil(on(3, 12, 0)), on(2, 12, 0), on(4, 2, 0), on(4, 2, 15)},
		"a pause that ends after a slot":           {night, pausedUntil(on(3, 12, 0)), on(2, 12, 0), on(3, 12, 0), time.Time{}},
		"a pause that has ended":                   {nightWindow, pausedUntil(on(2, 12, 0)), on(3, 2, 30), on(3, 2, 0), on(3, 2, 15)},
		"29 February":                              {rotatingBy("0 0 29 2 *", 0), at(start), start, time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2028, 2, 29, 0, 15, 0, 0, time.UTC)},
		"29 February over the year 2100":           {rotatingBy("0 0 29 2 *", 0), at(time.Date(2096, 2, 29, 1, 0, 0, 0, time.UTC)), start.AddDate(75, 0, 0), time.Date(2104, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2104, 2, 29, 0, 15, 0, 0, time.UTC)},
		"29 February over it, in another zone":     {rotatingBy("0 0 29 2 *", 0), at(time.Date(2096, 2, 29, 1, 0, 0, 0, time.UTC).In(time.FixedZone("", 36000))), start.AddDate(75, 0, 0), time.Date(2104, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2104, 2, 29, 0, 15, 0, 0, time.UTC)},
		"29 February, missed, with a short window": {rotatingBy("0 0 29 2 *", time.Hour), at(start), time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2032, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2032, 2, 29, 0, 15, 0, 0, time.UTC)},
		"past the last year by a period":           {policy: rotatingEvery(rotation.MaxPeriod), basis: at(start.AddDate(7950, 0, 0)), now: start.AddDate(7950, 0, 0)},
		"past the last year by cron":               {policy: rotatingBy("0 0 1 1 *", 0), basis: at(start.AddDate(7973, 0, 0)), now: start.AddDate(7973, 0, 0)},
		"in the last year":                         {rotatingBy("0 0 31 12 *", 0), at(start.AddDate(7973, 0, 0)), start.AddDate(7973, 0, 0), start.AddDate(7973, 9, 29).Add(-6 * time.Hour), start.AddDate(7973, 9, 29).Add(-6*time.Hour + quarter)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
}

func TestNextRotationBeforeExpiry(t *testing.T) {
	t.Parallel()
	const day, fortnight = rotation.Day, 14 * rotation.Day
	// lives is a password that was set so long before start, and lives so long from then on.
	lives := func(before, life time.Duration) rotation.RotationBasis {
		return rotation.RotationBasis{Last: start, Set: start.Add(-before), Expiry: start.Add(life - before)}
	}
	ofRotation := func(b rotation.RotationBasis) rotation.RotationBasis {
		b.Rotated = true
		return b
	}
	withPeriod := func(d time.Duration) rotation.Policy {
		p := rotatingBefore(fortnight)
		p.RotationPeriod = d
		return p
	}
	withWindow := rotatingBy("0 2 1 1 *", time.Hour)
	withWindow.RotateBeforeExpiry = fortnight
	disabled := rotatingBefore(fortnight)
	disabled.DisableAutomatedRotation = true
	before := rotatingBefore(fortnight)
	tests := map[string]plan{
		"a password that expires":                   early(plan{policy: before, basis: lives(0, 90*day), now: start}, start.Add(76*day), fortnight),
		"a password that never does":                {policy: before, basis: rotation.RotationBasis{Last: start, Set: start}, now: start},
		"a password whose age nobody knows":         early(plan{policy: before, basis: rotation.RotationBasis{Last: start, Expiry: start.Add(90 * day)}, now: start}, start.Add(76*day), fortnight),
		"an expiry that is no reason":               {policy: rotation.DefaultPolicy(), basis: lives(0, 90*day), now: start.Add(91 * day)},
		"automated rotation is disabled":            {policy: disabled, basis: lives(0, 90*day), now: start.Add(91 * day)},
		"missed, and expired meanwhile":             early(plan{policy: before, basis: lives(0, 90*day), now: start.Add(100 * day)}, start.Add(76*day), fortnight),
		"imported in the middle of its life":        early(plan{policy: before, basis: lives(45*day, 90*day), now: start}, start.Add(31*day), fortnight),
		"imported near its end":                     {policy: before, basis: lives(80*day, 90*day), now: start, first: start},
		"imported when it had expired":              {policy: before, basis: lives(100*day, 90*day), now: start, first: start},
		"imported near its end, in a pause":         {policy: before, basis: rotation.RotationBasis{Last: start, Set: start.Add(-80 * day), Expiry: start.Add(10 * day), NotBefore: start.Add(day)}, now: start, first: start.Add(day)},
		"nearly the whole life ahead of its end":    early(plan{policy: rotatingBefore(89 * day), basis: lives(0, 90*day), now: start}, start.Add(day), day),
		"a directory that lets it live as long":     early(plan{policy: before, basis: lives(0, fortnight), now: start}, start.Add(7*day), 7*day),
		"a directory that lets it live a bit more":  early(plan{policy: before, basis: lives(0, fortnight+time.Minute-1), now: start}, start.Add(7*day+30*time.Second), 7*day),
		"the shortest life that is long enough":     early(plan{policy: before, basis: lives(0, fortnight+time.Minute), now: start}, start.Add(time.Minute), time.Minute),
		"a directory that lets it live two days":    early(plan{policy: before, basis: lives(0, 2*day), now: start}, start.Add(day), day),
		"a life that ended before it began":         {policy: before, basis: rotation.RotationBasis{Last: start, Set: start.Add(day), Expiry: start.Add(-day)}, now: start, first: start},
		"rotated, and the directory shows it":       early(plan{policy: before, basis: ofRotation(lives(-time.Second, 90*day)), now: start}, start.Add(76*day+time.Second), fortnight),
		"rotated, and set once more since":          early(plan{policy: before, basis: ofRotation(lives(-10*day, 90*day)), now: start}, start.Add(86*day), fortnight),
		"rotated, and nobody knows when it was set": early(plan{policy: before, basis: ofRotation(rotation.RotationBasis{Last: start, Expiry: start.Add(90 * day)}), now: start}, start.Add(76*day), fortnight),
		"rotated, and it never expires":             {policy: before, basis: ofRotation(rotation.RotationBasis{Last: start, Set: start.Add(-90 * day)}), now: start},
		"rotated, and the directory is slow":        early(plan{policy: before, basis: ofRotation(lives(90*day, 90*day)), now: start}, start.Add(76*day), fortnight),
		"rotated by the year, and it is slow":       early(plan{policy: before, basis: ofRotation(lives(5000*day, 90*day)), now: start}, start.Add(76*day), fortnight),
		"a period that is shorter":                  early(plan{policy: withPeriod(30 * day), basis: lives(0, 90*day), now: start}, start.Add(30*day), 30*day),
		"a period that is longer":                   early(plan{policy: withPeriod(365 * day), basis: lives(0, 90*day), now: start}, start.Add(76*day), fortnight),
		"a slot that is later, and outside windows": early(plan{policy: withWindow, basis: lives(0, 90*day), now: start}, start.Add(76*day), fortnight),
		"the oldest password":                       early(plan{policy: rotatingBefore(rotation.MaxPeriod / 2), basis: lives(0, rotation.MaxPeriod), now: start}, start.Add(rotation.MaxPeriod/2), rotation.MaxPeriod/2),
		"set when time began":                       early(plan{policy: before, basis: rotation.RotationBasis{Last: start, Set: time.Unix(-1<<40, 0), Expiry: start.Add(90 * day)}, now: start}, start.Add(76*day), fortnight),
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
}

// What a clock stored that was ahead is rotated at once instead of in years, but still inside the window.
func TestNextRotationAfterAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	ahead := rotation.RotationBasis{Last: start.Add(5 * 365 * rotation.Day), Rotated: true}
	ahead.Set, ahead.Expiry = ahead.Last, ahead.Last.Add(90*rotation.Day)
	paused := ahead
	paused.NotBefore = start.Add(time.Hour)
	bit := rotation.RotationBasis{Last: start.Add(5 * time.Minute)}
	bitMore := rotation.RotationBasis{Last: start.Add(5*time.Minute + 1)}
	disabled := rotatingEvery(rotation.Day)
	disabled.DisableAutomatedRotation = true
	tests := map[string]plan{
		"a period":                       {policy: rotatingEvery(rotation.Day), basis: ahead, now: start, first: start},
		"the longest period":             {policy: rotatingEvery(rotation.MaxPeriod), basis: ahead, now: start, first: start},
		"a cron":                         {policy: rotatingBy("0 2 * * *", 0), basis: ahead, now: start, first: start},
		"a cron with a window":           {rotatingBy("0 2 * * *", time.Hour), ahead, start, on(3, 2, 0), on(3, 2, 15)},
		"a cron inside its window":       {policy: rotatingBy("30 5 * * *", time.Hour), basis: ahead, now: start, first: start},
		"before an expiry":               {policy: rotatingBefore(rotation.Day), basis: ahead, now: start, first: start},
		"in a pause":                     {policy: rotatingEvery(rotation.Day), basis: paused, now: start, first: start.Add(time.Hour)},
		"no schedule":                    {policy: rotation.DefaultPolicy(), basis: ahead, now: start},
		"disabled":                       {policy: disabled, basis: ahead, now: start},
		"a clock that differs a bit":     early(plan{policy: rotatingEvery(rotation.Day), basis: bit, now: start}, bit.Last.Add(rotation.Day), rotation.Day),
		"a clock that differs more":      {policy: rotatingEvery(rotation.Day), basis: bitMore, now: start, first: start},
		"a password that never expires":  {policy: rotatingBefore(rotation.Day), basis: bitMore, now: start},
		"a bit, and a slot between both": {rotatingBy("3 6 * * *", 0), bit, start, on(3, 6, 3), on(3, 6, 18)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
}

func TestRotationGap(t *testing.T) {
	t.Parallel()
	both := rotatingBefore(14 * rotation.Day)
	both.RotationPeriod = 30 * rotation.Day
	disabled := both
	disabled.DisableAutomatedRotation = true
	const day = rotation.Day
	tests := map[string]struct {
		policy rotation.Policy
		at     time.Time
		want   time.Duration
	}{
		"nothing is scheduled":                    {rotation.DefaultPolicy(), start, 0},
		"disabled":                                {disabled, start, 0},
		"a period":                                {rotatingEvery(30 * day), start, 30 * day},
		"a period and an expiry":                  {both, start, 30 * day},
		"only an expiry":                          {rotatingBefore(14 * day), start, 76 * day},
		"a schedule that is none":                 {rotatingBy("monthly", 0), start, 0},
		"every night":                             {rotatingBy("0 2 * * *", 0), start, day},
		"every night, at the slot":                {rotatingBy("0 6 * * *", 0), start, day},
		"every minute":                            {rotatingBy("* * * * *", 0), start.Add(30 * time.Second), time.Minute},
		"weekdays, on Friday before the slot":     {rotatingBy("0 2 * * 1-5", 0), on(6, 1, 59), day},
		"weekdays, right before the slot":         {rotatingBy("0 2 * * 1-5", 0), on(6, 2, 0).Add(-1), day},
		"weekdays, on Friday at the slot":         {rotatingBy("0 2 * * 1-5", 0), on(6, 2, 0), 3 * day},
		"weekdays, on Sunday":                     {rotatingBy("0 2 * * 1-5", 0), on(8, 12, 0), 3 * day},
		"weekdays, on Sunday, in another zone":    {rotatingBy("0 2 * * 1-5", 0), on(8, 12, 0).In(time.FixedZone("", -36000)), 3 * day},
		"weekdays, on Friday, in another zone":    {rotatingBy("0 2 * * 1-5", 0), on(6, 2, 0).In(time.FixedZone("", -36000)), 3 * day},
		"weekdays, on Monday after the slot":      {rotatingBy("0 2 * * 1-5", 0), on(9, 2, 0).Add(1), day},
		"each minute of one hour a year, in it":   {rotatingBy("* 0 1 1 *", 0), time.Date(2026, 1, 1, 0, 30, 30, 0, time.UTC), time.Minute},
		"each minute of one hour a year, outside": {rotatingBy("* 0 1 1 *", 0), start, 364*day + 23*time.Hour + time.Minute},
		"29 February":                             {rotatingBy("0 0 29 2 *", 0), start, 1461 * day},
		"29 February over the year 2100":          {rotatingBy("0 0 29 2 *", 0), time.Date(2104, 2, 28, 23, 59, 59, 0, time.UTC), 2921 * day},
		"29 February right after the longest gap": {rotatingBy("0 0 29 2 *", 0), time.Date(2104, 2, 29, 0, 0, 0, 0, time.UTC), 1461 * day},
		"in the last year":                        {rotatingBy("0 2 * * *", 0), start.AddDate(7973, 0, 0), day},
	}
	for name, test := range tests {
		if got := test.policy.RotationGap(test.at); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestCredentialTTL(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ next, want time.Duration }{
		"long missed":                    {-rotation.Day, time.Minute},
		"now":                            {0, time.Minute},
		"in a second":                    {time.Second, time.Minute},
		"in a minute":                    {time.Minute, time.Minute},
		"in a bit more than a minute":    {time.Minute + 1, time.Minute + 1},
		"in a bit less than an hour":     {time.Hour - 1, time.Hour - 1},
		"in an hour":                     {time.Hour, time.Hour},
		"tomorrow":                       {rotation.Day, time.Hour},
		"in the longest period there is": {rotation.MaxPeriod, time.Hour},
	} {
		if got := rotation.CredentialTTL(start.Add(test.next), start); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
