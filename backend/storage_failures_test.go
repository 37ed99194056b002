package backend_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"
)

var errDisk = errors.New("the disk is full")

// failing is storage whose n-th write or delete fails; reads always work.
type failing struct {
	logical.Storage
	mu     sync.Mutex
	left   int
	broken bool
}

func (s *failing) step() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left--; s.left == 0 {
		s.broken = true
		return errDisk
	}
	return nil
}

func (s *failing) Put(ctx context.Context, entry *logical.StorageEntry) error {
	if err := s.step(); err != nil {
		return err
	}
	return s.Storage.Put(ctx, entry)
}

func (s *failing) Delete(ctx context.Context, key string) error {
	if err := s.step(); err != nil {
		return err
	}
	return s.Storage.Delete(ctx, key)
}

// A write whose n-th storage operation fails leaves, after a restart, an engine that serves either the old
// password or the new one, knows its account of logins, and can be written to again.
func TestAWriteWhoseStorageFailsAtEachOperation(t *testing.T) {
	t.Parallel()
	points := 0
	for n := 1; ; n++ {
		m := newMount(t)
		m.write()
		must(t, m.sim.Pod().SetPassword(user, "Second-Horse-9"))
		disk := &failing{Storage: m.storage, left: n}
		m.storage = disk
		m.restart()
		_, err := m.do(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
		if !disk.broken {
			break // the write has fewer operations than n
		}
		points++
		m.storage = disk.Storage
		m.restart()
		creds := m.read("creds/gl")
		switch version := fmt.Sprint(creds["password"], creds["credential_version"]); version {
		case password + "1", password + " 1", "Second-Horse-92", "Second-Horse-9 2":
		default:
			t.Errorf("point %d (%v): creds answered %v", n, err, creds)
		}
		if creds["credential_version"] == 2 && err != nil {
			t.Errorf("point %d: the write said %v and was stored", n, err)
		}
		m.read("status/gl")
		m.sim.Pod().ResetLogs()
		if n := m.sim.Pod().FailedInARow(user); n > 1 {
			t.Errorf("%d refused logins in a row", n)
		}
	}
	if points < 3 {
		t.Errorf("only %d points were tried: charge, settle, entry and record are expected", points)
	}
	t.Logf("%d points of failure", points)
}

func TestADeleteWhoseStorageFailsCanBeRepeated(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	healthy := m.storage
	m.storage = &failing{Storage: healthy, left: 1}
	m.restart()
	if _, err := m.do(logical.DeleteOperation, "integrations/gl", nil); err == nil {
		t.Fatal("the delete said it was done")
	}
	m.storage = healthy
	m.restart()
	m.read("creds/gl")
	m.ok(logical.DeleteOperation, "integrations/gl", nil)
	for key := range m.stored() {
		if key != "config" && key != "fingerprint_key" {
			t.Errorf("left in storage: %s", key)
		}
	}
}
