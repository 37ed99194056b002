package backend_test

import (
	"encoding/json"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

var (
	ssoPage     = oraclesim.Fault{Kind: oraclesim.FaultSSOPage}
	unavailable = oraclesim.Fault{Kind: oraclesim.FaultStatus, Status: 503}
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// asJSON is an answer as a client sends it back.
func asJSON(t *testing.T, data map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(data)
	must(t, err)
	var back map[string]any
	must(t, json.Unmarshal(text, &back))
	return back
}
