package backend_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// blinking is wavering storage that cannot be read for a while.
type blinking struct {
	wavering
	blind atomic.Bool
}

func (s *blinking) Get(ctx context.Context, key string) (*logical.StorageEntry, error) {
	if s.blind.Load() {
		return nil, errLate
	}
	return s.wavering.Get(ctx, key)
}

// Put goes on when its caller has given up.
func (s *blinking) Put(ctx context.Context, entry *logical.StorageEntry) error {
	return s.wavering.Put(context.WithoutCancel(ctx), entry)
}

// A create that failed and was made all the same is swept like any other, though nobody asks for anything: whether
// storage could not be read either when it was asked what became of it, or the write was made only after that.
func TestACreateThatFailedButWasMadeIsSwept(t *testing.T) {
	t.Parallel()
	for name, lands := range map[string]func(disk *blinking, write func() error){
		"made, and not read": func(disk *blinking, write func() error) {
			_ = write()
			disk.blind.Store(true)
			time.AfterFunc(90*time.Second, func() { disk.blind.Store(false) })
		},
		"made late": func(_ *blinking, write func() error) {
			time.AfterFunc(3*time.Second, func() { _ = write() })
		},
		"made": func(_ *blinking, write func() error) { _ = write() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				disk := &blinking{wavering: wavering{Storage: &logical.InmemStorage{}}}
				pod := &clockedPod{login: oracle.LoginAccepted}
				m := clocked(t, disk, pod)
				defer m.backend.Cleanup(t.Context())
				synctest.Wait() // it has read the empty mount
				disk.decide(func(key string, write func() error) error {
					if !strings.HasPrefix(key, "integration/") {
						return write()
					}
					disk.decide(nil)
					lands(disk, write)
					return errLate
				})
				if _, err := m.do(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"verify_connection": false})); err == nil {
					t.Fatal("the write said nothing")
				}
				time.Sleep(3 * time.Hour)
				if n := pod.count(); n < 2 || n > 4 {
					t.Errorf("in three hours it was checked %d times", n)
				}
				if status := m.read("status/gl"); status["state"] != "ok" {
					t.Errorf("status answered %v", status)
				}
			})
		})
	}
}

// A write that failed and was not made leaves storage alone after a second question.
func TestAfterAWriteThatFailedStorageIsAskedOnceMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		storage := &watchedStorage{}
		m := clocked(t, storage, &clockedPod{login: oracle.LoginAccepted})
		defer m.backend.Cleanup(t.Context())
		synctest.Wait()
		storage.fails.Store(true)
		if _, err := m.do(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"verify_connection": false})); err == nil {
			t.Fatal("the write said nothing")
		}
		before := storage.reads.Load()
		time.Sleep(24 * time.Hour)
		if n := storage.reads.Load() - before; n != 1 {
			t.Errorf("in a day storage was asked %d times", n)
		}
	})
}

// Writes that go on failing do not put the question off about one that failed before them.
func TestOtherFailuresDoNotPutTheSecondQuestionOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := &blinking{wavering: wavering{Storage: &logical.InmemStorage{}}}
		m := clocked(t, disk, &clockedPod{login: oracle.LoginAccepted})
		defer m.backend.Cleanup(t.Context())
		synctest.Wait()
		disk.decide(func(key string, write func() error) error {
			if key == "integration/gl" {
				time.AfterFunc(3*time.Second, func() { _ = write() })
			}
			return errLate
		})
		for i := range 10 {
			name := "gl"
			if i > 0 {
				name = fmt.Sprint("other-", i)
			}
			fields := clockedFields(map[string]any{"verify_connection": false, "username": "API_" + name})
			if _, err := m.do(logical.UpdateOperation, "integrations/"+name, fields); err == nil {
				t.Fatal("the write said nothing")
			}
			time.Sleep(30 * time.Second)
		}
		if status := m.read("status/gl"); status["state"] != "unchecked" {
			t.Errorf("after five minutes status answered %v", status)
		}
	})
}
