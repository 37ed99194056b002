package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                      nil,
		"short":                 {"short"},
		"ten lettrs and more":   {"ten lettrs", "and more"},
		"a very-long-word-here": {"a", "very-long-", "word-here"},
		"äöüäöüäöüä ö":          {"äöüäöüäöüä", "ö"},
		"  two   spaces ":       {"two spaces"},
	} {
		if got := wrap(text, 10); !slices.Equal(got, want) {
			t.Errorf("wrap(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	newTable(&out).row(row{
		check: check{name: "page-limit", assumes: "500 rows"}, verdict: differs,
		said: "what is longer than the column is wide", status: "200",
	})
	want := `         check               docs/oracle.md assumes          the pod said                       http
DIFFERS  page-limit          500 rows                        what is longer than the column is  200
                                                             wide
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// TestTableOfARun: the table fits a terminal, and the written one is a table to every reader of Markdown.
func TestTableOfARun(t *testing.T) {
	t.Parallel()
	got := start(t, oraclesim.Switches{}).run(t)
	if want := fmt.Sprintf("%d agree, 0 differ, 0 open, refused logins: 1.\nLog in once", countChecks()); !strings.Contains(got.shown, want) {
		t.Errorf("no summary in\n%s", got.shown)
	}
	for line := range strings.Lines(got.shown) {
		if !strings.HasPrefix(line, "Written to ") { // which names a folder of the test's
			wantNarrow(t, line)
		}
	}
	rows := 0
	for line := range strings.Lines(got.written) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		rows++
		if cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); cells != 9 {
			t.Errorf("%d bars in %s", cells, line)
		}
	}
	if rows != countChecks()+2 {
		t.Errorf("%d rows, want one for each of %d checks and two of the heading:\n%s", rows, countChecks(), got.written)
	}
	if want := `WWW-Authenticate: Basic realm="owsm"`; !strings.Contains(got.written, want) {
		t.Errorf("no %s in\n%s", want, got.written)
	}
}

func TestInCell(t *testing.T) {
	t.Parallel()
	if got, want := inCell("a|b\n<c>"), `a\|b &lt;c>`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTellsState(t *testing.T) {
	t.Parallel()
	body := map[string]any{"Resources": []any{map[string]any{"name": "User", "attributes": []any{
		map[string]any{"name": "active"},
		map[string]any{"name": "password"},
		map[string]any{"name": "state", "subAttributes": []any{map[string]any{"name": "locked"}, map[string]any{"name": "passwordExpiry"}}},
	}}}}
	names := attributeNames(body)
	if want := []string{"active", "locked", "password", "passwordExpiry", "state"}; !slices.Equal(names, want) {
		t.Errorf("attributes are %q, want %q", names, want)
	}
	if got, want := tellsState(names), []string{"locked", "passwordExpiry"}; !slices.Equal(got, want) {
		t.Errorf("of state tell %q, want %q", got, want)
	}
}
