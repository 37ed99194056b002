package oracle_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/oracle"
)

func TestParseModule(t *testing.T) {
	t.Parallel()
	for want, texts := range map[oracle.Module][]string{
		"GL": {"GL", "gl", " Gl ", "General Ledger", "GENERAL LEDGER", "general \t ledger"},
		"AP": {"AP", "ap", "Payables", "payable", "Accounts Payable", "accounts  payables"},
		"AR": {"AR", "ar", "Receivables", "receivable", "Accounts Receivable", "ACCOUNTS RECEIVABLES"},
		"FA": {"FA", "Fixed Assets"},
		"CM": {"CM", "Cash Management"},
		"PA": {"PA", "Project Accounting"},
	} {
		for _, text := range texts {
			if got, err := oracle.ParseModule(text); err != nil || got != want {
				t.Errorf("ParseModule(%q) = %q, %v, want %q", text, got, err, want)
			}
		}
		if got, err := oracle.ParseModule(want.Title()); err != nil || got != want {
			t.Errorf("ParseModule of its own title %q = %q, %v", want.Title(), got, err)
		}
	}
	for _, text := range []string{"", " ", "G L", "GeneralLedger", "Accounts", "Accounts GL", "Accounts Fixed Assets", "PO", "GL,AP", "GL\x00", "ＧＬ", password} {
		got, err := oracle.ParseModule(text)
		if got != "" || err == nil {
			t.Errorf("ParseModule(%q) = %q, %v", text, got, err)
		} else if strings.Contains(err.Error(), password) {
			t.Errorf("error %q repeats what was sent", err)
		}
	}
}

func TestParseModules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		texts []string
		want  []oracle.Module
		words string // of the error
	}{
		"one":                   {[]string{"gl"}, []oracle.Module{"GL"}, ""},
		"in our order":          {[]string{"PA", "Payables", "GL"}, []oracle.Module{"GL", "AP", "PA"}, ""},
		"without repeats":       {[]string{"AR", "ar", "Accounts Receivable"}, []oracle.Module{"AR"}, ""},
		"all":                   {[]string{"CM", "FA", "GL", "AP", "PA", "AR"}, oracle.Modules(), ""},
		"none":                  {nil, nil, "at least one module"},
		"an empty one":          {[]string{""}, nil, "a module is one of"},
		"a wrong one among all": {[]string{"GL", "HR"}, nil, "a module is one of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := oracle.ParseModules(test.texts)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if (err == nil) != (test.words == "") || err != nil && !strings.Contains(err.Error(), test.words) {
				t.Errorf("error = %v, want %q in it", err, test.words)
			}
		})
	}
}

// Every module has a title, and every error names every code, so that a new module cannot be forgotten.
func TestModulesAreNamed(t *testing.T) {
	t.Parallel()
	_, unknown := oracle.ParseModule("HR")
	_, none := oracle.ParseModules(nil)
	for _, m := range oracle.Modules() {
		if m.Title() == string(m) {
			t.Errorf("%s has no title", m)
		}
		if !strings.Contains(unknown.Error(), string(m)) || !strings.Contains(none.Error(), string(m)) {
			t.Errorf("%s is not named in %q and %q", m, unknown, none)
		}
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	proves := map[oracle.Outcome]bool{oracle.Rows: true, oracle.NoRows: true, oracle.Forbidden: true}
	seen := map[oracle.Outcome]bool{}
	for _, o := range oracle.Outcomes() {
		if seen[o] {
			t.Errorf("%s is listed twice", o)
		}
		seen[o] = true
		if o.ProvesLogin() != proves[o] {
			t.Errorf("%s proves the login: %v", o, o.ProvesLogin())
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d outcomes, want the 12 that docs name", len(seen))
	}
}
