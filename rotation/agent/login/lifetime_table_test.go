package login_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

func TestWhatTimeAsksOfAToken(t *testing.T) {
	cases := map[string]struct {
		facts login.Facts
		draw  float64
		todo  string
		in    time.Duration
	}{
		"one without an end is left alone":                 {login.Facts{Renewable: true}, 0, "none", 0},
		"ours is renewed at half of its time":              {login.Facts{Left: time.Hour, Renewable: true}, 0, "renew", 30 * time.Minute},
		"or up to two thirds":                              {login.Facts{Left: time.Hour, Renewable: true}, 1, "renew", 40 * time.Minute},
		"one that was given is renewed, too":               {login.Facts{Left: time.Hour, Renewable: true, Given: true}, 0, "renew", 30 * time.Minute},
		"one that cannot be is replaced before its end":    {login.Facts{Left: time.Hour}, 0, "login", 48 * time.Minute},
		"and never at its end":                             {login.Facts{Left: time.Hour}, 1, "login", 54 * time.Minute},
		"one that was given and cannot be is used up":      {login.Facts{Left: time.Hour, Given: true}, 0, "end", time.Hour},
		"what somebody else renews is looked at":           {login.Facts{Left: time.Hour, Renewable: true, Given: true, Kept: true}, 0, "look", 30 * time.Minute},
		"at most once a minute":                            {login.Facts{Left: time.Second, Given: true, Kept: true}, 0, "look", time.Minute},
		"whose end is past is replaced at once":            {login.Facts{Left: -time.Second}, 0, "login", -800 * time.Millisecond},
		"what somebody else renews and ended is looked at": {login.Facts{Left: -time.Hour, Kept: true}, 0, "look", time.Minute},
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if todo, in := login.Next(now, c.facts, c.draw); todo != c.todo || in.Round(time.Millisecond) != c.in {
				t.Errorf("%s in %v, want %s in %v", todo, in, c.todo, c.in)
			}
		})
	}
}

func TestWhatARenewalMakesOfAToken(t *testing.T) {
	cases := map[string]struct {
		seconds int
		want    login.Facts
	}{
		"as much as before":              {3600, login.Facts{Left: time.Hour, Lifetime: 3600, Renewable: true}},
		"half of it, near Vault's limit": {1800, login.Facts{Left: 30 * time.Minute, Lifetime: 3600, Renewable: true}},
		"less, for it is at the limit":   {1799, login.Facts{Left: 1799 * time.Second, Lifetime: 3600}},
		"nothing":                        {0, login.Facts{Left: time.Minute, Lifetime: 3600}},
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := login.Renewed(now, login.Facts{Left: time.Minute, Lifetime: 3600, Renewable: true}, c.seconds)
			if got != c.want {
				t.Errorf("it is %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestWhatALookMakesOfAToken(t *testing.T) {
	cases := map[string]struct {
		left    time.Duration
		seconds int
		want    time.Duration
	}{
		"somebody renewed it":                    {time.Minute, 3600, time.Hour},
		"less than a second is left, and no end": {time.Minute, 0, time.Minute},
		"it has no end":                          {0, 0, 0},
		"its end was not known":                  {0, 60, time.Minute},
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := login.Looked(now, login.Facts{Left: c.left}, c.seconds); got.Left != c.want {
				t.Errorf("%v are left, want %v", got.Left, c.want)
			}
		})
	}
}
