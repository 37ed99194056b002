package backend_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// watchedStorage counts reads of integrations, and can hold one back, fail writes, or carry out a write that it fails.
type watchedStorage struct {
	logical.InmemStorage
	reads atomic.Int64
	fails atomic.Bool
	late  atomic.Bool
	read  func(done *logical.StorageEntry) // after storage was read, before the answer is given; nil: nothing
	put   func()                           // before an integration is written; nil: nothing
}

func (s *watchedStorage) Get(ctx context.Context, key string) (*logical.StorageEntry, error) {
	entry, err := s.InmemStorage.Get(ctx, key)
	if strings.HasPrefix(key, "integration/") {
		s.reads.Add(1)
		if s.read != nil {
			s.read(entry)
		}
	}
	return entry, err
}

var errRefused = errors.New("storage refuses")

func (s *watchedStorage) Put(ctx context.Context, entry *logical.StorageEntry) error {
	if s.fails.Load() && strings.HasPrefix(entry.Key, "integration/") {
		if s.late.Load() {
			_ = s.InmemStorage.Put(ctx, entry)
		}
		return errRefused
	}
	if s.put != nil && strings.HasPrefix(entry.Key, "integration/") {
		s.put()
	}
	return s.InmemStorage.Put(ctx, entry)
}

// newServing is a mount on the active node, whose sweep is off.
func newServing(t *testing.T) (*mount, *watchedStorage) {
	t.Helper()
	sim, err := oraclesim.Start(oraclesim.Config{Users: []oraclesim.User{{Name: user, Password: password}}})
	must(t, err)
	t.Cleanup(sim.Close)
	storage := &watchedStorage{}
	m := &mount{t: t, sim: sim, storage: storage}
	m.restart()
	m.ok(logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "localhost", "disable_automated_sweep": true})
	must(t, m.backend.Initialize(t.Context(), &logical.InitializationRequest{Storage: storage}))
	m.write()
	return m, storage
}

func TestACredentialIsReadFromStorageOnce(t *testing.T) {
	t.Parallel()
	m, storage := newServing(t)
	m.read("creds/gl")
	before := storage.reads.Load()
	for range 5 {
		if got := m.read("creds/gl")["password"]; got != password {
			t.Errorf("creds has the password %v", got)
		}
		m.read("connector/gl")
	}
	if n := storage.reads.Load() - before; n != 0 {
		t.Errorf("ten more reads asked storage %d times", n)
	}
}

func TestACredentialIsNeverOld(t *testing.T) {
	t.Parallel()
	m, storage := newServing(t)
	m.read("creds/gl")

	must(t, m.sim.Pod().SetPassword(user, "Another-Horse-1"))
	m.write(map[string]any{"password": "Another-Horse-1"})
	if got := m.read("creds/gl"); got["password"] != "Another-Horse-1" || got["credential_version"] != 2 {
		t.Errorf("after a write, creds is %v", got)
	}
	if got := m.read("connector/gl")["oracle-financials-password"]; got != "Another-Horse-1" {
		t.Errorf("after a write, connector has %v", got)
	}

	m.ok(logical.DeleteOperation, "integrations/gl", nil)
	m.refused(404, logical.ReadOperation, "creds/gl", nil)

	m.write(map[string]any{"password": "Another-Horse-1"})
	m.read("creds/gl")
	// Another node wrote, and Vault says so.
	other := &mount{t: t, sim: m.sim, storage: storage}
	other.restart()
	other.write(map[string]any{"password": "Another-Horse-1", "timeout": 17})
	m.backend.InvalidateKey(t.Context(), "integration/gl")
	if got := m.read("creds/gl")["timeout"]; got != int64(17) {
		t.Errorf("after another node wrote, the timeout is %v", got)
	}
}

// A read that asked storage before a write, and comes back after it, must not be kept.
func TestWhatWasReadBeforeAWriteIsNotKept(t *testing.T) {
	t.Parallel()
	m, storage := newServing(t)
	must(t, m.sim.Pod().SetPassword(user, "Another-Horse-1"))
	var first atomic.Bool
	var slow sync.WaitGroup
	asked, written := make(chan struct{}), make(chan struct{})
	storage.read = func(*logical.StorageEntry) {
		if first.CompareAndSwap(false, true) { // the reader below
			close(asked)
			<-written
		}
	}
	slow.Go(func() { m.read("creds/gl") })
	<-asked
	m.write(map[string]any{"password": "Another-Horse-1"})
	close(written)
	slow.Wait()
	if got := m.read("creds/gl")["password"]; got != "Another-Horse-1" {
		t.Errorf("after the write, creds has the password %v", got)
	}
}

// A read while a write is under way may have either, and must not be kept.
func TestWhatWasReadDuringAWriteIsNotKept(t *testing.T) {
	t.Parallel()
	m, storage := newServing(t)
	m.read("creds/gl")
	storage.put = func() {
		if got := m.read("creds/gl")["timeout"]; got != int64(30) {
			t.Errorf("before the write was made, the timeout is %v", got)
		}
	}
	m.ok(logical.UpdateOperation, "integrations/gl", map[string]any{"timeout": 17})
	storage.put = nil
	if got := m.read("creds/gl")["timeout"]; got != int64(17) {
		t.Errorf("after the write, the timeout is %v", got)
	}
}

// A write that failed may have been made, or be made later: nothing is kept until another succeeds.
func TestAfterADoubtfulWriteStorageIsAsked(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		m, storage := newServing(t)
		m.read("creds/gl")
		storage.fails.Store(true)
		storage.late.Store(late)
		if _, err := m.do(logical.UpdateOperation, "integrations/gl", map[string]any{"timeout": 17}); err == nil {
			t.Fatal("the write succeeded")
		}
		storage.fails.Store(false)
		m.read("creds/gl")
		before := storage.reads.Load()
		got := m.read("creds/gl")["timeout"]
		if want := map[bool]int64{false: 30, true: 17}[late]; got != want {
			t.Errorf("carried out %t: the timeout is %v, want %d", late, got, want)
		}
		if storage.reads.Load() == before {
			t.Error("after a write whose outcome is not known, storage was not asked")
		}
		m.ok(logical.UpdateOperation, "integrations/gl", map[string]any{"timeout": 18})
		m.read("creds/gl")
		before = storage.reads.Load()
		if got := m.read("creds/gl")["timeout"]; got != int64(18) || storage.reads.Load() != before {
			t.Errorf("after a good write, the timeout is %v, and storage was asked %d times", got, storage.reads.Load()-before)
		}
	}
}

func TestOnlyTheNodeThatWritesKeepsCredentials(t *testing.T) {
	t.Parallel()
	m, storage := newServing(t)
	asks := func(m *mount) int64 {
		m.read("creds/gl")
		before := storage.reads.Load()
		m.read("creds/gl")
		return storage.reads.Load() - before
	}
	standby := &mount{t: t, sim: m.sim, storage: storage}
	standby.restart()
	view, _ := standby.config.System.(*logical.StaticSystemView)
	view.ReplicationStateVal = consts.ReplicationPerformanceStandby
	must(t, standby.backend.Initialize(t.Context(), &logical.InitializationRequest{Storage: storage}))
	if asks(standby) == 0 {
		t.Error("a performance standby, which does not see writes, served from memory")
	}
	m.backend.Cleanup(context.Background())
	if asks(m) == 0 {
		t.Error("a mount that was taken down served from memory")
	}
}

// A process that was stopped may have been replaced by another, and not know it yet.
func TestAfterAPauseStorageIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		storage := &watchedStorage{}
		m := &mount{t: t, storage: storage}
		m.restart()
		m.ok(logical.UpdateOperation, "config", map[string]any{"disable_automated_sweep": true})
		must(t, m.backend.Initialize(t.Context(), &logical.InitializationRequest{Storage: storage}))
		unproved := map[string]any{
			"server_url": "https://pod.fa.oraclecloud.com", "username": user, "password": password, "verify_connection": false,
		}
		m.ok(logical.UpdateOperation, "integrations/gl", unproved)
		for range 30 { // nobody pauses for long
			m.read("creds/gl")
			time.Sleep(900 * time.Millisecond)
		}
		if n := storage.reads.Load(); n > 3 {
			t.Errorf("reads that follow each other asked storage %d times", n)
		}
		m.read("creds/gl")
		time.Sleep(time.Second)
		other := &mount{t: t, storage: storage}
		other.restart()
		other.ok(logical.UpdateOperation, "integrations/gl", map[string]any{"password": "Another-Horse-1", "verify_connection": false})
		if got := m.read("creds/gl")["password"]; got != "Another-Horse-1" {
			t.Errorf("after the pause, creds has the password %v", got)
		}
	})
}

// Another process wrote, and Vault does not say so; a check finds it out.
func TestWhatIsFoundToBeOldIsNotServed(t *testing.T) {
	t.Parallel()
	m, storage := newServing(t)
	m.read("creds/gl")
	must(t, m.sim.Pod().SetPassword(user, "Another-Horse-1"))
	other := &mount{t: t, sim: m.sim, storage: storage}
	other.restart()
	other.write(map[string]any{"password": "Another-Horse-1"})
	m.ok(logical.UpdateOperation, "check/gl", nil)
	if got := m.read("creds/gl")["password"]; got != "Another-Horse-1" {
		t.Errorf("after the check, creds has the password %v", got)
	}
}
