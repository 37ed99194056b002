package page

// tally is how many integrations are of one tone.
type tally struct {
	Tone  tone
	Word  string
	Count string
	Link  string
	// X and Width place its part of the bar, in percent. A part is never too small to be seen.
	X, Width float64
}

// leastWidth is the smallest part of the bar, in percent.
const leastWidth = 1.5

// talliesOf counts integrations by tone, the gravest first; tones that none has are left out.
func talliesOf(all []row, q query) []tally {
	kinds := []struct {
		tone tone
		word string
		q    query
	}{
		{toneCritical, "critical", query{Severity: "critical"}},
		{toneWarning, "warning", query{Severity: "warning"}},
		{toneUnknown, "unknown", query{Severity: "unknown"}},
		{tonePaused, "paused", query{State: "paused"}},
		{toneOK, "OK", query{State: "ok", Severity: "ok"}},
	}
	counts := map[tone]int{}
	for _, r := range all {
		counts[toneOf(r.State, severityOf(r))]++
	}
	var tallies []tally
	wide := 0.0
	for _, kind := range kinds {
		n := counts[kind.tone]
		if n == 0 {
			continue
		}
		kind.q.Size, kind.q.Refresh = q.Size, q.Refresh
		width := max(leastWidth, 100*float64(n)/float64(len(all)))
		tallies = append(tallies, tally{Tone: kind.tone, Word: kind.word, Count: grouped(n), Link: kind.q.link(), Width: width})
		wide += width
	}
	x := 0.0
	for i := range tallies {
		tallies[i].X, tallies[i].Width = x, tallies[i].Width*100/wide
		x += tallies[i].Width
	}
	return tallies
}
