package backend_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
)

func TestUsageCountsTheReadsOfADay(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	config, written := m.config, m.storage
	synctest.Test(t, func(t *testing.T) {
		inside := &mount{t: t, sim: m.sim, storage: written, config: config}
		inside.restart()
		usage := func() any {
			return inside.ok(logical.ReadOperation, "status/gl", nil).Data["usage"].(map[string]any)["reads_24h"]
		}
		for hour := 1; hour <= 50; hour++ {
			inside.read("creds/gl")
			inside.read("creds/gl")
			if got, want := usage(), int64(2*min(hour, 24)); got != want {
				t.Fatalf("after %d hours with two reads each, %v reads are told of the last 24, want %d", hour, got, want)
			}
			time.Sleep(time.Hour)
		}
		time.Sleep(10 * time.Hour)
		if got := usage(); got != int64(2*13) {
			t.Errorf("after ten hours without a read, %v reads are told", got)
		}
		time.Sleep(24 * time.Hour)
		if got := usage(); got != int64(0) {
			t.Errorf("after a day without a read, %v reads are told", got)
		}
	})
}
