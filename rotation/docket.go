package rotation

import (
	"container/heap"
	"time"
)

// docket orders everything that the sweeper knows by when a question about it may have another answer than before: a
// check comes due or is passed over, or time alone changes what is shown. What is asked of a whole mount then costs as
// much as what has come up, and not as much as there is.
type docket struct{ entries docketHeap }

// put places an entry by its times.
func (d *docket) put(e *entry, times Times) {
	d.remove(e)
	if e.comesUp = times.comesUp(); !e.comesUp.IsZero() {
		heap.Push(&d.entries, e)
	}
}

func (d *docket) remove(e *entry) {
	if e.onDocket != outside {
		heap.Remove(&d.entries, e.onDocket)
	}
}

// upTo lists what has come up, in no order. Below an entry of the heap that has not, nothing has.
func (d *docket) upTo(now time.Time) []string {
	var names []string
	for next := []int{0}; len(next) > 0; {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		if at >= len(d.entries) || d.entries[at].comesUp.After(now) {
			continue
		}
		names = append(names, d.entries[at].name)
		next = append(next, 2*at+1, 2*at+2)
	}
	return names
}

// comesUp is the first of the times; zero: none of them comes.
func (t Times) comesUp() time.Time {
	first := t.Due
	for _, at := range []time.Time{t.Wake, t.Slot} {
		if first.IsZero() || !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	return first
}

// ComeUp lists the names of which a plan or what is shown may be another one by now than when they were last touched.
func (s *Sweeper) ComeUp(now time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepTime(now)
	return s.docket.upTo(now)
}

// docketHeap implements heap.Interface.
type docketHeap []*entry

func (h docketHeap) Len() int           { return len(h) }
func (h docketHeap) Less(i, j int) bool { return h[i].comesUp.Before(h[j].comesUp) }

func (h docketHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].onDocket, h[j].onDocket = i, j
}

// Push implements heap.Interface.
func (h *docketHeap) Push(x any) {
	if e, ok := x.(*entry); ok {
		e.onDocket = len(*h)
		*h = append(*h, e)
	}
}

// Pop implements heap.Interface.
func (h *docketHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	e.onDocket = outside
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return e
}
