package page

import (
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// indexView is the page of the whole estate.
type indexView struct {
	Frame       frame
	Headline    string
	Subline     string // empty where Next says what is ahead
	Next        *line  // whose password expires next
	Tallies     []tally
	Unread      []mountLine // mounts that cannot be read
	Troubles    []trouble
	More        int // integrations in trouble behind MoreLink
	MoreLink    string
	Horizon     *horizon
	List        list
	Directories []directoryLine
	Mounts      []mountLine
	Example     bool // nothing is stored yet: show how to begin
	Now         moment
}

// mountLine is one mount of the engine as the page shows it.
type mountLine struct {
	mount    estate.Mount
	Path     string
	Up       bool
	Read     bool   // at least once
	Fault    string // why not now
	AsOf     moment
	Stale    string // how old what is shown is, while it cannot be read
	Count    int
	Version  string
	Finished moment // the engine's last sweep
	Due      int
	Lag      string // how long the longest overdue has waited; empty: nothing has
	Late     bool   // and that is too long
}

// lateLag is from when on a backlog is shown as trouble.
const lateLag = 15 * time.Minute

func mountLines(s estate.Snapshot, now time.Time) []mountLine {
	var lines []mountLine
	for _, m := range s.Mounts {
		l := mountLine{
			mount: m, Path: m.Path, Up: m.Up, Read: m.Revision != "", Fault: m.Fault, AsOf: momentOf(&m.Generated, now),
			Count: len(m.Statuses), Version: m.Version, Finished: momentOf(m.Sweep.Finished, now), Due: m.Sweep.Due,
		}
		if lag := time.Duration(m.Sweep.Lag) * time.Second; lag > 0 {
			l.Lag, l.Late = span(lag), lag >= lateLag
		}
		if !l.Up && l.Read {
			l.Stale = "as of " + relative(m.Generated, now)
		}
		lines = append(lines, l)
	}
	return lines
}

// indexOf decides everything that the page of the whole estate shows.
func indexOf(s estate.Snapshot, q query, now time.Time, f frame) indexView {
	all := rowsOf(s)
	v := indexView{Frame: f, Mounts: mountLines(s, now), Now: momentAt(now, now)}
	for _, m := range v.Mounts {
		if !m.Up {
			v.Unread = append(v.Unread, m)
		}
	}
	inTrouble := 0
	v.Directories, inTrouble = directoriesOf(v.Mounts, now)
	items, hand := attention(all, q, now)
	shown := items[:min(len(items), maxItems)]
	for _, behind := range items[len(shown):] {
		v.More += behind.Count()
	}
	v.Troubles = troublesOf(v.Directories, shown)
	v.MoreLink = query{Severity: severityHand, Size: q.Size, Refresh: q.Refresh}.link()
	v.Tallies = talliesOf(all, q)
	v.Horizon = horizonOf(all, q, now)
	v.List = listOf(s, all, q, now)
	v.Example = len(all) == 0 && len(s.Mounts) > 0 && len(v.Unread) == 0 && s.Read()
	v.Headline, v.Subline = headline(s, all, hand, inTrouble)
	v.Next = nextExpiry(all, now)
	if v.Subline == "" && v.Next == nil {
		v.Subline = "No password has a date of expiry ahead."
	}
	v.Frame.Title = v.Headline
	return v
}

// headline says in a sentence how the estate is, and, where nothing of it is known, in a second one what to do.
func headline(s estate.Snapshot, all []row, hand, doors int) (first, then string) {
	down := 0
	for _, m := range s.Mounts {
		if !m.Up && m.Fault != "" {
			down++
		}
	}
	switch {
	case len(s.Mounts) == 0:
		return "No mount is configured.", "Name the mounts of the engine under mounts in the agent's configuration, and reload it."
	case len(all) == 0 && down > 0:
		return "Nothing can be read yet.", "What the agent could not read, and why, stands below."
	case len(all) == 0 && !s.Read():
		return "The first reading is under way.", "Load this page again in a moment."
	case len(all) == 0:
		return "There are no integrations yet.", "As soon as one is written to the engine, it is shown here."
	}
	switch {
	case hand > 0 && hand == len(all) && hand > 1:
		first = "All " + grouped(hand) + " integrations need a hand."
	case hand > 0:
		verb := " need a hand."
		if hand == 1 {
			verb = " needs a hand."
		}
		first = grouped(hand) + " of " + count(len(all), "integration", "integrations") + verb
	case doors > 0:
		first = count(doors, "directory needs", "directories need") + " a hand."
	case down > 0:
		first = count(down, "mount cannot", "mounts cannot") + " be read."
	case len(all) == 1:
		first = "The one integration is well."
	default:
		first = "All " + grouped(len(all)) + " integrations are well."
		if unproved(all) > 0 {
			first = "Nothing needs a hand."
		}
	}
	return first, ""
}

// unproved counts what nothing is known of.
func unproved(all []row) int {
	n := 0
	for _, r := range all {
		if severityOf(r) == rotation.SeverityUnknown {
			n++
		}
	}
	return n
}

// nextExpiry is the integration whose password expires next; nil where no date is ahead.
func nextExpiry(all []row, now time.Time) *line {
	var next *row
	for i, r := range all {
		if r.Expiry != nil && now.Before(*r.Expiry) && (next == nil || r.Expiry.Before(*next.Expiry)) {
			next = &all[i]
		}
	}
	if next == nil {
		return nil
	}
	l := lineOf(*next, now)
	return &l
}
