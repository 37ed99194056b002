package main

import (
	"slices"
	"strings"
	"testing"
)

// said is what go test -json prints, with a test of each kind.
const said = `{"Action":"start","Package":"m/e2e"}
{"Action":"output","Package":"m/e2e","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"m/e2e","Test":"TestA/one","Output":"    a_test.go:3: fine\n"}
{"Action":"pass","Package":"m/e2e","Test":"TestA/one","Elapsed":0}
{"Action":"pass","Package":"m/e2e","Test":"TestA","Elapsed":0}
{"Action":"output","Package":"m/e2e","Test":"TestB","Output":"    b_test.go:5: first\n"}
{"Action":"output","Package":"m/e2e","Test":"TestB","Output":"    b_test.go:9: vault has it since 1.15\n"}
{"Action":"output","Package":"m/e2e","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"m/e2e","Test":"TestB","Elapsed":0}
{"Action":"skip","Package":"m/e2e","Test":"TestC","Elapsed":0}
`

// end is how a package ends whose test failed.
const end = `{"Action":"output","Package":"m/e2e","Test":"TestD","Output":"    d_test.go:7: got 3\n"}
{"Action":"fail","Package":"m/e2e","Test":"TestD","Elapsed":1}
{"Action":"output","Package":"m/e2e","Output":"FAIL: after all tests: a password\n"}
{"Action":"fail","Package":"m/e2e","Elapsed":2}
`

func read(t *testing.T, text string) (got result, log, told string) {
	t.Helper()
	var everything, out strings.Builder
	got, err := readEvents(strings.NewReader(text), &everything, &out)
	if err != nil {
		t.Fatal(err)
	}
	return got, everything.String(), out.String()
}

func TestPassedAndSkippedTestsAreCountedWithTheirReasons(t *testing.T) {
	t.Parallel()
	got, log, told := read(t, said+`{"Action":"pass","Package":"m/e2e","Elapsed":2}`+"\n")
	if got.passed != 1 || len(got.failed) != 0 {
		t.Errorf("got %+v, want one test passed, without the one in it, and none failed", got)
	}
	want := []skip{{"e2e.TestB", "vault has it since 1.15"}, {"e2e.TestC", "it gave no reason"}}
	if !slices.Equal(got.skipped, want) {
		t.Errorf("skipped are %v, want %v", got.skipped, want)
	}
	if !strings.Contains(log, "first") || told != "" {
		t.Errorf("the log is %q and people were told %q; want all that was said there, and nothing here", log, told)
	}
}

func TestWhatFailedIsToldWithWhatItSaid(t *testing.T) {
	t.Parallel()
	got, _, told := read(t, said+end)
	if want := []string{"e2e.TestD", "e2e"}; !slices.Equal(got.failed, want) {
		t.Errorf("failed are %q, want the test and its package: %q", got.failed, want)
	}
	for _, word := range []string{"e2e.TestD failed", "got 3", "after all tests: a password"} {
		if !strings.Contains(told, word) {
			t.Errorf("people were told %q, want it to hold %q", told, word)
		}
	}
	if strings.Contains(told, "since 1.15") {
		t.Errorf("people were told %q, which is of another test", told)
	}
}

func TestWhatIsNoEventIsKept(t *testing.T) {
	t.Parallel()
	if got, log, _ := read(t, "go: no such module\n"); !strings.Contains(log, "no such module") || got.passed != 0 {
		t.Errorf("got %+v and the log %q, want the complaint in the log and nothing passed", got, log)
	}
}
