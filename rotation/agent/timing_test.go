package agent_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/rotation/agent"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestALoopIsHealthyForThreeIntervalsAndAGrace(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		interval, since time.Duration
		want            bool
	}{
		"just ticked":                            {time.Minute, 0, true},
		"an interval ago":                        {time.Minute, time.Minute, true},
		"three intervals ago":                    {time.Minute, 3 * time.Minute, true},
		"at the end of the grace":                {time.Minute, 3*time.Minute + 30*time.Second, true},
		"after the grace":                        {time.Minute, 3*time.Minute + 30*time.Second + 1, false},
		"a short interval has the grace too":     {time.Second, 33 * time.Second, true},
		"and not more":                           {time.Second, 34 * time.Second, false},
		"the clock was set back":                 {time.Minute, -time.Hour, true},
		"a long interval may well be in between": {24 * time.Hour, 30 * time.Hour, true},
	} {
		if got := agent.IsHealthy(noon, row.interval, noon.Add(row.since)); got != row.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestTicksStandAtWholeIntervalsPutOffByThePhase(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		interval time.Duration
		phase    float64
		now      time.Duration // since the first
		want     time.Duration
	}{
		"the second, without a phase":        {time.Minute, 0, 0, time.Minute},
		"the second, with half a phase":      {time.Minute, 0.5, 0, 63 * time.Second},
		"the third":                          {time.Minute, 0.5, 63 * time.Second, 123 * time.Second},
		"a little late is not made up for":   {time.Minute, 0.5, 70 * time.Second, 123 * time.Second},
		"an hour asleep costs one tick":      {time.Minute, 0.5, time.Hour + 10*time.Second, time.Hour + 63*time.Second},
		"an interval of nothing is a second": {0, 0, 0, time.Second},
	} {
		if got := agent.NextTick(noon, row.interval, row.phase, noon.Add(row.now)).Sub(noon); got != row.want {
			t.Errorf("%s: got %s, want %s", name, got, row.want)
		}
	}
}

func TestTheNextTickIsAlwaysAheadAndNeverFar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.Int64Range(int64(time.Second), int64(48*time.Hour)).Draw(t, "interval"))
		phase := rapid.Float64Range(0, 1).Draw(t, "phase")
		now := noon.Add(time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "since")))
		next := agent.NextTick(noon, interval, phase, now)
		if ahead := next.Sub(now); ahead <= 0 || ahead > interval+interval/10 {
			t.Fatalf("the next tick is %s ahead, with an interval of %s", ahead, interval)
		}
		if after := agent.NextTick(noon, interval, phase, next); after.Sub(next) != interval {
			t.Fatalf("the tick after it is %s later, want %s", after.Sub(next), interval)
		}
	})
}
