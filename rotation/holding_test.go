package rotation_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// holding is a holder whose rotation may begin.
func holding(way rotation.Way) rotation.Holding {
	return rotation.Holding{
		Way: way, Policy: rotation.DefaultPolicy(),
		Current: rotation.Keys{Username: gl, Password: secret.New("old"), LoggedIn: true, KnownUser: true, Basis: 1},
	}
}

func paired(h rotation.Holding) rotation.Holding {
	h.Standby = &rotation.Keys{Username: standby, Password: secret.New("old-2"), LoggedIn: true, KnownUser: true, Basis: 2}
	return h
}

func altered(h rotation.Holding, alter func(*rotation.Holding)) rotation.Holding {
	alter(&h)
	return h
}

func keeps(n int, sent time.Time) func(*rotation.Holding) {
	return func(h *rotation.Holding) {
		for range n {
			h.Current.Candidates = append(h.Current.Candidates, rotation.Candidate{Password: secret.New("kept"), Deadline: sent})
		}
	}
}

// Why a rotation may not begin, for the engine and for a person.
func TestMayBegin(t *testing.T) {
	t.Parallel()
	const fine = rotation.NoFailure
	now := start.Add(time.Hour)
	directory, self := holding(rotation.WayDirectory), holding(rotation.WaySelf)
	shown := func(attempts int) rotation.Ledger { return see(rotation.Ledger{Counts: true}, counted(attempts), now) }
	withPending := rotation.Ledger{}.Charged(rotation.Charge{ID: "x", By: rotation.ByEngine, Time: now, Deadline: now.Add(30 * time.Second)})
	longAgo := rotation.Ledger{}.Charged(rotation.Charge{ID: "x", By: rotation.ByEngine, Time: start, Deadline: start.Add(30 * time.Second)})
	tests := map[string]struct {
		holding          rotation.Holding
		ledger           rotation.Ledger
		engine, byPerson rotation.Failure
	}{
		"over a directory":                  {directory, rotation.Ledger{}, fine, fine},
		"by itself":                         {self, rotation.Ledger{}, fine, fine},
		"nobody can set it":                 {holding(rotation.WayNone), rotation.Ledger{}, rotation.NoWay, rotation.NoWay},
		"somebody else logs in as the user": {altered(directory, func(h *rotation.Holding) { h.Shared = true }), rotation.Ledger{}, rotation.SharedAccount, rotation.SharedAccount},
		"nobody has logged in as the user": {
			altered(directory, func(h *rotation.Holding) { h.Current.KnownUser, h.Current.LoggedIn = false, false }),
			rotation.Ledger{},
			rotation.NeverLoggedIn, rotation.NeverLoggedIn,
		},
		"this password has not logged in, and another had": {
			altered(directory, func(h *rotation.Holding) { h.Current.LoggedIn = false }), rotation.Ledger{}, fine, fine,
		},
		"a pair":                                 {paired(directory), rotation.Ledger{}, fine, fine},
		"a pair whose standby has not logged in": {altered(paired(directory), func(h *rotation.Holding) { h.Standby.KnownUser = false }), rotation.Ledger{}, rotation.NeverLoggedIn, rotation.NeverLoggedIn},
		"a pair whose current account has not":   {altered(paired(directory), func(h *rotation.Holding) { h.Current.KnownUser = false }), rotation.Ledger{}, fine, fine},
		"four are kept":                          {altered(directory, keeps(4, now)), rotation.Ledger{}, fine, fine},
		"five are kept":                          {altered(directory, keeps(5, now)), rotation.Ledger{}, rotation.TooManyCandidates, rotation.TooManyCandidates},
		"five are kept for a day":                {altered(directory, keeps(5, now.Add(-24*time.Hour))), rotation.Ledger{}, rotation.TooManyCandidates, rotation.TooManyCandidates},
		"five are kept for longer than that":     {altered(directory, keeps(5, now.Add(-24*time.Hour-1))), rotation.Ledger{}, fine, fine},
		"a pair whose current account keeps five": {
			altered(paired(directory), keeps(5, now)), rotation.Ledger{}, fine, fine,
		},
		"a login may still arrive":               {directory, withPending, rotation.LoginHeldBack, rotation.LoginHeldBack},
		"a login may still arrive, by itself":    {self, withPending, rotation.LoginHeldBack, rotation.LoginHeldBack},
		"a login whose process died":             {directory, longAgo, rotation.LoginsCharged, fine},
		"a login was refused":                    {directory, spent(engineRefused), rotation.LoginsCharged, fine},
		"a login was refused, by itself":         {self, spent(engineRefused), rotation.LoginsCharged, rotation.LoginsCharged},
		"a login was not answered":               {directory, spent(engineUnanswered), rotation.LoginsCharged, fine},
		"a person's login was refused":           {directory, spent(rotation.Charge{By: rotation.ByPerson, State: rotation.ChargeRefused}), rotation.LoginsCharged, fine},
		"the directory shows nothing":            {directory, shown(0), fine, fine},
		"the directory shows a lock":             {directory, see(rotation.Ledger{}, lockedView(), now), rotation.LoginHeldBack, fine},
		"the directory shows a lock, and itself": {self, see(rotation.Ledger{}, lockedView(), now), rotation.LoginHeldBack, rotation.LoginHeldBack},
		"one more refusal would lock":            {directory, shown(4), rotation.LoginHeldBack, fine},
		"two more would":                         {directory, shown(3), fine, fine},
	}
	for name, tt := range tests {
		if got := tt.holding.MayBegin(tt.ledger, rotation.ByEngine, now); got != tt.engine {
			t.Errorf("%s: the engine: %q, want %q", name, got, tt.engine)
		}
		if got := tt.holding.MayBegin(tt.ledger, rotation.ByPerson, now); got != tt.byPerson {
			t.Errorf("%s: a person: %q, want %q", name, got, tt.byPerson)
		}
	}
}
