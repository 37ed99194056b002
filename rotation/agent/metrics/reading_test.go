package metrics_test

import (
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/metrics"
)

func TestTheLagOfAMountThatIsDownGrowsWithTheAgeOfItsReport(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		mount estate.Mount
		lag   time.Duration
		known bool
	}{
		"never read":                 {estate.Mount{Sweep: estate.Sweep{Lag: 5}}, 0, false},
		"up, nothing overdue":        {estate.Mount{Revision: "r", Up: true, ReadAt: now.Add(-40 * time.Second)}, 0, true},
		"up, something overdue":      {estate.Mount{Revision: "r", Up: true, ReadAt: now.Add(-time.Hour), Sweep: estate.Sweep{Lag: 90}}, 90 * time.Second, true},
		"down for two hours":         {estate.Mount{Revision: "r", ReadAt: now.Add(-2 * time.Hour)}, 2 * time.Hour, true},
		"down, and something waited": {estate.Mount{Revision: "r", ReadAt: now.Add(-2 * time.Hour), Sweep: estate.Sweep{Lag: 90}}, 2*time.Hour + 90*time.Second, true},
		"the clock was set back":     {estate.Mount{Revision: "r", ReadAt: now.Add(time.Hour), Sweep: estate.Sweep{Lag: 90}}, 90 * time.Second, true},
	} {
		if lag, known := metrics.SweepLag(row.mount, now); lag != row.lag || known != row.known {
			t.Errorf("%s: got %s, %t", name, lag, known)
		}
	}
}

func TestAHoldRunsOutByItself(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	before, after := now.Add(-time.Second), now.Add(time.Second)
	for name, row := range map[string]struct {
		status estate.Status
		want   bool
	}{
		"not held":                 {estate.Status{}, false},
		"held until a person acts": {estate.Status{Held: true}, true},
		"held for a second more":   {estate.Status{Held: true, HeldUntil: &after}, true},
		"held until just now":      {estate.Status{Held: true, HeldUntil: &now}, false},
		"held until a second ago":  {estate.Status{Held: true, HeldUntil: &before}, false},
	} {
		if got := metrics.Held(row.status, now); got != row.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestAShownTextIsValidAndTellsBytesApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "gl-prod": "gl-prod", "日本\uFFFD": "日本\uFFFD", "a\xffb": `a\xffb`, "\uFFFD\xff": "\uFFFD" + `\xff`, "\xe6\x97": `\xe6\x97`, "\xed\xa0\x80": `\xed\xa0\x80`,
	} {
		if got := metrics.Valid(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		if got := metrics.Valid(text); !utf8.ValidString(got) || utf8.ValidString(text) && got != text {
			t.Fatalf("%q is shown as %q", text, got)
		}
	})
}
