package oracle_test

import (
	"io"
	"net/http"
	"testing"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Every request has a connection of its own; only the first to a host costs its pod a signature.
func TestALaterConnectionResumesTheSessionOfAnEarlierOne(t *testing.T) {
	t.Parallel()
	p := startServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, envelope)
	})
	client := newClient(t)
	for range 3 {
		if answer := ask(t.Context(), client, p.endpoint, login()); answer.Outcome != oracle.Rows {
			t.Fatalf("the answer is %+v", answer)
		}
	}
	var resumed []bool
	addresses := map[string]bool{}
	for _, r := range p.requests() {
		resumed = append(resumed, r.TLS.DidResume)
		addresses[r.RemoteAddr] = true
	}
	if len(resumed) != 3 || resumed[0] || !resumed[1] || !resumed[2] {
		t.Errorf("the sessions were resumed: %v, want all but the first", resumed)
	}
	if len(addresses) != 3 {
		t.Errorf("three requests came over %d connections", len(addresses))
	}
	// Who trusts somebody else proves the pod anew.
	stranger := p.endpoint
	stranger.CACert = string(startSim(t).sim.CACertPEM())
	if answer := ask(t.Context(), client, stranger, login()); answer.Outcome != oracle.TLSFailure {
		t.Errorf("under another authority the answer is %+v", answer)
	}
}
