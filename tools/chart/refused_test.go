package chart_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// Each file of testdata/refused is one mistake; its first line is what Helm must say of it, before anything is installed.
func TestBadValuesAreRefusedWithAMessage(t *testing.T) {
	files, err := filepath.Glob("testdata/refused/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no bad values in testdata/refused: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text := read(t, file)
			first, _, _ := strings.Cut(text, "\n")
			want, isComment := strings.CutPrefix(first, "# ")
			if !isComment || strings.TrimSpace(want) == "" {
				t.Fatalf("the first line must be a comment with the message, not %q", first)
			}
			_, err := render(t, values(t, text))
			if err == nil {
				t.Fatalf("accepted, and should have said: %s", want)
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("refused with\n%v\nand not with\n%s", err, want)
			}
		})
	}
}
