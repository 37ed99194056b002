package backend_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Storage that loses a write, or makes it and says that it failed, as raft does when its answer is late.

var errLate = errors.New("the answer of the storage was late")

// wavering is storage whose writes a test decides on.
type wavering struct {
	logical.Storage
	mu   sync.Mutex
	rule func(key string, write func() error) error
}

func (s *wavering) Put(ctx context.Context, entry *logical.StorageEntry) error {
	s.mu.Lock()
	rule := s.rule
	s.mu.Unlock()
	write := func() error { return s.Storage.Put(ctx, entry) }
	if rule == nil {
		return write()
	}
	return rule(entry.Key, write)
}

func (s *wavering) decide(rule func(key string, write func() error) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rule = rule
}

// lose loses every write of keys with a prefix.
func lose(prefix string) func(string, func() error) error {
	return func(key string, write func() error) error {
		if strings.HasPrefix(key, prefix) {
			return errLate
		}
		return write()
	}
}

// wavers runs a test in fake time on such a storage, with one integration stored and proved.
func wavers(t *testing.T, body func(*testing.T, *mount, *clockedPod, *wavering)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := &wavering{Storage: &logical.InmemStorage{}}
		pod := &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, disk, pod)
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(nil))
		pod.set(func(p *clockedPod) { p.logins = nil })
		body(t, m, pod, disk)
		m.backend.Cleanup(t.Context())
	})
}

func TestARefusalShowsThoughItsRecordWasLost(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, disk *wavering) {
		pod.set(func(p *clockedPod) { p.login = oracle.LoginRefused })
		disk.decide(lose("record/"))
		time.Sleep(2 * time.Hour)
		disk.decide(nil)
		time.Sleep(10 * time.Hour)
		if status := m.read("status/gl"); status["state"] != "rejected" || pod.count() != 1 {
			t.Errorf("after %d refused logins status answered %v", pod.count(), status)
		}
	})
}

func TestAUserThatWasNeverProvedIsUnchecked(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, disk *wavering) {
		disk.decide(lose("record/"))
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"username": "OTHER", "password": password, "verify_connection": false})
		disk.decide(nil)
		m.backend.Cleanup(t.Context())
		*m = *clocked(t, disk, pod)
		if status := m.read("status/gl"); status["state"] != "unchecked" {
			t.Errorf("status answered %v", status)
		}
	})
}

func TestAWriteThatWasMadeThoughItFailedIsSeen(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, disk *wavering) {
		disk.decide(func(key string, write func() error) error {
			if err := write(); err != nil || key != "integration/gl" {
				return err
			}
			return errLate
		})
		if _, err := m.do(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"}); err == nil {
			t.Fatal("the write said nothing")
		}
		disk.decide(nil)
		if status, creds := m.read("status/gl"), m.read("creds/gl"); status["credential_version"] != 2 || creds["credential_version"] != 2 {
			t.Errorf("status speaks of version %v, creds of %v", status["credential_version"], creds["credential_version"])
		}
		time.Sleep(24 * time.Hour)
		if status := m.read("status/gl"); status["state"] != "ok" || pod.count() > 30 {
			t.Errorf("after a day and %d logins status answered %v", pod.count(), status)
		}
	})
}

func TestANewPasswordIsTriedWhenThePeoplesWindowHasMovedOn(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, _ *wavering) {
		pod.set(func(p *clockedPod) { p.login = oracle.LoginRefused })
		time.Sleep(48 * time.Hour)
		for range 2 {
			m.ok(logical.UpdateOperation, "check/gl", map[string]any{"force": true})
		}
		pod.set(func(p *clockedPod) { p.login = oracle.LoginAccepted })
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9", "verify_connection": false})
		if next := m.read("status/gl")["next_check_time"]; next == nil {
			t.Error("status names no next check")
		}
		time.Sleep(2 * time.Hour)
		if status := m.read("status/gl"); status["state"] != "ok" {
			t.Errorf("two hours later status answered %v", status)
		}
	})
}

func TestANewPasswordOutlivesAPodThatIsDown(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, _ *wavering) {
		pod.set(func(p *clockedPod) { p.login = oracle.LoginRefused })
		time.Sleep(48 * time.Hour)
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9", "verify_connection": false})
		pod.set(func(p *clockedPod) { p.login = oracle.LoginUnproved })
		time.Sleep(5 * time.Hour)
		pod.set(func(p *clockedPod) { p.login = oracle.LoginAccepted })
		time.Sleep(2 * time.Hour)
		if status := m.read("status/gl"); status["state"] != "ok" {
			t.Errorf("with the pod up again status answered %v", status)
		}
	})
}

func TestAWriteThatFailedLetsNothingBeTried(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, disk *wavering) {
		pod.set(func(p *clockedPod) { p.login = oracle.LoginRefused })
		time.Sleep(48 * time.Hour)
		disk.decide(lose("integration/"))
		if _, err := m.do(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9", "verify_connection": false}); err == nil {
			t.Fatal("the write said nothing")
		}
		disk.decide(nil)
		m.ok(logical.UpdateOperation, "check/gl", nil)
		time.Sleep(48 * time.Hour)
		if pod.count() != 2 {
			t.Errorf("a password that was refused twice was tried %d times", pod.count())
		}
	})
}

func TestModulesThatWereNotAskedAreNotOK(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, _ *wavering) {
		pod.set(func(p *clockedPod) {
			p.during = func() {
				m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"modules": "AP", "verify_connection": false})
			}
		})
		m.ok(logical.UpdateOperation, "check/gl", nil)
		if status := m.read("status/gl"); status["state"] != "unchecked" {
			t.Errorf("status answered %v", status)
		}
	})
}

func TestTheCalendarHearsOfTheLedger(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, disk *wavering) {
		pod.set(func(p *clockedPod) { p.login = oracle.LoginRefused })
		time.Sleep(48 * time.Hour)
		pod.set(func(p *clockedPod) { p.login = oracle.LoginAccepted })
		disk.decide(lose("record/"))
		if _, err := m.do(logical.UpdateOperation, "check/gl", map[string]any{"force": true}); err == nil {
			t.Fatal("the check said nothing")
		}
		disk.decide(nil)
		time.Sleep(2 * time.Hour)
		if status := m.read("status/gl"); status["state"] != "ok" {
			t.Errorf("status answered %v", status)
		}
	})
}

func TestALoginThatCouldNotBeStoredStillEndsTheHold(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, _ *wavering) {
		pod.set(func(p *clockedPod) { p.login = oracle.LoginRefused })
		time.Sleep(48 * time.Hour)
		pod.set(func(p *clockedPod) { p.login, p.module = oracle.LoginAccepted, oracle.NoPrivilege })
		m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"modules": "AP"})
		pod.set(func(p *clockedPod) { p.module = oracle.Accessible })
		time.Sleep(2 * time.Hour)
		if status := m.read("status/gl"); status["state"] != "ok" {
			t.Errorf("after Oracle accepted the user's login status answered %v", status)
		}
	})
}

func TestLagShowsThatNothingCanBeStored(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, _ *clockedPod, disk *wavering) {
		disk.decide(lose(""))
		time.Sleep(30*time.Hour + 30*time.Second)
		sweep := m.read("report")["sweep"].(map[string]any)
		if lag := sweep["lag_seconds"].(int64); lag < 28*3600 || sweep["due"] != 1 {
			t.Errorf("after thirty hours the sweep is reported as %v", sweep)
		}
	})
}

func TestALoginOutlivesTheClientThatAskedForIt(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, _ *wavering) {
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			pod.set(func(p *clockedPod) {
				p.during = func() {
					cancel() // the client hangs up while Oracle thinks
					time.Sleep(2 * time.Second)
				}
			})
			_, _ = m.backend.HandleRequest(ctx, &logical.Request{Operation: logical.UpdateOperation, Path: "check/gl", Storage: m.storage})
		}
		if status := m.read("status/gl"); status["state"] != "ok" || status["refused_logins"] != 0 || status["held"] != false {
			t.Errorf("after three impatient clients status answered %v", status)
		}
	})
}

func TestAPasswordIsNotSentOnceItsIntegrationIsGone(t *testing.T) {
	wavers(t, func(t *testing.T, m *mount, pod *clockedPod, _ *wavering) {
		waited := make(chan struct{})
		pod.set(func(p *clockedPod) {
			p.during = func() {
				go func() { // waits for its turn behind the login that is under way
					defer close(waited)
					m.refused(404, logical.UpdateOperation, "check/gl", nil)
				}()
				time.Sleep(time.Second)
				m.ok(logical.DeleteOperation, "integrations/gl", nil)
			}
		})
		m.refused(404, logical.UpdateOperation, "check/gl", nil)
		<-waited
		if pod.count() != 1 {
			t.Errorf("after its end the password was sent %d times", pod.count()-1)
		}
	})
}
