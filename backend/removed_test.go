package backend_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"
)

// holding is storage of which a test holds back an answer about an integration, or a delete of one.
type holding struct {
	logical.InmemStorage
	mu      sync.Mutex
	read    func() // after an integration was read, before the answer is given; nil: nothing
	deletes func() // before an integration is deleted; nil: nothing
}

func (s *holding) hold(read, deletes func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read, s.deletes = read, deletes
}

func (s *holding) Get(ctx context.Context, key string) (*logical.StorageEntry, error) {
	entry, err := s.InmemStorage.Get(ctx, key)
	s.mu.Lock()
	read := s.read
	s.mu.Unlock()
	if read != nil && strings.HasPrefix(key, "integration/") {
		read()
	}
	return entry, err
}

func (s *holding) Delete(ctx context.Context, key string) error {
	s.mu.Lock()
	deletes := s.deletes
	s.mu.Unlock()
	if deletes != nil && strings.HasPrefix(key, "integration/") {
		deletes()
	}
	return s.InmemStorage.Delete(ctx, key)
}

// A load of the mount that has read an integration before it was deleted does not bring it back, whether memory knew it
// before or not.
func TestALoadThatIsUnderWayBringsNothingDeletedBack(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"known": true, "written by another process": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMount(t)
			disk := &holding{}
			m.storage = disk
			m.restart()
			m.ok(logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "localhost"})
			writer := m
			if !known {
				writer = &mount{t: t, sim: m.sim, storage: disk}
				writer.restart()
			}
			writer.write(map[string]any{"verify_connection": false})

			var load sync.WaitGroup
			var first sync.Once
			isRead, isDeleted := make(chan struct{}), make(chan struct{})
			loads := func() {
				first.Do(func() {
					close(isRead)
					<-isDeleted
				})
			}
			disk.hold(nil, func() { // the delete is under way, and now the mount is read anew
				m.backend.InvalidateKey(t.Context(), "integration/gl")
				disk.hold(loads, nil)
				load.Go(func() { _, _ = m.do(logical.ListOperation, "integrations", nil) })
				<-isRead
			})
			m.ok(logical.DeleteOperation, "integrations/gl", nil)
			close(isDeleted)
			load.Wait()
			if keys := m.ok(logical.ListOperation, "integrations", nil).Data["keys"]; keys != nil {
				t.Errorf("what was deleted is listed: %v", keys)
			}
			m.refused(404, logical.ReadOperation, "status/gl", nil)
			m.write(map[string]any{"verify_connection": false}) // nor does it hold its user
		})
	}
}
