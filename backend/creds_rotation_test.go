package backend

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// monday is the first slot of the schedules below.
var monday = time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)

func withRotation(change func(*rotation.Policy)) rotation.Policy {
	p := rotation.DefaultPolicy()
	change(&p)
	return p
}

func TestRotationFields(t *testing.T) {
	t.Parallel()
	period := withRotation(func(p *rotation.Policy) { p.RotationPeriod = 30 * rotation.Day })
	weekdays := withRotation(func(p *rotation.Policy) { p.RotationSchedule = "0 2 * * 1-5" })
	beforeExpiry := withRotation(func(p *rotation.Policy) { p.RotateBeforeExpiry = 14 * rotation.Day })
	disabled := period
	disabled.DisableAutomatedRotation = true
	expires := rotation.RotationBasis{Name: "gl", Last: monday, Set: monday, Expiry: monday.Add(90 * rotation.Day)}
	stays := rotation.RotationBasis{Name: "gl", Last: monday, Set: monday}
	next := func(p rotation.Policy) time.Time { return p.NextRotation(expires, monday) }
	tests := map[string]struct {
		policy rotation.Policy
		basis  rotation.RotationBasis
		now    time.Time
		want   string
	}{
		"nothing is scheduled":                      {rotation.DefaultPolicy(), expires, monday, "null"},
		"automated rotation is disabled":            {disabled, expires, monday, "null"},
		"before an expiry that never comes":         {beforeExpiry, stays, monday, "null"},
		"there is no password yet":                  {period, rotation.RotationBasis{Name: "gl"}, monday, "null"},
		"a period":                                  {period, expires, monday, `{"rotation_period":2592000,"ttl":3600}`},
		"half an hour before the rotation":          {period, expires, next(period).Add(-30 * time.Minute), `{"rotation_period":2592000,"ttl":1800}`},
		"a second before the rotation":              {period, expires, next(period).Add(-time.Second), `{"rotation_period":2592000,"ttl":60}`},
		"long overdue":                              {period, expires, next(period).Add(rotation.Day), `{"rotation_period":2592000,"ttl":60}`},
		"by cron, from one weekday to the next":     {weekdays, expires, monday, `{"rotation_period":86400,"ttl":3600}`},
		"by cron, overdue since before the weekend": {weekdays, expires, monday.Add(6 * rotation.Day), `{"rotation_period":86400,"ttl":60}`},
		"only before the expiry":                    {beforeExpiry, expires, monday, `{"rotation_period":6566400,"ttl":3600}`},
		"a fraction of a second is left out":        {period, expires, next(period).Add(-90*time.Second - time.Nanosecond), `{"rotation_period":2592000,"ttl":90}`},
	}
	for name, test := range tests {
		got, err := json.Marshal(rotationFields(test.policy, test.basis, test.now))
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, test.want)
		}
	}
}

// Between two rotations nothing but the ttl changes; both fields come together, as the schema has them.
func TestRotationFieldsBetweenTwoRotations(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := rotation.DefaultPolicy()
		if p.RotationPeriod = time.Duration(rapid.Int64Range(int64(time.Minute), int64(rotation.MaxPeriod)).Draw(rt, "period")); rapid.Bool().Draw(rt, "by cron") {
			p.RotationPeriod = 0
			p.RotationSchedule = rapid.SampledFrom([]string{"*/5 * * * *", "0 2 * * 1-5", "0 0 1 * *", "0 0 29 2 *"}).Draw(rt, "cron")
			p.RotationWindow = rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(rt, "window")
		}
		b := rotation.RotationBasis{Name: rapid.StringN(0, 5, 20).Draw(rt, "name"), Last: monday}
		at := func(label string) map[string]any {
			return rotationFields(p, b, monday.Add(time.Duration(rapid.Int64Range(0, int64(2000*rotation.Day)).Draw(rt, label))))
		}
		one, other := at("one time"), at("another")
		period, ttl := one["rotation_period"].(int64), one["ttl"].(int64)
		if period < 60 || ttl < 60 || ttl > 3600 || other["rotation_period"] != period {
			rt.Fatalf("%v, and later %v", one, other)
		}
		if keys := slices.Sorted(maps.Keys(one)); !slices.Equal(keys, slices.Sorted(maps.Keys(rotationSchema()))) {
			rt.Fatalf("the fields are %v", keys)
		}
	})
}
