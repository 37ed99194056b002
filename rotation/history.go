package rotation

import (
	"slices"
	"time"
)

// EventKind is what an entry of an integration's history is about. The list is closed.
type EventKind string

// The kinds of event.
const (
	EventWrite   EventKind = "write"   // a person wrote the integration
	EventCheck   EventKind = "check"   // a check found something new, or time alone changed what is shown
	EventHold    EventKind = "hold"    // a refused login made the guard hold back
	EventRelease EventKind = "release" // a person lifted the hold
	EventPause   EventKind = "pause"   // a pause began or ended

	EventRotation  EventKind = "rotation"  // a rotation was promoted, or came to nothing
	EventReconcile EventKind = "reconcile" // a person stated which password is live
)

// EventKinds lists every kind.
func EventKinds() []EventKind {
	return []EventKind{EventWrite, EventCheck, EventRotation, EventHold, EventRelease, EventReconcile, EventPause}
}

// ActorEngine is who acts when nobody asked.
const ActorEngine = "engine"

// MaxEvents is how many events of an integration are kept: a bad month of one that flaps every hour is
// longer, but what began it is what people ask for, and Vault's audit log has the rest.
const MaxEvents = 100

// MaxRecent is how many events are stored with the record, so that a number and its event are one write. Each makes
// the entry that every check writes about 200 bytes longer, and memory of 10,000 integrations two megabytes larger;
// in return the history needs a write of its own at every eighth event only.
const MaxRecent = 8

// Event is one change of what is shown of an integration. It holds no secret.
type Event struct {
	Seq               int64     `json:"seq"`
	Time              time.Time `json:"time"`
	Kind              EventKind `json:"kind"`
	From              State     `json:"from_state,omitempty"`
	To                State     `json:"to_state"`
	Reason            Reason    `json:"reason"`
	CredentialVersion int       `json:"credential_version"`
	Actor             string    `json:"actor"`
}

// History is the last events of one integration, the oldest first.
type History struct {
	IntegrationID string  `json:"integration_id"`
	Events        []Event `json:"events"`
}

// With adds events. One with a number that is there already takes its place: its record was then never
// stored, so that it did not happen.
func (h History) With(integrationID string, events ...Event) History {
	if h.IntegrationID != integrationID {
		h = History{IntegrationID: integrationID}
	}
	kept := make([]Event, 0, len(h.Events)+len(events))
	for _, e := range h.Events {
		if len(events) == 0 || e.Seq < events[0].Seq {
			kept = append(kept, e)
		}
	}
	kept = append(kept, events...)
	if extra := len(kept) - MaxEvents; extra > 0 {
		kept = kept[extra:]
	}
	h.Events = kept
	return h
}

// Of gives the events of an integration; none when they are those of another one, of the same name.
func (h History) Of(integrationID string) []Event {
	if h.IntegrationID != integrationID {
		return nil
	}
	return h.Events
}

// Recently adds events to those that are stored with the record, and says which have to be in the history before
// that. Once there is no room for another they all leave but the new ones, so that the history only tells what was
// stored with its number. One change that brings more than there is room for keeps them together.
func (h History) Recently(integrationID string, added ...Event) (recent History, leaving []Event) {
	all := h.With(integrationID, added...)
	older := len(all.Events) - len(added)
	if older <= 0 || older+max(len(added), 1) <= MaxRecent {
		return all, nil
	}
	return History{IntegrationID: integrationID, Events: slices.Clone(all.Events[older:])}, all.Events[:older]
}

// EventsOf gives the events between what was last stored as shown and what is to be: first those that time
// alone brought, then what a changed setting did, then what happened at the change.
func EventsOf(before, after Snapshot, shown Shown, change Change) []Event {
	var events []Event
	var last time.Time
	at, version := before.Current().Shown, before.Integration.CredentialVersion
	add := func(next Shown, kind EventKind, when time.Time, actor string) {
		if next.Seq > at.Seq {
			last = later(last, when)
			events = append(events, Event{
				Seq: next.Seq, Time: last, Kind: kind, From: at.State, To: next.State, Reason: next.Reason,
				CredentialVersion: version, Actor: actor,
			})
		}
		at = next
	}
	if before.Integration.ID == after.Integration.ID {
		walk(before, change.At, func(next Shown, when time.Time) {
			add(next, timeKind(at, next), when, ActorEngine)
		})
		settled, _ := Advance(before, change.At)
		add(settled, timeKind(at, settled), before.settingsModified(), ActorEngine)
	} else {
		at = Shown{}
	}
	version = after.Integration.CredentialVersion
	add(shown, kindOf(before, after, change), change.At, change.Actor)
	return events
}

// timeKind is the kind of a change that time alone brought.
func timeKind(from, to Shown) EventKind {
	if from.State == StatePaused || to.State == StatePaused {
		return EventPause
	}
	return EventCheck
}

// kindOf says what an event is about: the hold that a check began matters more than the check.
func kindOf(before, after Snapshot, change Change) EventKind {
	_, heldBefore := before.Ledger.hold(before.Policy, change.At)
	_, heldAfter := after.Ledger.hold(after.Policy, change.At)
	switch {
	case change.Kind == EventCheck && !heldBefore && heldAfter:
		return EventHold
	case change.Kind == EventWrite && !before.Integration.PausedUntil.Equal(after.Integration.PausedUntil):
		return EventPause
	}
	return change.Kind
}
