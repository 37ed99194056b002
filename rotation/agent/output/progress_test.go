package output_test

import (
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	var screen strings.Builder
	p := output.NewProgress(&screen, 40, 4)
	p.Add("gl-prod")
	p.Add("a-name-that-is-longer")
	p.Set(3, 6, "x\x1b[2Jy")
	p.Set(0, 0, "")
	p.End()
	want := []string{
		"", "[........................] 0/4", "[######..................] 1/4 gl-prod", "[############............] 2/4 a-name-…",
		"[############............] 3/6 x [2Jy", "[########################] 0/0", "",
	}
	got := strings.Split(screen.String(), "\r\x1b[K")
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}

func TestNoProgressShowsNothing(t *testing.T) {
	t.Parallel()
	var none *output.Progress
	none.Add("x")
	none.Set(1, 2, "x")
	none.End()
}

func TestPhasesAreTold(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, phase := range []rotation.Phase{rotation.PhasePrepared, rotation.PhaseSent, rotation.PhaseUnverified, rotation.PhaseUnresolved} {
		words := output.PhaseWords(phase)
		if !strings.HasSuffix(words, "("+string(phase)+")") || seen[words] {
			t.Errorf("%s: %q", phase, words)
		}
		seen[words] = true
	}
	for phase, want := range map[rotation.Phase]string{"": "", rotation.PhaseIdle: "", "new\nphase": "new phase"} {
		if words := output.PhaseWords(phase); words != want {
			t.Errorf("%q: %q, want %q", phase, words, want)
		}
	}
}
