package backend_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// ledgerReads counts how often an account of logins was asked for.
type ledgerReads struct {
	wavering
	asked []string
}

func (s *ledgerReads) Get(ctx context.Context, key string) (*logical.StorageEntry, error) {
	if strings.HasPrefix(key, "ledger/") {
		s.asked = append(s.asked, key)
	}
	return s.wavering.Get(ctx, key)
}

// foreign writes a ledger as another process does.
func (s *ledgerReads) foreign(t *testing.T, change func(rotation.Ledger) rotation.Ledger) {
	t.Helper()
	key := s.asked[len(s.asked)-1]
	entry, err := s.Storage.Get(t.Context(), key)
	if err != nil || entry == nil {
		t.Fatalf("read the ledger: %v, %v", entry, err)
	}
	var stored map[string]any
	var ledger struct{ Ledger rotation.Ledger }
	if err := errors.Join(entry.DecodeJSON(&stored), entry.DecodeJSON(&ledger)); err != nil {
		t.Fatal(err)
	}
	stored["ledger"] = change(ledger.Ledger)
	changed, err := logical.StorageEntryJSON(key, stored)
	if err := errors.Join(err, s.Storage.Put(t.Context(), changed)); err != nil {
		t.Fatal(err)
	}
}

// What another process stores while a login is under way is there after it, however short the login was: one that was
// stopped may go on beside this one and charge its own.
func TestALoginIsSettledOnWhatIsStored(t *testing.T) {
	t.Parallel()
	later := rotation.Charge{ID: "later", By: rotation.ByEngine, State: rotation.ChargeRefused, Time: time.Unix(0, 0), Deadline: time.Unix(0, 0)}
	for _, takes := range []time.Duration{0, 100 * time.Millisecond, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			disk := &ledgerReads{wavering: wavering{Storage: &logical.InmemStorage{}}}
			pod := &clockedPod{login: oracle.LoginAccepted}
			m := clocked(t, disk, pod)
			defer m.backend.Cleanup(t.Context())
			m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"verify_connection": false}))
			pod.during = func() {
				time.Sleep(takes)
				disk.foreign(t, func(l rotation.Ledger) rotation.Ledger {
					l.Charges = append(slices.Clone(l.Charges), later)
					return l
				})
			}
			m.ok(logical.UpdateOperation, "check/gl", nil)
			if status := m.read("status/gl"); status["refused_logins"] != 1 {
				t.Errorf("after a login of %v what another process stored is gone: %v", takes, status)
			}
		})
	}
}

// A write that failed and was made all the same is asked for in storage, however lately something else was written.
func TestAFailedWriteOfALedgerIsAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := &ledgerReads{wavering: wavering{Storage: &logical.InmemStorage{}}}
		pod := &clockedPod{login: oracle.LoginRefused}
		m := clocked(t, disk, pod)
		defer m.backend.Cleanup(t.Context())
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"verify_connection": false}))
		pod.during = func() {
			disk.decide(func(key string, write func() error) error {
				disk.decide(nil)
				return errors.Join(write(), errLate)
			})
		}
		_, _ = m.do(logical.UpdateOperation, "check/gl", nil)
		if status := m.read("status/gl"); status["refused_logins"] != 1 {
			t.Errorf("the refused login is not known: %v", status)
		}
	})
}
