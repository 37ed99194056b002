package rotation_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// lagging is a store whose memory names the account that an integration had before; when that is read from storage, memory
// learns of it, unless it lags for good.
type lagging struct {
	*fakeStore
	before  rotation.Account // what memory says; empty: as storage
	forGood bool
	loads   int
}

func (s *lagging) AccountOf(ctx context.Context, name string, side rotation.Side) (rotation.Account, error) {
	if s.before != "" {
		return s.before, nil
	}
	return s.fakeStore.AccountOf(ctx, name, side)
}

func (s *lagging) LoadIntegration(ctx context.Context, name string, side rotation.Side) (rotation.Snapshot, rotation.Credential, error) {
	s.loads++
	if !s.forGood || s.loads == 10 { // whoever asks for ever shall not hang the test
		s.before = ""
	}
	return s.fakeStore.LoadIntegration(ctx, name, side)
}

// Another process gave the integration another user, and memory did not know. A check within the engine's budget is made
// once more, of the user who is stored; who forces a login meant the user before, whose refused logins they had weighed, and
// is told.
func TestACheckOfAnotherUserThanMemoryKnew(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		by      rotation.Initiator
		forGood bool
		loads   int
		logins  int
		err     error
	}{
		"the engine's own is made of the other": {rotation.ByEngine, false, 2, 1, nil},
		"but not over and over":                 {rotation.ByEngine, true, 2, 0, rotation.ErrOtherAccount},
		"a person's is not":                     {rotation.ByPerson, false, 1, 0, rotation.ErrOtherAccount},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				one := recent("gl")
				store := &lagging{fakeStore: newStore(one), before: "before@pod.example", forGood: tt.forGood}
				pod := &fakePod{}
				checker := rotation.NewChecker(store, rotation.NewProver(pod, store), pod, nil)
				ctx, cancel := context.WithTimeout(t.Context(), 36*time.Second)
				defer cancel()
				if _, err := checker.Check(ctx, "gl", rotation.CheckOptions{By: tt.by}); !errors.Is(err, tt.err) {
					t.Errorf("it ended with %v, want %v", err, tt.err)
				}
				if store.loads != tt.loads || pod.surveys != tt.logins {
					t.Errorf("it was loaded %d times for %d logins, want %d for %d", store.loads, pod.surveys, tt.loads, tt.logins)
				}
				if l := store.ledgers["before@pod.example"]; len(l.Charges) > 0 {
					t.Errorf("the user before was charged: %+v", l)
				}
				if tt.forGood {
					return
				}
				if _, err := checker.Check(ctx, "gl", rotation.CheckOptions{By: tt.by}); err != nil || pod.surveys == 0 {
					t.Errorf("asked again, it ended with %v after %d logins", err, pod.surveys)
				}
			})
		})
	}
}
