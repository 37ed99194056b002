package backend

import (
	"sync"
	"time"
)

const (
	// usageHours is how far back reads are counted.
	usageHours = 24
	// maxReaders bounds the entities remembered of one integration and hour; past it the count is a floor.
	maxReaders = 1000
)

// usage counts who reads credentials, in memory only: a storage write for each read would cost more than
// the read. It starts anew with the process. Its zero value is ready.
type usage struct {
	mu     sync.Mutex
	since  time.Time
	byName map[string]*reads
}

type reads struct {
	last  time.Time
	hours []hourOfReads // those with reads, in no order, at most usageHours: most names are read in few
}

type hourOfReads struct {
	hour    int64 // hours since 1970
	count   int64
	readers map[string]bool
}

// usageReport is usage as status shows it.
type usageReport struct {
	LastRead   time.Time
	Reads24h   int64
	Readers24h int
	Since      time.Time
}

// read notes one read by a Vault entity; entity is empty for a root token.
func (u *usage) read(name, entity string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.start(now)
	r, found := u.byName[name]
	if !found {
		r = &reads{}
		u.byName[name] = r
	}
	r.last = now
	slot := r.in(now.Unix() / 3600)
	slot.count++
	if len(slot.readers) < maxReaders {
		slot.readers[entity] = true
	}
}

// in is the place of an hour: its own, that of one which is past, or a new one.
func (r *reads) in(hour int64) *hourOfReads {
	free := len(r.hours)
	for i := range r.hours {
		switch slot := &r.hours[i]; {
		case slot.hour == hour:
			return slot
		case hour-slot.hour >= usageHours:
			free = i
		}
	}
	fresh := hourOfReads{hour: hour, readers: map[string]bool{}}
	if free == len(r.hours) && free < usageHours {
		r.hours = append(r.hours, fresh)
	} else {
		free %= usageHours // a clock that went back may leave more than a day's hours
		r.hours[free] = fresh
	}
	return &r.hours[free]
}

func (u *usage) start(now time.Time) {
	if u.byName == nil {
		u.byName, u.since = map[string]*reads{}, now
	}
}

// of reports the last 24 hours of one integration.
func (u *usage) of(name string, now time.Time) usageReport {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.start(now)
	report := usageReport{Since: u.since}
	r, found := u.byName[name]
	if !found {
		return report
	}
	report.LastRead = r.last
	readers := map[string]bool{}
	for _, slot := range r.hours {
		if now.Unix()/3600-slot.hour < usageHours {
			report.Reads24h += slot.count
			for reader := range slot.readers {
				readers[reader] = true
			}
		}
	}
	report.Readers24h = len(readers)
	return report
}

func (u *usage) forget(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.byName, name)
}
