package login_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

func TestAWaitGrowsToItsBoundAndIsDrawn(t *testing.T) {
	cases := map[string]struct {
		reason   login.Reason
		failures int
		draw     float64
		want     time.Duration
	}{
		"the first is short":                       {login.Unreachable, 1, 0, time.Second},
		"a quarter of it is drawn":                 {login.Unreachable, 1, 1, 750 * time.Millisecond},
		"each is twice the one before":             {login.Sealed, 4, 0, 8 * time.Second},
		"it stops at a minute":                     {login.Standby, 7, 0, time.Minute},
		"and stays there for a month":              {login.Unreachable, 50_000, 1, 45 * time.Second},
		"a refusal waits for longer":               {login.Refused, 1, 0, 2 * time.Minute},
		"a file that is missing does, too":         {login.Unready, 2, 0, 4 * time.Minute},
		"a refusal stops at ten minutes":           {login.Refused, 4, 0, 10 * time.Minute},
		"no failure at all waits like the first":   {login.Unreachable, 0, 0, time.Second},
		"a refusal of months is drawn to a bound":  {login.Refused, 50_000, 1, 450 * time.Second},
		"the sixth of a sealed Vault is below one": {login.Sealed, 6, 0, 32 * time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := login.Wait(c.reason, c.failures, c.draw); got != c.want {
				t.Errorf("it waits %v, want %v", got, c.want)
			}
		})
	}
}
