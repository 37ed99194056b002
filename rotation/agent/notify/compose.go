package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// tell tells one trouble.
func (p *pass) tell(i Incident) {
	e := p.begun(i, baseOf(i, p.now))
	p.next.Entries[i.Key] = e
	p.messages = append(p.messages, messageOf(i, receiver.Trouble, e.ID, p.now))
}

// begun is the entry of a trouble that is told.
func (p *pass) begun(i Incident, base string) Entry {
	e := p.next.Entries[i.Key].again(i.facts(), p.now).told(i.facts(), p.now).named(base)
	e.Facts, e.State, e.Reason, e.Severity, e.Title, e.Mount, e.Name, e.URL = i.facts(), i.State, i.Reason, i.Severity, i.Title, i.Mount, i.Name, i.URL
	e.Since = i.Since
	if e.Since.IsZero() {
		e.Since = p.now
	}
	e.Over, e.Repeats, e.Group, e.Own, e.Members, e.Day = false, 0, "", false, nil, ""
	return e
}

// tellTogether tells many of one kind in one message, which has an end of its own.
func (p *pass) tellTogether(all []Incident) {
	group := together(all)
	before, known := p.next.Entries[group.Key]
	switch stands := known && !before.Over; {
	case before.restless(group.facts(), group.Severity, p.now):
		return // they came and went together a moment ago
	case stands && len(p.left(group.Key, before)) == 0: // it flaps, and that it was over has not been told
		before.Members, before.Gone = keysOf(group.Members), time.Time{}
		p.next.Entries[group.Key] = before
		p.join(group.Key, all)
		return
	case stands: // others, beside those of whom that one stands
		group.Key = fmt.Sprintf("%s/%d", group.Key, p.now.Unix())
	}
	e := p.begun(group, fmt.Sprintf("%s/%d", group.Key, p.now.Unix()))
	e.Members = keysOf(group.Members)
	p.next.Entries[group.Key] = e
	p.join(group.Key, all)
	p.messages = append(p.messages, messageOf(group, receiver.Trouble, e.ID, p.now))
}

// join notes of each that a group's message speaks for it.
func (p *pass) join(group string, all []Incident) {
	for _, i := range all {
		own := p.next.Entries[i.Key].alone()
		member := p.begun(i, baseOf(i, p.now))
		member.Group, member.Own = group, own
		p.next.Entries[i.Key] = member
	}
}

// together makes one trouble of many.
func together(all []Incident) Incident {
	first := all[0]
	group := Incident{
		State: first.State, Reason: first.Reason, Severity: first.Severity, Mount: first.Mount, URL: first.URL, Since: first.Since,
		Key:   keyOf("together", first.Mount, hostOf(first.URL), first.facts()),
		Title: manyTitle(first.URL, len(all), first.State),
		Text:  first.Text,
	}
	if first.State == string(rotation.StateOK) {
		group.Title = manyTitle(first.URL, len(all), first.Reason)
	}
	for _, i := range all {
		group.Members = append(group.Members, memberOf(i))
		if !i.Since.IsZero() && i.Since.Before(group.Since) {
			group.Since = i.Since
		}
	}
	return group
}

// repeat tells a trouble once more.
func (p *pass) repeat(i Incident) {
	e := p.next.Entries[i.Key]
	e.Repeats++
	e.At, e.Title = p.now, i.Title
	p.next.Entries[i.Key] = e
	p.messages = append(p.messages, messageOf(i, receiver.Reminder, e.reminderID(), p.now))
}

// repeatGroup tells once more who is left of a group.
func (p *pass) repeatGroup(key string, e Entry, left []string) {
	e.Repeats++
	e.At = p.now
	p.next.Entries[key] = e
	p.messages = append(p.messages, messageOf(p.groupNow(key, e, left), receiver.Reminder, e.reminderID(), p.now))
}

// groupNow is the trouble of those who are left of a group.
func (p *pass) groupNow(key string, e Entry, left []string) Incident {
	group := Incident{
		Key: key, State: e.State, Severity: e.Severity, Mount: e.Mount, URL: e.URL, Since: e.Since,
		Reason: e.Reason, Title: manyTitle(e.URL, len(left), strings.ToLower(e.word())),
	}
	for _, member := range left {
		i, known := p.current[member]
		if !known { // in a group of those that cannot be asked, for now
			i = Incident{Key: member, Name: p.next.Entries[member].Name, State: p.next.Entries[member].State}
		}
		group.Members = append(group.Members, memberOf(i))
		group.Text, group.Reason = cmp.Or(group.Text, i.Text), cmp.Or(group.Reason, i.Reason)
	}
	return group
}

// resolved tells that a trouble is over.
func (p *pass) resolved(key string, e Entry) receiver.Message {
	return receiver.Message{
		ID: e.ID + "/resolved", Key: key, Kind: receiver.Resolved, Severity: rotation.SeverityOK, State: p.seen.States[key],
		Title: e.Title, Text: p.endWords(key, e), Time: p.now, Since: e.Since, Mount: e.Mount, Name: e.Name, ServerURL: e.URL,
		MemberCount: len(e.Members),
	}
}

func (p *pass) endWords(key string, e Entry) string {
	state, exists := p.seen.States[key]
	switch {
	case !p.seen.Mounts[e.Mount]:
		return "The agent does not watch this mount any more, so nothing is told of it."
	case e.Day != "" && e.Day <= p.now.UTC().Format(time.DateOnly):
		return "The day has come: what has expired is told by itself."
	case e.Day != "" && state == string(rotation.StatePaused):
		return "It is paused: while it is, its date is not told."
	case e.Day != "":
		return "The date " + e.Day + " does not hold any more."
	case e.Name != "" && !exists:
		return "It does not exist any more."
	case e.Name != "" && state != string(rotation.StateOK):
		return fmt.Sprintf("%s since %s: over. It is %s now, which this receiver is not told.", e.word(), stamp(e.Since), plain(state))
	case e.Name != "":
		return fmt.Sprintf("%s since %s: over. It is ok now.", e.word(), stamp(e.Since))
	case e.State == StateSourceDown:
		return "The mount can be read again."
	case e.State == StateSweepLate:
		return "What was overdue has been done."
	}
	return fmt.Sprintf("%s since %s: over for all of them.", e.word(), stamp(e.Since))
}

// word is what the trouble was: the state, or, where the state is ok and something is wrong beside it, the reason.
func (e Entry) word() string {
	if e.State == string(rotation.StateOK) && e.Reason != "" {
		return capital(plain(e.Reason))
	}
	return capital(plain(e.State))
}

func capital(text string) string {
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
}

// reminderID is the id of the last reminder.
func (e Entry) reminderID() string { return fmt.Sprintf("%s/r%d", e.ID, e.Repeats) }

// baseOf is what the id of a trouble's message is made of: of an integration the change as the engine numbers it, so that
// two agents give it the same one, and since when it holds, because an integration that is deleted and created again is
// numbered from the beginning.
func baseOf(i Incident, now time.Time) string {
	switch {
	case i.Event == "":
		return fmt.Sprintf("%s/%d", i.Key, now.Unix())
	case i.Since.IsZero():
		return strings.Join([]string{i.Mount, i.Name, i.Event}, "/")
	}
	return fmt.Sprintf("%s/%s/%s/%d", i.Mount, i.Name, i.Event, i.Since.Unix())
}

func messageOf(i Incident, kind receiver.Kind, id string, now time.Time) receiver.Message {
	m := receiver.Message{
		ID: id, Key: i.Key, Kind: kind, Severity: i.Severity, Title: i.Title, Text: i.Text, Time: now, Since: i.Since,
		Mount: i.Mount, Name: i.Name, State: i.State, Reason: i.Reason, ServerURL: i.URL, Expiry: i.Expiry, MemberCount: len(i.Members),
	}
	if m.Since.IsZero() {
		m.Since = now
	}
	for _, member := range i.Members[:min(len(i.Members), receiver.MaxMembers)] {
		m.Members = append(m.Members, member.Member)
	}
	return m
}

func keysOf(members []Member) []string {
	keys := make([]string, 0, len(members))
	for _, member := range members {
		keys = append(keys, member.Key)
	}
	slices.Sort(keys)
	return keys
}

func manyTitle(server string, n int, state string) string {
	return fmt.Sprintf("%s: %d %s", hostOf(server), n, plain(state))
}

func plain(word string) string { return strings.ReplaceAll(word, "_", " ") }

// Open is what a receiver was told and is not over, for one that wants it again and again. The ids are those of the messages
// that told it.
func Open(told Ledger, seen Picture, now time.Time) []receiver.Message {
	p := &pass{seen: seen, now: now, next: told, current: map[string]Incident{}}
	for _, i := range seen.Incidents {
		p.current[i.Key] = i
	}
	var open []receiver.Message
	for _, key := range sortedKeys(told.Entries) {
		e := told.Entries[key]
		i, there := p.current[key]
		switch {
		case e.Over, e.Group != "", e.Day != "": // a date is told, and does not stand
			continue
		case len(e.Members) > 0:
			i = p.groupNow(key, e, p.left(key, e))
		case !there:
			i = Incident{
				Key: key, State: e.State, Severity: e.Severity, Title: e.Title, Mount: e.Mount, Name: e.Name, URL: e.URL, Since: e.Since,
			}
		}
		open = append(open, messageOf(i, receiver.Trouble, e.ID, now))
	}
	return open
}
