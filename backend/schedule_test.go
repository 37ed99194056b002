package backend_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/logical"
	"go.uber.org/goleak"

	"vault-plugin-secrets-oracle-financials/backend"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// clockedPod answers in fake time: a socket would stop the clock of testing/synctest.
type clockedPod struct {
	mu     sync.Mutex
	logins []time.Time
	login  oracle.LoginResult
	hangs  bool
	module oracle.ModuleResult // of every module; accessible if empty
	during func()              // runs once, while a login is under way
}

func (p *clockedPod) Knock(context.Context, oracle.Endpoint) oracle.Answer {
	return oracle.Answer{Outcome: oracle.Refused, Delivery: oracle.Answered, HTTPStatus: 401}
}

// LookUp is not for this pod: it has no directory.
func (p *clockedPod) LookUp(context.Context, oracle.Directory, string) oracle.LookUp {
	return oracle.LookUp{}
}

func (p *clockedPod) ForgetToken(oracle.Directory) {}

func (p *clockedPod) LookUpByToken(context.Context, oracle.Directory, string) (oracle.LookUp, bool) {
	return oracle.LookUp{}, false
}

func (p *clockedPod) Survey(ctx context.Context, _ oracle.Endpoint, _ oracle.Login, plans []oracle.Plan) oracle.Findings {
	p.mu.Lock()
	p.logins = append(p.logins, time.Now())
	login, hangs, during, module := p.login, p.hangs, p.during, p.module
	p.during = nil
	p.mu.Unlock()
	if during != nil {
		during()
	}
	if module == "" {
		module = oracle.Accessible
	}
	if hangs {
		<-ctx.Done()
	}
	if ctx.Err() != nil { // called off, as a real request would be
		return oracle.Findings{Login: oracle.LoginUnanswered, Cause: oracle.Answer{Outcome: oracle.Timeout, Delivery: oracle.Unanswered}}
	}
	f := oracle.Findings{Login: login}
	if login == oracle.LoginAccepted {
		for _, plan := range plans {
			f.Modules = append(f.Modules, oracle.Finding{Module: plan.Module, Result: module, HTTPStatus: 200})
		}
	}
	return f
}

func (p *clockedPod) set(change func(*clockedPod)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *clockedPod) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.logins)
}

// clocked is a mount whose sweep runs in fake time.
func clocked(t *testing.T, storage logical.Storage, pod backend.Oracle) *mount {
	t.Helper()
	m := &mount{t: t, storage: storage}
	m.config = logical.TestBackendConfig()
	m.config.StorageView, m.config.Logger = storage, log.NewNullLogger()
	b, err := backend.New(backend.Options{Oracle: pod})(t.Context(), m.config)
	must(t, err)
	must(t, b.Initialize(t.Context(), &logical.InitializationRequest{Storage: storage}))
	m.backend = b
	return m
}

func clockedFields(more map[string]any) map[string]any {
	fields := map[string]any{"server_url": "https://pod.oraclecloud.com", "username": user, "password": password}
	for name, value := range more {
		fields[name] = value
	}
	return fields
}

func TestTheSweepChecksByThePolicysSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pod := &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, &logical.InmemStorage{}, pod)
		defer m.backend.Cleanup(t.Context())
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(nil))
		time.Sleep(24 * time.Hour)
		if n := pod.count(); n < 25 || n > 27 {
			t.Errorf("in a day of hourly checks, each up to a tenth early, it logged in %d times", n)
		}
		m.ok(logical.UpdateOperation, "policies/default", map[string]any{"check_schedule": "30 2 * * *"})
		pod.set(func(p *clockedPod) { p.logins = nil })
		time.Sleep(10 * 24 * time.Hour)
		var logins []time.Time
		pod.set(func(p *clockedPod) { logins = slices.Clone(p.logins) })
		for _, at := range logins {
			if minute := at.UTC().Hour()*60 + at.UTC().Minute(); minute < 150 || minute >= 165 {
				t.Errorf("with a cron at 02:30 it logged in at %v", at.UTC())
			}
		}
		if n := pod.count(); n != 10 {
			t.Errorf("in ten days it logged in %d times", n)
		}
	})
}

func TestWhatWasMissedWhileVaultWasDownRunsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		storage, pod := &logical.InmemStorage{}, &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, storage, pod)
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(nil))
		m.backend.Cleanup(t.Context())
		time.Sleep(50 * time.Hour)
		if pod.count() != 1 {
			t.Fatalf("with the engine down it logged in %d times", pod.count())
		}
		m = clocked(t, storage, pod)
		defer m.backend.Cleanup(t.Context())
		time.Sleep(time.Second)
		if pod.count() != 2 {
			t.Errorf("a second after the start it had logged in %d times, want one to catch up", pod.count()-1)
		}
	})
}

func TestARefusedPasswordIsTriedTwiceInAYear(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pod := &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, &logical.InmemStorage{}, pod)
		defer m.backend.Cleanup(t.Context())
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(nil))
		pod.set(func(p *clockedPod) { p.login, p.logins = oracle.LoginRefused, nil })
		time.Sleep(12 * time.Hour)
		if status := m.read("status/gl"); status["state"] != "rejected" || status["held"] != true || status["held_until"] != status["next_check_time"] {
			t.Errorf("half a day later status answered %v", status)
		}
		time.Sleep(365 * 24 * time.Hour)
		if pod.count() != 2 {
			t.Errorf("by itself the engine caused %d refused logins", pod.count())
		}
		status := m.read("status/gl")
		if status["state"] != "expired" || status["confidence"] != "inferred" || status["next_check_time"] != nil {
			t.Errorf("a year later status answered %v", status)
		}
		pod.set(func(p *clockedPod) { p.login = oracle.LoginAccepted })
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
		if status := m.read("status/gl"); status["state"] != "ok" || status["held"] != false {
			t.Errorf("with a new password status answered %v", status)
		}
	})
}

func TestTimeAloneMovesTheStateAndTheReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pod := &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, &logical.InmemStorage{}, pod)
		defer m.backend.Cleanup(t.Context())
		m.ok(logical.UpdateOperation, "config", map[string]any{"disable_automated_sweep": true})
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"password_set_time": time.Now().Add(-75 * 24 * time.Hour).Format(time.RFC3339)}))
		revision := m.read("report")["revision"]
		if changed := m.readSince(revision); len(changed["integrations"].([]any)) != 0 || changed["full"] != false {
			t.Errorf("at once, changed: %v", changed["integrations"])
		}
		time.Sleep(25 * time.Hour)
		changed := m.readSince(revision)
		rows := changed["integrations"].([]any)
		if len(rows) != 1 || rows[0].(map[string]any)["state"] != "expiring" || changed["counts"].(map[string]any)["expiring"] != 1 {
			t.Errorf("a day later, changed: %v", changed)
		}
		if pod.count() != 1 {
			t.Errorf("with the automated sweep off it logged in %d times", pod.count())
		}
	})
}

// readSince reads what changed since a revision.
func (m *mount) readSince(revision any) map[string]any {
	m.t.Helper()
	return m.ok(logical.ReadOperation, "report", map[string]any{"since": revision}).Data
}

func TestCleanEndsEverythingWithinASecond(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	synctest.Test(t, func(t *testing.T) {
		pod := &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, &logical.InmemStorage{}, pod)
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(nil))
		pod.set(func(p *clockedPod) { p.hangs = true })
		time.Sleep(time.Hour) // a check is under way and hangs
		began := time.Now()
		m.backend.Cleanup(t.Context())
		synctest.Wait()
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
		m.backend.Cleanup(t.Context()) // a second time does no harm
		time.Sleep(48 * time.Hour)
		if pod.count() != 2 {
			t.Errorf("after its end the engine logged in %d times", pod.count()-2)
		}
	})
}

func (p *clockedPod) SetPassword(context.Context, oracle.Directory, string, string, secret.Value) oracle.Setting {
	return oracle.Setting{Login: oracle.LoginUnproved, Result: oracle.SetNotDone}
}

func (p *clockedPod) SetPasswordByToken(context.Context, oracle.Directory, string, string, secret.Value) (oracle.Setting, bool) {
	return oracle.Setting{}, false
}
