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

// Whoever has just written is the only one who writes: what memory holds of the account of logins is not asked for again
// to settle a login, unless the login took as long as another process needs to take over.
func TestALoginIsSettledOnWhatWasJustWritten(t *testing.T) {
	t.Parallel()
	later := rotation.Charge{ID: "later", By: rotation.ByEngine, State: rotation.ChargeRefused, Time: time.Unix(0, 0), Deadline: time.Unix(0, 0)}
	for name, test := range map[string]struct {
		takes time.Duration
		reads int
	}{
		"a login as ever":                    {100 * time.Millisecond, 1},
		"a login that took just too long":    {time.Second, 2},
		"a process that was stopped in it":   {10 * time.Second, 2},
		"nearly as long as it takes another": {time.Second - 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				disk := &ledgerReads{wavering: wavering{Storage: &logical.InmemStorage{}}}
				pod := &clockedPod{login: oracle.LoginAccepted}
				m := clocked(t, disk, pod)
				defer m.backend.Cleanup(t.Context())
				m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"verify_connection": false}))
				time.Sleep(time.Minute)
				disk.asked = nil
				pod.during = func() {
					time.Sleep(test.takes)
					if test.takes >= time.Second {
						disk.foreign(t, func(l rotation.Ledger) rotation.Ledger {
							l.Charges = append(slices.Clone(l.Charges), later)
							return l
						})
					}
				}
				m.ok(logical.UpdateOperation, "check/gl", nil)
				if len(disk.asked) != test.reads {
					t.Errorf("storage was asked %d times, want %d", len(disk.asked), test.reads)
				}
				if test.takes >= time.Second && m.read("status/gl")["refused_logins"] != 1 {
					t.Errorf("what another process stored is gone: %v", m.read("status/gl"))
				}
			})
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
