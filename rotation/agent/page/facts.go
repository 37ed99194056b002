package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// gathered leaves out the facts of which nothing is known.
func gathered(title string, facts ...fact) panel {
	known := slices.DeleteFunc(facts, func(f fact) bool { return f.Text == "" && !f.At.Known })
	return panel{Title: title, Facts: known}
}

func credentialFacts(r row, s said, now time.Time) panel {
	e := expiryOf(r, now)
	expires := fact{Term: "Expires", At: e.At, Tone: e.Tone, Note: s.agedWords()}
	if !e.At.Known {
		expires.Text = e.Word
	}
	version := ""
	if r.Version > 0 {
		version = fmt.Sprint(r.Version)
	}
	return gathered("Password",
		expires,
		fact{Term: "Set", At: momentOf(s.PasswordSet, now), Note: sourceWords(s.SetBy)},
		fact{Term: "Version", Text: version},
		fact{Term: "Policy", Text: r.Policy, Code: true},
	)
}

// agedWords is what an expiry is reckoned from.
func (s said) agedWords() string {
	if s.Rules == nil || s.Rules.MaxAge <= 0 {
		return ""
	}
	return fmt.Sprintf("at an age of %s, by the %s", span(time.Duration(s.Rules.MaxAge)*time.Second), s.Rules.Source)
}

// sourceWords is who said when a password was set.
func sourceWords(source string) string {
	switch source {
	case "operator":
		return "as an operator said"
	case "engine":
		return "by the engine"
	case "directory":
		return "as the directory says"
	case "assumed":
		return "assumed: nobody said when"
	}
	return source
}

func checkFacts(r row, now time.Time) panel {
	next := fact{Term: "Next check", At: momentOf(r.NextCheck, now)}
	if !next.At.Known {
		next.Text = "none is scheduled"
	}
	last := fact{Term: "Last check", At: momentOf(r.LastCheck, now)}
	if !last.At.Known {
		last.Text = "never"
	}
	failures := ""
	if r.Failures > 0 {
		failures = count(r.Failures, "check in a row", "checks in a row")
	}
	return gathered("Checks", last, fact{Term: "Last accepted login", At: momentOf(r.LastSuccess, now)}, next,
		fact{Term: "Could not ask", Text: failures, Tone: toneWarning})
}

func guardFacts(r row, s said, now time.Time) panel {
	g := guardOf(r, now)
	stands := fact{Term: "Lockout guard", Text: g.Word, Tone: g.Tone}
	facts := []fact{stands}
	if g.Tone == toneCritical || g.Until.Known {
		facts = append(facts, fact{Term: "Holds since", At: momentOf(s.HeldSince, now)}, fact{Term: "Holds until", At: g.Until})
	}
	facts = append(facts, fact{Term: "Refused in a row", Text: count(r.Refused, "login", "logins")})
	if r.Foreign != nil {
		facts = append(facts, fact{Term: "Refused to others", Text: count(*r.Foreign, "login", "logins"), Tone: toneOfCount(*r.Foreign)})
	}
	if r.AttemptsLeft != nil {
		facts = append(facts, fact{Term: "Left before a lock", Text: count(*r.AttemptsLeft, "refused login", "refused logins")})
	}
	return gathered("Guard", facts...)
}

func toneOfCount(n int) tone {
	if n > 0 {
		return toneWarning
	}
	return toneQuiet
}

func rotationFacts(r row, now time.Time) panel {
	t := turnOf(r, now)
	next := fact{Term: "Next rotation", At: t.Next}
	if !t.Next.Known {
		next.Text = "none is scheduled"
	}
	phase := fact{Term: "Phase", Text: phaseWords(r.Phase)}
	if r.Phase != "" && r.Phase != rotation.PhaseIdle {
		phase.Tone = t.Tone
	}
	code, words, _ := strings.Cut(r.RotationError, ": ")
	failed := fact{Term: "Last one failed", Text: r.RotationError, Tone: toneWarning}
	if words != "" {
		failed.Text, failed.Note = words, code
	}
	return gathered("Rotation", phase, fact{Term: "Last rotation", At: momentOf(r.LastRotation, now)}, next, failed)
}

func usageFacts(s said, now time.Time) panel {
	if s.Usage == nil {
		return panel{}
	}
	read := fact{Term: "Last read", At: momentOf(s.Usage.LastRead, now)}
	if !read.At.Known {
		read.Text = "not since this engine process began"
	}
	reads := fmt.Sprintf("%s by %s", count(s.Usage.Reads, "read", "reads"), count(s.Usage.Readers, "reader", "readers"))
	return gathered("Use", read, fact{Term: "In 24 hours", Text: reads}, fact{Term: "Counted since", At: momentOf(s.Usage.Since, now)})
}
