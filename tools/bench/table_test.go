package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestARowIsJudgedByItsMedian(t *testing.T) {
	t.Parallel()
	met := judged("reads", "the limit", atLeast(0.95, " times"), figure{0.96, 0.9, 1.01}, " times")
	if met.verdict != verdictMet || met.measured != "0.96 times" || met.spread != "0.90 to 1.01" || met.target != "at least 0.95 times" {
		t.Errorf("the row is %+v", met)
	}
	if got := judged("reads", "the limit", atLeast(0.95, ""), once(0.94), "").verdict; got != verdictMissed {
		t.Errorf("0.94 of 0.95 is %s", got)
	}
	if got := judged("storage reads", "–", atMost(0, ""), once(1), "").verdict; got != verdictMissed {
		t.Errorf("one read where none may be is %s", got)
	}
	if got := judged("p99", "–", none(), once(1e9), "").verdict; got != verdictReported {
		t.Errorf("what has no target is %s", got)
	}
}

func TestTheTableLinesUp(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	rows := []row{{"creds", "the limit", "–", "0.96 times", "", verdictMet}, {"a longer one", "KV", "under 1 µs", "2", "1 to 3", verdictMissed}}
	if err := writeTable(&text, rows); err != nil {
		t.Fatal(err)
	}
	want := `| what         | against   | target     | measured   | half of the rounds |            |
| ------------ | --------- | ---------- | ---------- | ------------------ | ---------- |
| creds        | the limit | –          | 0.96 times |                    | met        |
| a longer one | KV        | under 1 µs | 2          | 1 to 3             | **missed** |
`
	if text.String() != want {
		t.Errorf("the table is\n%s", text.String())
	}
}

func TestTheDocumentNamesWhatWasMissed(t *testing.T) {
	t.Parallel()
	f := findings{plots: filepath.Join(t.TempDir(), "images")}
	f.begin("Reading")
	f.add(judged("reads", "the limit", atLeast(0.95, " times"), once(0.5), " times"), judged("p50", "the limit", atMost(1.1, " times"), once(1), " times"))
	f.say("One sentence.", "Another one.")
	if err := f.drawBars("reads.svg", "reads", "per second", "Reads.", []bar{{"creds", figure{2, 1, 3}, true}, {"limit", once(4), false}}); err != nil {
		t.Fatal(err)
	}
	if err := f.drawGrowth("growth.svg", "memory", "MiB", []float64{100, 1000}, []float64{0, 20}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "performance.md")
	if err := writeDocument(path, f, "a machine", 20*time.Minute); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"1 targets are met, 1 are missed; 0 figures have none. Missed:\n\n- reads (against the limit): 0.50 times, the target is at least 0.95 times",
		"## Reading\n", "One sentence. Another one.", "![Reads.](images/performance/reads.svg)", "in 20m0s: a machine.",
	} {
		if !strings.Contains(string(written), want) {
			t.Errorf("the document does not say %q:\n%s", want, written)
		}
	}
	for _, file := range []string{"reads.svg", "growth.svg"} {
		if drawn, err := os.ReadFile(filepath.Join(f.plots, file)); err != nil || !strings.Contains(string(drawn), "<svg") {
			t.Errorf("%s is no SVG (%v)", file, err)
		}
	}
}

func TestPartsAreChosenByName(t *testing.T) {
	t.Parallel()
	chosen, err := choose("sweep,creds")
	if err != nil || len(chosen) != 2 || chosen[0].name != "creds" {
		t.Errorf("the parts are %v, %v", chosen, err)
	}
	if all, err := choose(""); err != nil || len(all) != len(parts()) {
		t.Errorf("without names, the parts are %v, %v", all, err)
	}
	if _, err := choose("speed"); err == nil || !strings.Contains(err.Error(), "creds") {
		t.Errorf("an unknown part is answered by %v, want the names of those there are", err)
	}
	if len(verdicts()) != 3 {
		t.Error("there are three verdicts")
	}
}
