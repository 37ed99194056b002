package rotation

import "time"

// Advance brings what was last stored up to now: first the changes that time alone brought, each at its
// own instant, then what changed otherwise. Whoever asks, and however late, gets the same answer.
func Advance(s Snapshot, now time.Time) (Shown, Verdict) {
	shown := walk(s, now, func(Shown, time.Time) {})
	verdict := Judge(s, now)
	return shown.moved(verdict, s.settingsModified()), verdict
}

// settingsModified is when somebody last changed what a verdict depends on besides facts.
func (s Snapshot) settingsModified() time.Time {
	return later(later(s.Policy.Modified, s.ConfigModified), s.Integration.Modified)
}

// walk brings what is shown up to now by the changes that time alone brought, and notes each.
func walk(s Snapshot, now time.Time, note func(next Shown, at time.Time)) Shown {
	shown := s.Current().Shown
	for !shown.ChangesAt.IsZero() && !shown.ChangesAt.After(now) {
		at := shown.ChangesAt
		shown = shown.moved(Judge(s, at), at)
		note(shown, at)
	}
	return shown
}

// Step is what is shown after something happened: up to now by the facts before it, at now by those after.
func Step(before, after Snapshot, now time.Time) Shown {
	shown, _ := Advance(before, now)
	return shown.moved(Judge(after, now), now)
}

// First is what is shown of an integration that was just created.
func First(s Snapshot, now time.Time) Shown { return Shown{}.moved(Judge(s, now), now) }

// Counted counts a person's act as an event even when it moved nothing that is shown.
func (sh Shown) Counted(before Snapshot, now time.Time) Shown {
	if shown, _ := Advance(before, now); sh.Seq == shown.Seq {
		sh.Seq++
	}
	return sh
}

// moved is the shown state after a verdict; a change is counted, and dated at the given time.
func (sh Shown) moved(v Verdict, at time.Time) Shown {
	if v.State != sh.State || v.Reason != sh.Reason {
		if v.State != sh.State {
			sh.Since = later(sh.Since, at)
		}
		sh.State, sh.Reason = v.State, v.Reason
		sh.Seq++
	}
	sh.ChangesAt = v.ChangesAt
	return sh
}
