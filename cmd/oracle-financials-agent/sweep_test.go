package main

import (
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

func TestBarOfASweepCountsAllMounts(t *testing.T) {
	t.Parallel()
	var screen strings.Builder
	tell := soFar(output.NewProgress(&screen, 80, 0))
	tell(estate.Progress{Mount: "of", Due: 4, Remaining: 3})
	tell(estate.Progress{Mount: "og", Due: 6, Remaining: 6})
	tell(estate.Progress{Mount: "of", Due: 4, Remaining: 0})
	var counts []string
	for _, line := range strings.Split(screen.String(), "\r\x1b[K")[2:] {
		_, count, _ := strings.Cut(line, "] ")
		counts = append(counts, count)
	}
	if got := strings.Join(counts, " "); got != "1/4 1/10 4/10" {
		t.Errorf("%s, want 1/4 1/10 4/10", got)
	}
}
