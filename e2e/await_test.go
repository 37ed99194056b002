package e2e_test

import (
	"context"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// await asks until done says yes; what completes the sentence "waited … for".
func await(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %s in vain for %s", limit, what)
		}
	}
}

// awaitRequest waits for a request in the pod's log, without asking Vault or the plugin anything.
func awaitRequest(t *testing.T, pod *oraclesim.Server, limit time.Duration, what string, match func(oraclesim.Request) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if _, err := pod.Pod().AwaitRequest(ctx, match); err != nil {
		t.Fatalf("waited %s in vain for %s: %v", limit, what, err)
	}
}

// pause is for what has no condition to wait for: the instant at which something is broken, and the time between two
// questions to another process.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
