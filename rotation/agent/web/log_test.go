package web_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation/agent/web"
)

func TestALibrarysLinesReachTheAgentsLog(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	log := web.Slogger(hclog.New(&hclog.LoggerOptions{Output: &text, Level: hclog.Info, DisableTime: true}))
	log.Debug("too much")
	log.Info("listening", "address", "127.0.0.1:9720")
	log.With("family", "ip4").WithGroup("of").Warn("slow", slog.Int("seconds", 3))
	log.Error("broken")
	want := "[INFO]  listening: address=127.0.0.1:9720\n[WARN]  slow: family=ip4 seconds=3\n[ERROR] broken\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
