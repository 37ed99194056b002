package backend_test

import (
	"sync"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"
)

// What another process writes while the mount is being read is seen by the next question, though the one that reads has
// read the old of it already.
func TestALoadDoesNotHideWhatWasWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	disk := &holding{}
	m.storage = disk
	m.restart()
	m.ok(logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "localhost"})
	m.write(map[string]any{"verify_connection": false})
	other := &mount{t: t, sim: m.sim, storage: disk}
	other.restart()
	other.ok(logical.ListOperation, "integrations", nil)

	m.backend.InvalidateKey(t.Context(), "integration/gl")
	var first sync.Once
	var load sync.WaitGroup
	isRead, isWritten := make(chan struct{}), make(chan struct{})
	disk.hold(func() {
		first.Do(func() {
			close(isRead)
			<-isWritten
		})
	}, nil)
	load.Go(func() { _, _ = m.do(logical.ListOperation, "integrations", nil) })
	<-isRead
	disk.hold(nil, nil)
	other.ok(logical.PatchOperation, "integrations/gl", map[string]any{"paused_until": "2099-01-01T00:00:00Z", "pause_reason": "year end"})
	m.backend.InvalidateKey(t.Context(), "integration/gl")
	close(isWritten)
	load.Wait()
	if now := m.read("integrations/gl"); now["pause_reason"] != "year end" {
		t.Errorf("it is not paused: %v", now)
	}
}
