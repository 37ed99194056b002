package page

import (
	"cmp"
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// past is what the engine answered when it was asked for the history.
type past struct {
	events []estate.Event
	fault  error
}

// integrationView is the page of one integration.
type integrationView struct {
	Frame    frame
	Line     line
	Mount    mountLine
	Account  account
	Standby  *account
	Life     *chart
	Checks   *chart
	Facts    []panel
	Warnings []string
	History  []occurrence
	// HistoryFault is why there is no history to show; empty where there is, or where nothing has happened.
	HistoryFault string
	Now          moment
}

// panel is a few facts under one heading.
type panel struct {
	Title string
	Facts []fact
}

// occurrence is an event of the history.
type occurrence struct {
	Seq       int64
	At        moment
	Kind      string
	From, To  *mark
	Reason    string
	Version   int64
	Actor     string
	ByEngine  bool
	SameState bool
}

// integrationOf decides everything that an integration's page shows.
func integrationOf(r row, p past, now time.Time, f frame) integrationView {
	s := readSaid(r.Status)
	v := integrationView{
		Frame: f, Line: lineOf(r, now), Account: accountOf(r, s, now), Warnings: r.Warnings, Now: momentAt(now, now),
		Mount: mountLines(estate.Snapshot{Mounts: []estate.Mount{*r.mount}}, now)[0],
		Life:  lifeOf(r, s, p.events, now), Checks: checksOf(r, now),
		Facts:   []panel{credentialFacts(r, s, now), checkFacts(r, now), guardFacts(r, s, now), rotationFacts(r, now), usageFacts(s, now)},
		History: occurrences(p.events, now),
	}
	v.Facts = slices.DeleteFunc(v.Facts, func(p panel) bool { return len(p.Facts) == 0 })
	if p.fault != nil {
		v.HistoryFault = p.fault.Error()
	}
	if len(s.Standby) > 0 && string(s.Standby) != "null" {
		v.Standby = standbyOf(r, s, now)
	}
	v.Frame.Title = r.Name + ": " + v.Line.Mark.Word
	return v
}

// recentEvents is how many events of a history stand open; older ones are folded away, unless they are few.
const (
	recentEvents = 20
	fewMore      = 5
)

// Recent is what of the history stands open.
func (v integrationView) Recent() []occurrence {
	if len(v.History) <= recentEvents+fewMore {
		return v.History
	}
	return v.History[:recentEvents]
}

// Older is the rest of it.
func (v integrationView) Older() []occurrence { return v.History[len(v.Recent()):] }

// Oldest is the first event that is still kept; nothing where there is none.
func (v integrationView) Oldest() occurrence {
	if len(v.History) == 0 {
		return occurrence{}
	}
	return v.History[len(v.History)-1]
}

// standbyOf is the other account of a pair; nil where it cannot be read.
func standbyOf(r row, s said, now time.Time) *account {
	status, err := estate.ReadStatus(r.mount.Path, r.Name, s.Standby)
	if err != nil {
		return nil
	}
	status.ServerURL, status.Selected = cmp.Or(status.ServerURL, r.ServerURL), r.Selected
	other := row{Status: &status, mount: r.mount}
	spoken := readSaid(&status)
	a := accountOf(other, spoken, now)
	a.Facts = slices.Concat(credentialFacts(other, spoken, now).Facts, checkFacts(other, now).Facts, guardFacts(other, spoken, now).Facts)
	return &a
}

// occurrences gives the events, the newest first.
func occurrences(events []estate.Event, now time.Time) []occurrence {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, z estate.Event) int { return cmp.Compare(z.Seq, a.Seq) })
	var shown []occurrence
	for _, e := range events {
		to := markOf(e.ToState, severityOfTone(e.ToState))
		o := occurrence{
			Seq: e.Seq, At: momentOf(&e.Time, now), Kind: kindWords(e.Kind), To: &to, Reason: string(e.Reason), Version: e.CredentialVersion,
			Actor: e.Actor, ByEngine: e.Actor == rotation.ActorEngine, SameState: e.FromState == e.ToState,
		}
		if e.FromState != "" && !o.SameState {
			from := markOf(e.FromState, severityOfTone(e.FromState))
			o.From = &from
		}
		shown = append(shown, o)
	}
	return shown
}

// severityOfTone is the severity that a state mostly has; the history keeps none.
func severityOfTone(s rotation.State) rotation.Severity {
	switch stateTone(s) {
	case toneCritical:
		return rotation.SeverityCritical
	case toneWarning:
		return rotation.SeverityWarning
	case toneOK, tonePaused:
		return rotation.SeverityOK
	case toneUnknown, toneQuiet:
	}
	return rotation.SeverityUnknown
}
