package rotation

import (
	"container/heap"
	"time"
)

// outside marks an entry that is not in the calendar.
const outside = -1

// entry is one integration in the sweeper.
type entry struct {
	name    string
	times   Times
	index   int // in the calendar, or outside
	queued  bool
	running bool
	parked  bool // due, and waiting for a sweep from outside
	// notBefore holds back what could not be stored; it stays due.
	notBefore time.Time
	comesUp   time.Time // on the docket
	onDocket  int       // the place there, or outside
}

// at is when the entry is next looked at; zero: never.
func (e *entry) at() time.Time {
	at := e.times.Due
	if at.IsZero() || (!e.times.Wake.IsZero() && e.times.Wake.Before(at)) {
		at = e.times.Wake
	}
	if at.IsZero() {
		return at
	}
	return later(at, e.notBefore)
}

func (e *entry) checkDue(now time.Time) bool {
	return !e.times.Due.IsZero() && !e.times.Due.After(now)
}

// calendar orders entries by when they next need something.
type calendar struct{ entries entryHeap }

func (c *calendar) put(e *entry) {
	c.remove(e)
	if !e.at().IsZero() {
		heap.Push(&c.entries, e)
	}
}

func (c *calendar) remove(e *entry) {
	if e.index != outside {
		heap.Remove(&c.entries, e.index)
	}
}

func (c *calendar) popDue(now time.Time) (*entry, bool) {
	if len(c.entries) == 0 || c.entries[0].at().After(now) {
		return nil, false
	}
	e, ok := heap.Pop(&c.entries).(*entry)
	return e, ok
}

// nap is how long nothing comes due, at most maxNap.
func (c *calendar) nap(now time.Time) time.Duration {
	if len(c.entries) == 0 {
		return maxNap
	}
	return min(maxNap, max(0, c.entries[0].at().Sub(now)))
}

// entryHeap implements heap.Interface.
type entryHeap []*entry

func (h entryHeap) Len() int           { return len(h) }
func (h entryHeap) Less(i, j int) bool { return h[i].at().Before(h[j].at()) }

func (h entryHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *entryHeap) Push(x any) {
	if e, ok := x.(*entry); ok {
		e.index = len(*h)
		*h = append(*h, e)
	}
}

// Pop implements heap.Interface.
func (h *entryHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	e.index = outside
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return e
}
