package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/scripts/stage"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		line string
		want []string
	}{
		"short":            {"ten letter", []string{"ten letter"}},
		"exactly as wide":  {"a row of twenty char", []string{"a row of twenty char"}},
		"prose":            {"a row of more than twenty", []string{"a row of more than", "twenty"}},
		"row of a table":   {"key     one two three", []string{"key     one two", "        three"}},
		"bullet":           {"* one two three four five", []string{"* one two three four", "  five"}},
		"indented":         {"  one two three four", []string{"  one two three four"}},
		"indented, longer": {"  one two three four five", []string{"  one two three four", "  five"}},
		"one long word":    {"abcdefghijklmnopqrstuvwxyz", []string{"abcdefghijklmnopqrstuvwxyz"}},
		"long after key":   {"key     abcdefghijklmnopqrstuvwxyz", []string{"key     abcdefghijklmnopqrstuvwxyz"}},
		"not one byte":     {"äöüäöüäöü äöüäöüäöü äöü", []string{"äöüäöüäöü äöüäöüäöü", "äöü"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := wrap(test.line, 20, hang(test.line)); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWrapCommand(t *testing.T) {
	t.Parallel()
	got := wrapCommand("vault write a b=c d=e", 15)
	if want := []string{`$ vault write a \`, `      b=c d=e`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"short":              "short",
		"exactly 10":         "exactly 10",
		"one two three":      "one two …",
		"onetwothreefour":    "onetwothr…",
		"äöü äöü äöü äöü äö": "äöü äöü …",
	} {
		if got := clip(line, 10); got != want {
			t.Errorf("clip(%q) = %q, want %q", line, got, want)
		}
	}
}

// TestOutput: complaints first and whole, then the picked lines, then what was left out.
func TestOutput(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	newTeller(&out, false).output(stage.Result{
		Code: 2, Stderr: "\nWARNING!\n\n\n  * careful\n\n", Stdout: "Key    Value\nstate  ok\nstate_since  today\n",
	}, scene{show: []string{"state"}})
	want := "    WARNING!\n\n      * careful\n\n    state  ok\n    … (2 more lines)\n    (exit code 2)\n\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestColour(t *testing.T) {
	t.Parallel()
	var plain, coloured bytes.Buffer
	for out, colour := range map[*bytes.Buffer]bool{&plain: false, &coloured: true} {
		teller := newTeller(out, colour)
		teller.chapter(1, "Title")
		teller.command("vault status")
	}
	for _, code := range []string{bold, cyan} {
		coloured = *bytes.NewBufferString(strings.ReplaceAll(coloured.String(), "\x1b["+code+"m", ""))
	}
	if got := strings.ReplaceAll(coloured.String(), "\x1b[0m", ""); got != plain.String() {
		t.Errorf("without its colours it is %q, want %q", got, plain.String())
	}
}

func TestFault(t *testing.T) {
	t.Parallel()
	result := stage.Result{Code: 2, Stdout: "state     ok\nheld      false\n", Stderr: "a warning\nin two lines\n"}
	tests := map[string]struct {
		scene scene
		want  string
	}{
		"as told":    {scene{exit: 2, want: []string{"state ok", "warning in two"}, rows: 2}, ""},
		"exit code":  {scene{}, "expected exit code 0, got 2"},
		"not there":  {scene{exit: 2, want: []string{"state expired"}}, `expected "state expired" in its output`},
		"too little": {scene{exit: 2, rows: 3}, "expected 3 lines of output, got 2"},
	}
	for name, test := range tests {
		if got := test.scene.fault(result); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
