package page

import (
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// line is one integration as the list shows it.
type line struct {
	Mark           mark
	Name, Link     string
	Mount          string
	Username, Host string
	Modules        []chip
	Expiry         expiry
	LastCheck      moment
	NextCheck      moment
	Overdue        bool // the next check should have been
	Guard          guard
	Rotation       turn
	Stale          string // how old what is shown is, where its mount cannot be read
}

// chip is a module of an integration.
type chip struct {
	Code string
	Word string // what is wrong with it; empty: nothing
}

// turn is how the rotation of a password stands.
type turn struct {
	Word string
	Next moment
	Tone tone
}

// overdueAfter is how long after its time a check is late, and not only under way.
const overdueAfter = 10 * time.Minute

func lineOf(r row, now time.Time) line {
	return line{
		Mark: markOf(r.State, severityOf(r)), Name: r.Name, Link: pathOf(r.mount.Path, r.Name), Mount: r.mount.Path,
		Username: r.Username, Host: hostOf(r.ServerURL), Modules: chipsOf(r),
		Expiry: expiryOf(r, now), LastCheck: momentOf(r.LastCheck, now), NextCheck: momentOf(r.NextCheck, now),
		Overdue: r.NextCheck != nil && now.Sub(*r.NextCheck) > overdueAfter,
		Guard:   guardOf(r, now), Rotation: turnOf(r, now), Stale: staleness(r, now),
	}
}

// staleness is how old what is shown of an integration is, in words; empty while its mount is read.
func staleness(r row, now time.Time) string {
	if r.mount.Up {
		return ""
	}
	return "as of " + relative(r.mount.Generated, now)
}

// chipsOf gives the selected modules, and what is wrong with one.
func chipsOf(r row) []chip {
	var chips []chip
	for _, code := range r.Selected {
		c := chip{Code: code}
		if module, asked := r.Modules[code]; asked && !module.Accessible() {
			c.Word = strings.ReplaceAll(module.Result, "_", " ")
		}
		chips = append(chips, c)
	}
	return chips
}

func turnOf(r row, now time.Time) turn {
	t := turn{Word: "not scheduled", Tone: toneQuiet, Next: momentOf(r.NextRotation, now)}
	switch {
	case r.Phase != "" && r.Phase != rotation.PhaseIdle:
		t.Word, t.Tone = strings.ToLower(string(r.Phase)), toneWarning
		if r.Phase == rotation.PhaseUnresolved {
			t.Tone = toneCritical
		}
	case r.RotationError != "":
		t.Word, t.Tone = "last one failed", toneWarning
	case t.Next.Known:
		t.Word = "scheduled"
	}
	return t
}
