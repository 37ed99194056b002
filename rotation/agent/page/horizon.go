package page

import (
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// horizon is how many passwords expire in each of the next weeks.
type horizon struct {
	Weeks        []week
	Past         int // already
	Later        int // behind the last week
	NoDate       int
	Last, ByDate string // the link to the list by date
}

// week is seven days from an instant on.
type week struct {
	From    moment
	Label   string // short, of its first day; empty where the next would stand in its way
	Count   int
	Height  int // of its bar, in percent of the highest
	Soonest bool
}

const (
	weeksAhead = 12
	labelEvery = 3
	aWeek      = 7 * rotation.Day
)

// horizonOf counts expiries; nil where no date is known.
func horizonOf(all []row, q query, now time.Time) *horizon {
	h := horizon{Weeks: make([]week, weeksAhead), ByDate: query{Sort: byExpiry, Page: 1, Size: q.Size, Refresh: q.Refresh}.link()}
	highest := 1
	for _, r := range all {
		switch {
		case r.Expiry == nil || r.Expiry.IsZero():
			h.NoDate++
		case !now.Before(*r.Expiry):
			h.Past++
		case r.Expiry.Sub(now) >= weeksAhead*aWeek:
			h.Later++
		default:
			at := int(r.Expiry.Sub(now) / aWeek)
			h.Weeks[at].Count++
			highest = max(highest, h.Weeks[at].Count)
		}
	}
	if h.NoDate == len(all) {
		return nil
	}
	for i := range h.Weeks {
		w := &h.Weeks[i]
		w.From = momentAt(now.Add(time.Duration(i)*aWeek), now)
		if i%labelEvery == 0 {
			w.Label = now.Add(time.Duration(i) * aWeek).UTC().Format("2 Jan")
		}
		if w.Count > 0 {
			w.Height = max(4, 100*w.Count/highest)
		}
	}
	h.Weeks[0].Soonest = true
	h.Last = now.Add(weeksAhead * aWeek).UTC().Format("2 Jan 2006")
	return &h
}

// Top is where its bar begins, in percent from above.
func (w week) Top() int { return 100 - w.Height }
