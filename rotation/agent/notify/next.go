package notify

import (
	"maps"
	"slices"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

const (
	// Calm is for how long the same thing of the same key is not told again, its end included: what is still so then is told
	// then. What is critical is never kept back for longer.
	Calm = 15 * time.Minute

	// FlapsFrom is how often a trouble is told again within a day of the last time before it counts as one that flaps.
	FlapsFrom = 2

	// FlapCalm is how long what flaps has to be away before it is over: until then it stands, and is told again by the repeat
	// interval only.
	FlapCalm = 4 * time.Hour

	// GroupAbove is how many of a server may get the same trouble at once and still be told one by one.
	GroupAbove = 10
)

// pass is one answer of Next while it is made.
type pass struct {
	seen  Picture
	to    config.Receiver
	now   time.Time
	quiet bool

	next     Ledger
	current  map[string]Incident // by key: what this receiver is told of
	fresh    []Incident
	messages []receiver.Message
}

// Next is what a receiver is told now, in this order, and what it has then been told.
func Next(told Ledger, seen Picture, to config.Receiver, now time.Time) ([]receiver.Message, Ledger) {
	p := &pass{seen: seen, to: to, now: now, quiet: Quiet(to.QuietHours, now), next: told.copied(), current: map[string]Incident{}}
	for _, incident := range seen.Incidents {
		if weight(incident.Severity) >= weight(to.MinSeverity) {
			p.current[incident.Key] = incident
			p.trouble(incident)
		}
	}
	p.tellFresh()
	p.endings()
	p.expiries()
	p.groups()
	p.forget()
	return p.messages, p.next
}

// trouble decides about one that is there.
func (p *pass) trouble(i Incident) {
	e, known := p.next.Entries[i.Key]
	if !e.Gone.IsZero() {
		e.Gone = time.Time{}
		p.next.Entries[i.Key] = e
	}
	switch {
	case known && !e.Over && e.Facts == i.facts():
		if e.Group == "" && !i.counted() && p.remind(e) {
			p.repeat(i)
		}
	case p.quiet && i.Severity != rotation.SeverityCritical, e.restless(i.facts(), i.Severity, p.now):
	default:
		p.fresh = append(p.fresh, i)
	}
}

// remind says whether a trouble that was told is to be told again. At night there is nothing new in it.
func (p *pass) remind(e Entry) bool {
	return p.to.RepeatInterval > 0 && !p.quiet && passed(e.At, p.now) >= p.to.RepeatInterval
}

// tellFresh tells what is new: many alike in one message.
func (p *pass) tellFresh() {
	alike := map[string][]Incident{}
	var order []string
	for _, i := range p.fresh {
		of := i.Key
		if i.Alike {
			of = strings.Join([]string{"alike", i.Mount, hostOf(i.URL), i.facts()}, "\n")
		}
		if alike[of] == nil {
			order = append(order, of)
		}
		alike[of] = append(alike[of], i)
	}
	for _, of := range order {
		if all := alike[of]; len(all) > GroupAbove {
			p.tellTogether(all)
			continue
		}
		for _, i := range alike[of] {
			p.tell(i)
		}
	}
}

// endings tells what is over. What is not known to be over is not.
func (p *pass) endings() {
	for _, key := range sortedKeys(p.next.Entries) {
		e := p.next.Entries[key]
		_, there := p.current[key]
		_, covered := p.seen.Covered[key]
		switch {
		case e.Over, there, covered, len(e.Members) > 0, p.seen.Unread[e.Mount], e.Day != "" && p.stillDue(key, e.Day):
		case !e.alone():
			e.Over, e.At = true, p.now
			p.next.Entries[key] = e
		default:
			p.end(key, e)
		}
	}
}

// end tells that a trouble is over. At night that is told only to whom it was told at night.
func (p *pass) end(key string, e Entry) {
	if e.Gone.IsZero() {
		e.Gone = p.now
		p.next.Entries[key] = e
	}
	switch {
	case p.quiet && e.Severity != rotation.SeverityCritical, e.restless(over, rotation.SeverityCritical, p.now):
		return
	case e.flaps() && passed(e.Gone, p.now) < FlapCalm:
		return
	}
	e = e.told(over, p.now)
	e.Over = true
	p.next.Entries[key] = e
	if p.to.SendResolved {
		p.messages = append(p.messages, p.resolved(key, e))
	}
}

// groups looks after those that were made for one message: who has left, whether it is over, whether to remind.
func (p *pass) groups() {
	for _, key := range sortedKeys(p.next.Entries) {
		e := p.next.Entries[key]
		if len(e.Members) == 0 || e.Over || p.seen.Unread[e.Mount] {
			continue
		}
		left := p.left(key, e)
		switch {
		case len(left) == 0:
			p.end(key, e)
		case e.Day == "" && e.State != string(rotation.StateExpiring) && p.remind(e):
			p.repeatGroup(key, e, left)
		}
	}
}

// left are the members that still have the trouble of their group.
func (p *pass) left(key string, group Entry) []string {
	return slices.DeleteFunc(slices.Clone(group.Members), func(member string) bool {
		if group.Day != "" {
			return !p.stillDue(member, group.Day)
		}
		e, known := p.next.Entries[member]
		return !known || e.Group != key || e.Over
	})
}

// forget drops what can have no effect any more.
func (p *pass) forget() {
	maps.DeleteFunc(p.next.Entries, func(_ string, e Entry) bool { return e.Over && passed(e.At, p.now) >= rotation.Day })
	today := p.now.UTC().Format(time.DateOnly)
	maps.DeleteFunc(p.next.Expiries, func(key string, r Reminded) bool {
		_, exists := p.seen.States[key]
		return r.Day < today || !exists && !p.seen.Unread[r.Mount]
	})
}
