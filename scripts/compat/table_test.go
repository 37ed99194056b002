package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestTheTableTellsWhatCameOfEachVault(t *testing.T) {
	t.Parallel()
	left := skip{"e2e.TestTofu", "there is no tofu"}
	var out strings.Builder
	writeTable(&out, []trial{
		{pin: pin{version: "1.21.1"}, result: result{passed: 90, skipped: []skip{left}}, took: 3*time.Minute + 200*time.Millisecond},
		{pin: pin{version: "1.20.3"}, result: result{passed: 88, failed: []string{"e2e.TestA", "e2e"}, skipped: []skip{left, {"e2e.TestB", "since 1.21"}}}},
		{pin: pin{version: "1.19.4"}, err: errors.New("build vault 1.19.4: exit status 1")},
	})
	for _, line := range []string{
		"1.21.1  passed   3m0s      90      0       1",
		"1.20.3  FAILED   0s        88      2       2",
		"1.19.4  not run  0s        0       0       0",
		"1.19.4: build vault 1.19.4: exit status 1",
		"1.20.3 failed: e2e.TestA, e2e",
		"e2e.TestTofu skipped on 1.21.1, 1.20.3: there is no tofu",
		"e2e.TestB skipped on 1.20.3: since 1.21",
	} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("there is no line %q in\n%s", line, out.String())
		}
	}
}

func TestATrialPassesOnlyIfTestsRanAndNoneFailed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		of   trial
		want bool
	}{
		{"tests passed", trial{result: result{passed: 1}}, true},
		{"none ran", trial{}, false},
		{"one failed", trial{result: result{passed: 1, failed: []string{"e2e.TestA"}}}, false},
		{"they ended early", trial{result: result{passed: 1}, err: errors.New("killed")}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.of.passed() != test.want {
				t.Errorf("it passed: %t, want %t", !test.want, test.want)
			}
		})
	}
}
