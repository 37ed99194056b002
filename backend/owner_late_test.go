package backend_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// A write that failed and was made later gives the user it replaced free for others, like one that succeeded.
func TestAUserReplacedByALateWriteIsFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := &blinking{wavering: wavering{Storage: &logical.InmemStorage{}}}
		m := clocked(t, disk, &clockedPod{login: oracle.LoginAccepted})
		defer m.backend.Cleanup(t.Context())
		unproved := clockedFields(map[string]any{"verify_connection": false})
		m.ok(logical.UpdateOperation, "integrations/gl", unproved)
		disk.decide(func(key string, write func() error) error {
			if !strings.HasPrefix(key, "integration/") {
				return write()
			}
			disk.decide(nil)
			time.AfterFunc(3*time.Second, func() { _ = write() })
			return errLate
		})
		other := clockedFields(map[string]any{"username": "ANOTHER", "verify_connection": false})
		if _, err := m.do(logical.UpdateOperation, "integrations/gl", other); err == nil {
			t.Fatal("the write said nothing")
		}
		time.Sleep(2 * time.Minute)
		if now := m.read("integrations/gl"); now["username"] != "ANOTHER" {
			t.Fatalf("the write was not made: %v", now)
		}
		m.ok(logical.UpdateOperation, "integrations/second", unproved)
		m.ok(logical.DeleteOperation, "integrations/gl", nil)
		m.ok(logical.UpdateOperation, "integrations/third", other)
	})
}
