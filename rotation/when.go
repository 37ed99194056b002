package rotation

import (
	"crypto/sha256"
	"encoding/binary"
	"sort"
	"time"

	"github.com/robfig/cron/v3"
)

// Bounds of what is computed and told.
const (
	// lastYear is the last of which RFC 3339 can tell; what would come later never comes.
	lastYear = 9999
	// cronHorizon is less than the five years that the cron parser searches for a slot.
	cronHorizon = 4 // years
	// longestCronGap is more than any gap between two slots: from 29 February 2096 to that of 2104.
	longestCronGap = 9 * 366 * Day
	// MinCredentialTTL and MaxCredentialTTL bound how long readers are told to keep a credential. Asked more often they
	// would only load Vault; asked less often they would miss a rotation by a person for longer than an hour.
	MinCredentialTTL = time.Minute
	MaxCredentialTTL = time.Hour
)

// RotationBasis is what the next rotation depends on besides the policy.
type RotationBasis struct { //nolint:revive // stutters: a basis alone is what a login depends on
	Name string
	// Last is when the stored user name and password became current: by a rotation on schedule or by a person's, by a
	// write, or by an import. Zero: there is none yet, and nothing is rotated by schedule.
	Last time.Time
	// Rotated: Last was a rotation, so that the stored password was set then, whatever a directory shows.
	Rotated bool
	// Set is when the stored password was set in Oracle; zero: at Last.
	Set time.Time
	// Expiry is when Oracle ends the stored password; zero: never.
	Expiry time.Time
	// NotBefore is the end of a pause, or of the delay after a try that failed; zero: neither.
	NotBefore time.Time
}

// NextRotation is the first instant at which the schedule wants another password; zero: never by schedule. One in the
// past was missed and is due.
//
// Of the policy's reasons the earliest counts. A rotation by a person counts as one, so that the next slot is one
// that comes after it. Integrations are spread by their name: earlier by up to a tenth of the period or of
// rotate_before_expiry, later by up to a tenth of the gap between two slots of a cron schedule.
func (p Policy) NextRotation(b RotationBasis, now time.Time) time.Time {
	if p.DisableAutomatedRotation || b.Last.IsZero() {
		return time.Time{}
	}
	notEarlier := later(b.Last, b.NotBefore)
	if b.Last.After(now.Add(maxClockStep)) {
		// What a clock stored that was ahead is due at once: it is not known how long ago that was.
		notEarlier = later(now, b.NotBefore)
		b.Last = now.Add(-MaxPeriod)
		if !b.Expiry.IsZero() {
			b.Expiry = now
		}
	}
	var next time.Time
	for _, at := range []time.Time{p.byPeriod(b), p.byCron(b, later(now, b.NotBefore)), p.byExpiry(b)} {
		if next.IsZero() || !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	if next.IsZero() {
		return next
	}
	if next = later(next, notEarlier).UTC(); next.Year() > lastYear {
		return time.Time{}
	}
	return next
}

// RotationDue says whether a rotation may begin now by schedule: inside the window of a slot, at once for anything
// else that was missed.
func (p Policy) RotationDue(b RotationBasis, now time.Time) bool {
	next := p.NextRotation(b, now)
	return !next.IsZero() && !next.After(now)
}

func (p Policy) byPeriod(b RotationBasis) time.Time {
	if p.RotationPeriod == 0 {
		return time.Time{}
	}
	return b.Last.Add(p.RotationPeriod - spreadDays(b.Name, p.RotationPeriod/spreadShare))
}

// byCron is the first slot after the last rotation whose window is still open at the instant from which it may be
// served; without a window no slot lapses. The spread is shorter than the shortest window, so that it stays inside.
func (p Policy) byCron(b RotationBasis, from time.Time) time.Time {
	schedule, err := ParseCron(p.RotationSchedule)
	if err != nil {
		return time.Time{}
	}
	after := b.Last
	if p.RotationWindow != 0 {
		after = later(after, from.Add(-p.RotationWindow))
	}
	slot := slotAfter(schedule, after)
	if slot.IsZero() {
		return slot
	}
	gap := slotAfter(schedule, slot).Sub(slot)
	return slot.Add(spreadDays(b.Name, min(gap/spreadShare, maxCronSpread)))
}

// byExpiry is rotate_before_expiry before the expiry. Whatever a directory shows must not have a password rotated again
// and again: of one that lives no longer than that it takes half the life, and one that the engine itself has set
// begins its life then, also where the directory is slow to see it.
func (p Policy) byExpiry(b RotationBasis) time.Time {
	if p.RotateBeforeExpiry == 0 || b.Expiry.IsZero() {
		return time.Time{}
	}
	set, expiry, ahead := b.Set, b.Expiry, p.RotateBeforeExpiry
	if set.IsZero() {
		set = b.Last
	}
	life := max(0, expiry.Sub(set))
	if b.Rotated && set.Before(b.Last) {
		expiry = b.Last.Add(life)
	}
	if life-ahead < MinPeriod {
		ahead = life / 2
	}
	return expiry.Add(-ahead - spreadDays(b.Name, min(ahead, life-ahead)/spreadShare)) // the spread stays within the life
}

// spreadDays maps a name to a duration from 0 up to, but not including, width, as spread does for checks. The hash of
// that one tells names with another last letter apart by hours, which is less than a rotation is spread over.
func spreadDays(name string, width time.Duration) time.Duration {
	if width <= 0 {
		return 0
	}
	sum := sha256.Sum256([]byte(name))
	return time.Duration(binary.BigEndian.Uint64(sum[:]) % uint64(width)) //nolint:gosec // G115: the remainder is below width
}

// RotationGap is how far apart rotations by schedule are, around the given time; zero when none are scheduled. It
// stays the same between two rotations as long as it is asked around the last one.
func (p Policy) RotationGap(at time.Time) time.Duration {
	switch {
	case p.DisableAutomatedRotation:
		return 0
	case p.RotationPeriod != 0:
		return p.RotationPeriod
	case p.RotationSchedule != "":
		schedule, err := ParseCron(p.RotationSchedule)
		if err != nil {
			return 0
		}
		return max(0, slotAfter(schedule, at).Sub(slotUpTo(schedule, at)))
	case p.RotateBeforeExpiry != 0:
		return max(0, p.PasswordMaxAge-p.RotateBeforeExpiry)
	}
	return 0
}

// slotAfter is the first slot after a time. The parser gives up after five years, and in 2100 there is no
// 29 February.
func slotAfter(schedule cron.Schedule, at time.Time) time.Time {
	if slot := schedule.Next(at.UTC()); !slot.IsZero() {
		return slot
	}
	return schedule.Next(at.UTC().AddDate(cronHorizon, 0, 0))
}

// slotUpTo is the last slot at or before a time. A schedule only tells what comes next, and the slot that comes next
// is later than a time only from the last slot before it on.
func slotUpTo(schedule cron.Schedule, at time.Time) time.Time {
	from := at.Add(-longestCronGap).Truncate(time.Second)
	past := sort.Search(int(longestCronGap/time.Second), func(n int) bool {
		return slotAfter(schedule, from.Add(time.Duration(n)*time.Second)).After(at)
	})
	return from.Add(time.Duration(past) * time.Second)
}

// CredentialTTL is how long readers are told to keep a credential: to its next rotation, within bounds.
func CredentialTTL(next, now time.Time) time.Duration {
	return min(max(next.Sub(now), MinCredentialTTL), MaxCredentialTTL)
}
