package page

import (
	"strings"
	"testing"
)

func TestTimesInASentenceAreWrittenAsThePageWritesThem(t *testing.T) {
	for sentence, want := range map[string]string{
		"":                     "",
		"no time":              "no time",
		"2026-11-23T06:41:00Z": "[23 Nov 2026, 06:41]",
		"from 2026-11-23T06:41:00Z to (2027-01-02T00:00:59Z).":                "from [23 Nov 2026, 06:41] to ([2 Jan 2027, 00:00]).",
		"no such day: 2026-02-30T06:41:00Z, then 2026-03-01T06:41:00Z":        "no such day: 2026-02-30T06:41:00Z, then [1 Mar 2026, 06:41]",
		"not UTC: 2026-11-23T06:41:00+01:00; inside of x2026-11-23T06:41:00Z": "not UTC: 2026-11-23T06:41:00+01:00; inside of x2026-11-23T06:41:00Z",
	} {
		var got strings.Builder
		for _, p := range told(sentence) {
			got.WriteString(p.Text)
			if p.At.Known {
				got.WriteString("[" + p.At.Text + "]")
			}
		}
		if got.String() != want {
			t.Errorf("%q is told as %q", sentence, got.String())
		}
	}
}

func TestAMessageKeepsItsTimesForMachines(t *testing.T) {
	message := classed(mixed(t).page(t, lockedPage), "message")[0]
	if !strings.Contains(text(message), "is locked since 23 Nov 2026, 08:54 after") {
		t.Errorf("it says %q", text(message))
	}
	times := elements(message, "time")
	if len(times) != 2 || attr(times[1], "datetime") != "2026-11-23T08:54:00Z" {
		t.Errorf("its times are %d", len(times))
	}
}
