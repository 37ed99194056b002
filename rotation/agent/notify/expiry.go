package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// stillDue says whether a password's expiry is still the date that was told, and ahead.
func (p *pass) stillDue(key, day string) bool {
	at, found := slices.BinarySearchFunc(p.seen.Expiries, key, func(e Expiring, key string) int { return strings.Compare(e.Key, key) })
	return found && p.seen.Expiries[at].day() == day
}

// expiries tells of dates that come near: each threshold once per date, and of several that were missed the last.
func (p *pass) expiries() {
	if p.quiet || weight(rotation.SeverityWarning) < weight(p.to.MinSeverity) {
		return
	}
	together := map[string][]Expiring{}
	var order []string
	for _, e := range p.seen.Expiries {
		told := p.next.Expiries[e.Key]
		if told.Day == e.day() && told.Threshold <= e.Threshold || p.elsewhere(e) {
			continue
		}
		p.next.Expiries[e.Key] = Reminded{Day: e.day(), Threshold: e.Threshold, Mount: e.Mount}
		if p.saidToday(e.Key) {
			continue
		}
		of := strings.Join([]string{e.Mount, hostOf(e.URL), e.day(), fmt.Sprint(e.Threshold)}, "\n")
		if together[of] == nil {
			order = append(order, of)
		}
		together[of] = append(together[of], e)
	}
	for _, of := range order {
		if all := together[of]; len(all) > GroupAbove {
			p.expireTogether(all)
			continue
		}
		for _, e := range together[of] {
			p.expire(e)
		}
	}
}

// elsewhere says whether something graver is wrong with it, beside which a date is no news: it is critical, or its pod cannot
// be asked and the date is not close. The date is told when that is over.
func (p *pass) elsewhere(of Expiring) bool {
	_, covered := p.seen.Covered[of.Key]
	i, troubled := p.current[of.Key]
	grave := func(severity rotation.Severity, state string) bool {
		return severity == rotation.SeverityCritical && state != string(rotation.StateExpiring)
	}
	e := p.next.Entries[of.Key] // what was told, and is not yet said to be over
	return troubled && grave(i.Severity, i.State) || !e.Over && grave(e.Severity, e.State) || covered && of.Threshold > closeDays
}

// closeDays is from how many days on a date is told although the pod cannot be asked.
const closeDays = 3

// saidToday says whether a change was told within the day, by itself: that showed the date.
func (p *pass) saidToday(key string) bool {
	e, known := p.next.Entries[key]
	return known && e.alone() && e.Group == "" && e.Day == "" && passed(e.Changed, p.now) < rotation.Day
}

// expire reminds of one. Where nothing else is wrong the reminder is a trouble of its own, over when the date is another.
func (p *pass) expire(of Expiring) {
	m := receiver.Message{
		ID: fmt.Sprintf("%s/%s/expiry/%s/%d", of.Mount, of.Name, of.day(), of.Threshold), Key: of.Key, Kind: receiver.Expiry,
		Severity: rotation.SeverityWarning, State: StateExpiry, Title: fmt.Sprintf("%s: password expires %s", of.Name, inDays(of.Threshold)),
		Text: "The password expires on " + stamp(of.At) + ". Rotate it before, or set a new one in Fusion and write it to integrations/" + of.Name + ".",
		Time: p.now, Since: p.now, Mount: of.Mount, Name: of.Name, ServerURL: of.URL, Expiry: &of.At,
	}
	e, known := p.next.Entries[of.Key]
	if i, troubled := p.current[of.Key]; troubled {
		m.State, m.Reason, m.Severity, m.Since = i.State, i.Reason, i.Severity, i.Since
		if i.Text != "" && i.State == string(rotation.StateExpiring) { // that says when, and what to do
			m.Text = i.Text
		}
	}
	if !known || e.Over || e.Day != "" {
		e = opened(e, m, of.day(), p.now)
		p.next.Entries[of.Key], m.ID = e, e.ID
	} else if e.Group != "" {
		e.Own = true
		p.next.Entries[of.Key] = e
	}
	p.messages = append(p.messages, m)
}

// expireTogether reminds of many on one server that expire on the same day.
func (p *pass) expireTogether(all []Expiring) {
	first := all[0]
	m := receiver.Message{
		Key:  keyOf("expiry", first.Mount, hostOf(first.URL), first.day()),
		Kind: receiver.Expiry, Severity: rotation.SeverityWarning, State: StateExpiry,
		Title: fmt.Sprintf("%s: %d passwords expire %s", hostOf(first.URL), len(all), inDays(first.Threshold)),
		Text:  "The passwords expire on " + first.day() + ". Rotate them before, or set new ones in Fusion and write them to integrations/.",
		Time:  p.now, Since: p.now, Mount: first.Mount, ServerURL: first.URL, Expiry: &first.At, MemberCount: len(all),
	}
	m.ID = fmt.Sprintf("%s/%d/%d", m.Key, first.Threshold, p.now.Unix())
	var keys []string
	for _, e := range all {
		keys = append(keys, e.Key)
		m.Members = append(m.Members, receiver.Member{Name: e.Name, State: p.seen.States[e.Key]})
	}
	m.Members = m.Members[:min(len(m.Members), receiver.MaxMembers)]
	e := opened(p.next.Entries[m.Key], m, first.day(), p.now)
	e.Members = keys
	p.next.Entries[m.Key], m.ID = e, e.ID
	p.messages = append(p.messages, m)
}

// opened is the entry that a reminder makes.
func opened(before Entry, m receiver.Message, day string, now time.Time) Entry {
	e := before.told(StateExpiry+"/"+day, now).named(m.ID)
	e.Over, e.Repeats, e.Group, e.Own, e.Facts, e.Day = false, 0, "", false, StateExpiry+"/"+day, day
	e.State, e.Severity, e.Title, e.Mount, e.Name, e.URL, e.Since = m.State, m.Severity, m.Title, m.Mount, m.Name, m.ServerURL, now
	return e
}

func inDays(days int) string {
	if days == 1 {
		return "within a day"
	}
	return fmt.Sprintf("within %d days", days)
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }
