package main

import (
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
)

func TestExitCodeOfARotation(t *testing.T) {
	t.Parallel()
	severities := []rotation.Severity{rotation.SeverityOK, rotation.SeverityWarning, rotation.SeverityCritical, rotation.SeverityUnknown}
	codes := map[once.Outcome][]int{ // by the severity of the status after it
		once.Rotated:    {0, 1, 2, 3},
		once.Nothing:    {1, 1, 2, 3},
		once.Unresolved: {2, 2, 2, 2},
		once.GoesOn:     {3, 3, 2, 3},
	}
	for _, outcome := range once.Outcomes() {
		if len(codes[outcome]) != len(severities) {
			t.Fatalf("%s has no exit codes here", outcome)
		}
		for i, severity := range severities {
			result := once.Rotation{Outcome: outcome, Status: estate.Status{Severity: severity}}
			if got := rotateCode(result); got != codes[outcome][i] {
				t.Errorf("%s, %s: exit code %d, want %d", outcome, severity, got, codes[outcome][i])
			}
		}
	}
}
