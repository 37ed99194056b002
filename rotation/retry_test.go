package rotation_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/rotation"
)

func TestRetriesComeLaterEachTimeAndStop(t *testing.T) {
	t.Parallel()
	var r rotation.Retry
	now := start
	for n, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256} {
		r = r.Failed(now, 1)
		at, ok := r.Due(now)
		if delay := at.Sub(now); delay != want*time.Minute || !ok || r.Failures != n+1 || r.Stopped || !r.NotBefore.Equal(at) {
			t.Errorf("after failure %d: %v, %v, %+v; want %v", n+1, delay, ok, r, want*time.Minute)
		}
		now = at
	}
	r = r.Failed(now, 1)
	if at, ok := r.Due(now); ok || !at.IsZero() || !r.Stopped || r.Failures != rotation.MaxRotationRetries {
		t.Errorf("after the last failure: %v, %v, %+v", at, ok, r)
	}
	if at, ok := r.Due(now.Add(rotation.MaxPeriod)); ok {
		t.Errorf("stopped, it is tried again at %v", at)
	}
}

// What goes on being looked at after the engine has stopped is looked at every six hours, however often.
func TestRetryDelaysAreBounded(t *testing.T) {
	t.Parallel()
	for _, failures := range []int{rotation.MaxRotationRetries, 100, math.MaxInt32} {
		r := rotation.Retry{Failures: failures}.Failed(start, 1)
		if delay := r.NotBefore.Sub(start); delay != 6*time.Hour || !r.Stopped || r.Failures != failures+1 {
			t.Errorf("after %d failures: %v, %+v", failures, delay, r)
		}
	}
}

func TestRetryJitter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		jitter float64
		want   time.Duration
	}{
		"the least":    {rotation.MinRetryJitter, 45 * time.Second},
		"none":         {1, time.Minute},
		"the most":     {rotation.MaxRetryJitter, 75 * time.Second},
		"less":         {0.7499, time.Minute},
		"more":         {1.2501, time.Minute},
		"nothing":      {0, time.Minute},
		"negative":     {-1, time.Minute},
		"endless":      {math.Inf(1), time.Minute},
		"not a number": {math.NaN(), time.Minute},
	} {
		if got := (rotation.Retry{}).Failed(start, test.jitter).NotBefore.Sub(start); got != test.want {
			t.Errorf("%s: the delay is %v, want %v", name, got, test.want)
		}
	}
}

func TestRetryDue(t *testing.T) {
	t.Parallel()
	const longest = 6*time.Hour*5/4 + 5*time.Minute // with jitter, and as far as a clock may differ
	for name, test := range map[string]struct {
		retry rotation.Retry
		want  time.Time
	}{
		"what never failed is due now":               {rotation.Retry{}, start},
		"a delay that has passed":                    {rotation.Retry{Failures: 1, NotBefore: start.Add(-time.Hour)}, start},
		"a delay":                                    {rotation.Retry{Failures: 1, NotBefore: start.Add(time.Second)}, start.Add(time.Second)},
		"the longest delay, by a clock a bit ahead":  {rotation.Retry{Failures: 1, NotBefore: start.Add(longest)}, start.Add(longest)},
		"a delay that a clock stored that was ahead": {rotation.Retry{Failures: 1, NotBefore: start.Add(longest + 1)}, start},
	} {
		if at, ok := test.retry.Due(start); !ok || !at.Equal(test.want) {
			t.Errorf("%s: %v, %v, want %v", name, at, ok, test.want)
		}
	}
}

func TestRetryIsStored(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(rotation.Retry{Failures: 2, NotBefore: start, Stopped: true})
	if want := `{"failures":2,"not_before":"2026-03-02T06:00:00Z","stopped":true}`; err != nil || string(text) != want {
		t.Errorf("stored as %s, %v, want %s", text, err, want)
	}
	if text, err := json.Marshal(rotation.Retry{}); err != nil || string(text) != "{}" {
		t.Errorf("nothing is stored as %s, %v", text, err)
	}
	if in := (rotation.Retry{}).Failed(start.In(time.FixedZone("", 3600)), 1); in.NotBefore.Location() != time.UTC {
		t.Errorf("stored in %v", in.NotBefore.Location())
	}
}

// Whatever the jitter, each delay is longer than the one before, until the bound; and a row ends.
func TestRetryProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var r rotation.Retry
		now, before := start, time.Duration(0)
		for r.Failures < 20 {
			failures := r.Failures
			r = r.Failed(now, rapid.Float64Range(rotation.MinRetryJitter, rotation.MaxRetryJitter).Draw(rt, "jitter"))
			delay := r.NotBefore.Sub(now)
			if delay <= before && before < 4*time.Hour {
				rt.Fatalf("failure %d waits %v after one of %v", r.Failures, delay, before)
			}
			if delay < 45*time.Second || delay > 450*time.Minute || r.Failures != failures+1 || r.Stopped != (r.Failures >= 10) {
				rt.Fatalf("%+v waits %v", r, delay)
			}
			now, before = r.NotBefore, delay
		}
	})
}
