package notify

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// Ledger is what one receiver was told. It is a value: Next gives another, and never changes the one it was given.
type Ledger struct {
	Entries  map[string]Entry    `json:"entries,omitempty"`  // by key
	Expiries map[string]Reminded `json:"expiries,omitempty"` // by key
}

// Entry is what a receiver was last told of one key.
type Entry struct {
	ID       string            `json:"id"`             // of the last message that was no reminder and no resolved
	Base     string            `json:"base"`           // what that id is made of
	Turn     int               `json:"turn,omitempty"` // how often the same base had been used before
	Facts    string            `json:"facts"`          // what it said
	State    string            `json:"state"`
	Reason   string            `json:"reason,omitempty"`
	Severity rotation.Severity `json:"severity"`
	Title    string            `json:"title"`
	Mount    string            `json:"mount"`
	Name     string            `json:"name,omitempty"`
	URL      string            `json:"url,omitempty"`
	Since    time.Time         `json:"since,omitzero"`
	At       time.Time         `json:"at"`      // when anything was last told
	Changed  time.Time         `json:"changed"` // when something new was last told
	Repeats  int               `json:"repeats,omitempty"`
	Over     bool              `json:"over,omitempty"` // it has been told that it is over
	// Gone is since when the trouble is away without that being told.
	Gone time.Time `json:"gone,omitzero"`
	// Flaps is how often in a row it was told again within a day.
	Flaps int `json:"flaps,omitempty"`
	// Recent is when each thing was last told, within a day: what goes to and fro is not told each time.
	Recent map[string]time.Time `json:"recent,omitempty"`
	// Group is the key of the message that told it together with others; that one's end is told, and not its own.
	Group string `json:"group,omitempty"`
	// Own: one of its own key was told before or beside the group's, and wants an end of its own.
	Own bool `json:"own,omitempty"`
	// Members are the keys that a group began with; of a group that was made for one message only.
	Members []string `json:"members,omitempty"`
	// Day is the date that a reminder spoke of, where nothing but that made the entry.
	Day string `json:"day,omitempty"`
}

// Reminded is the last reminder of an expiry.
type Reminded struct {
	Day       string `json:"day"`
	Threshold int    `json:"threshold"` // the smallest told
	Mount     string `json:"mount"`
}

// over is the key in Recent of the end of a trouble.
const over = "over"

// copied is a ledger that may be changed.
func (l Ledger) copied() Ledger {
	next := Ledger{Entries: maps.Clone(l.Entries), Expiries: maps.Clone(l.Expiries)}
	if next.Entries == nil {
		next.Entries = map[string]Entry{}
	}
	if next.Expiries == nil {
		next.Expiries = map[string]Reminded{}
	}
	return next
}

// told is the entry after something new was told.
func (e Entry) told(what string, now time.Time) Entry {
	recent := map[string]time.Time{what: now}
	for fact, at := range e.Recent {
		if fact != what && passed(at, now) < rotation.Day {
			recent[fact] = at
		}
	}
	e.Recent, e.At, e.Changed, e.Gone = recent, now, now, time.Time{}
	return e
}

// alone says whether a message of its own key stands.
func (e Entry) alone() bool { return e.ID != "" && !e.Over && (e.Group == "" || e.Own) }

// again counts that something is told which had been told within the day.
func (e Entry) again(what string, now time.Time) Entry {
	at, told := e.Recent[what]
	if told && passed(at, now) < rotation.Day {
		e.Flaps++
	} else {
		e.Flaps = 0
	}
	return e
}

// flaps says whether it has come and gone so often that its end has to last.
func (e Entry) flaps() bool { return e.Flaps >= FlapsFrom }

// restless says whether the same was told so recently that it has to last before it is told again.
func (e Entry) restless(what string, severity rotation.Severity, now time.Time) bool {
	at, told := e.Recent[what]
	wait := Calm
	if e.flaps() && severity != rotation.SeverityCritical {
		wait = FlapCalm
	}
	return told && passed(at, now) < wait
}

// named gives the entry the id of a new message. One that has the same base as the last one needs another id, or whoever
// drops repeats would drop it.
func (e Entry) named(base string) Entry {
	if e.Base != base {
		e.Base, e.Turn, e.ID = base, 0, base
		return e
	}
	e.Turn++
	e.ID = fmt.Sprintf("%s/t%d", base, e.Turn)
	return e
}

// clockSlack is how far a clock may be put back before what was told is taken for old rather than for to come.
const clockSlack = time.Hour

// passed is how much time has passed since then. A time far ahead was written by a clock that was wrong.
func passed(at, now time.Time) time.Duration {
	gone := now.Sub(at)
	if gone < -clockSlack {
		return 1<<63 - 1
	}
	return max(gone, 0)
}

func sortedKeys(entries map[string]Entry) []string { return slices.Sorted(maps.Keys(entries)) }
