package generator_test

import (
	"fmt"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/generator"
	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// What Check finds wrong, rule by rule, with a password that just breaks one and one that just keeps it.
func TestCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		r         rules
		bad, good string
		says      string
	}{
		"empty":          {rules{}, "", "abcdefgh", "is too short"},
		"shorter than 8": {rules{MinLength: 3}, "Abc123#", "abcdefgh", "is too short"},
		"too short":      {rules{MinLength: 12, Length: 24}, "abcdefghijk", "abcdefghijkl", "is too short"},
		"too long":       {rules{MaxLength: 12, Length: 64}, "abcdefghijklm", "abcdefghijkl", "is longer"},

		"lower case letters":  {rules{MinLower: 2}, "ABCDEFGa", "ABCDEFab", "fewer lower case letters"},
		"upper case letters":  {rules{MinUpper: 2}, "abcdefgA", "abcdefAB", "fewer upper case letters"},
		"letters":             {rules{MinAlphas: 3}, "12345-Ab", "1234-Abc", "fewer letters than"},
		"digits":              {rules{MinDigits: 2}, "abcdefg1", "abcdef12", "fewer digits"},
		"letters and digits":  {rules{MinAlphanumerics: 3}, "------a1", "-----a1A", "fewer letters and digits"},
		"special characters":  {rules{MinSpecial: 2}, "abcdefg-", `abcdef&"`, "fewer special"},
		"special, at most":    {rules{MaxSpecial: 1}, "abcdef-<", "abcdefg<", "more special"},
		"unique":              {rules{MinUnique: 3}, "aabbccd1", "aabbccd12", "occur only once"},
		"repeated in a row":   {rules{MaxRepeated: 2}, "abcdeeef", "abcdeef1", "repeats a character"},
		"repeated, scattered": {rules{MaxRepeated: 2}, "eabecdef", "eabecdf1", "repeats a character"},

		"begins with a digit":     {rules{StartsWithLetter: true}, "1abcdefg", "a1bcdefg", "does not begin with a letter"},
		"begins with a special":   {rules{StartsWithLetter: true}, "-abcdefg", "Z1bcdefg", "does not begin with a letter"},
		"not allowed":             {rules{Allowed: "abcdefg"}, "abcdxefg", "gfedcbaa", "does not allow"},
		"not allowed at the ends": {rules{Allowed: "abcdefg"}, "abcdefgx", "gfedcbaa", "does not allow"},
		"a range is no range":     {rules{Allowed: "a-z"}, "abababab", "a-za-za-", "does not allow"},
		"forbidden":               {rules{Forbidden: "x-ä"}, "abcdefgx", "abcdefgX", "forbids"},
		"required":                {rules{Required: "#-"}, "abcdefg#", "abcdef-#", "lacks"},
		"required, no ASCII":      {rules{Required: "ä"}, "abcdefga", "", "lacks"},
		"new":                     {rules{MinNew: 3, Previous: secret.New("abcdef")}, "abcdef12121", "fedcba123", "characters of the one before"},
		"new, of nothing before":  {rules{MinNew: 3}, "abababab", "abababac", "characters of the one before"},

		"the user name":                       {rules{Username: user}, "xxINT_GLxx", "xxINT-GLxx", "user name"},
		"the user name in another case":       {rules{Username: user}, "int_GL12", "int-GL12", "user name"},
		"the user name at the end":            {rules{Username: "aP"}, "1234567Ap", "1234567pA", "user name"},
		"a part of the user name":             {rules{Username: "svc.Integration@example.com"}, "INTEGRATION", "integr8tion", "part of the user name"},
		"the whole of a long user name":       {rules{Username: "integration"}, "Integration", "integr-ation", "user name"},
		"a last name":                         {rules{Username: user, Names: []string{"First", "Last"}}, "abclastabc", "abclustabc", "another word"},
		"no part of a last name is a problem": {rules{Names: []string{"abcdefghij"}}, "abcdefghijk", "abcdefgh", "another word"},

		"a space":           {rules{}, "abcd efgh", "abcd_efgh", "not printable ASCII"},
		"a control":         {rules{}, "abcdefgh\n", "abcdefgh~", "not printable ASCII"},
		"an umlaut":         {rules{Allowed: "abcdefghä"}, "abcdefghä", "abcdefgha", "not printable ASCII"},
		"broken UTF-8":      {rules{}, "abcdefgh\xff", "abcdefgh!", "not printable ASCII"},
		"the last of ASCII": {rules{}, "abcdefgh\x7f", `abcdefgh:"\<>&`, "not printable ASCII"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := generator.Check(secret.New(test.bad), test.r)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("%q: %v, want that it %s", test.bad, err, test.says)
			}
			if test.bad != "" && strings.Contains(strings.ToLower(err.Error()), strings.ToLower(test.bad)) {
				t.Errorf("%q repeats the password", err)
			}
			if !strings.HasPrefix(err.Error(), "the password ") || !strings.Contains(err.Error(), "password_policy") || strings.ContainsAny(err.Error(), "\n.") {
				t.Errorf("%q is not one sentence that says what to do", err)
			}
			if test.good == "" {
				return
			}
			if err := generator.Check(secret.New(test.good), test.r); err != nil {
				t.Errorf("%q: %v", test.good, err)
			}
		})
	}
}

// Nothing that is printed of a password, of rules or of an error shows a secret.
func TestNothingIsPrinted(t *testing.T) {
	t.Parallel()
	r := rules{Length: 24, Username: user, Previous: secret.New("Canary-7Zq!")}
	password, err := generator.Password(r)
	if err != nil {
		t.Fatal(err)
	}
	word := password.Reveal()
	r.MinDigits = len(word)
	err = generator.Check(password, r)
	if err == nil {
		t.Fatal("no error, so that nothing is tried")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{password, &password, r, &r, err} {
			printed := fmt.Sprintf(verb, value)
			for _, hidden := range []string{word, fmt.Sprintf("%x", word), "Canary-7Zq!", fmt.Sprintf("%x", "Canary-7Zq!")} {
				if strings.Contains(printed, hidden) {
					t.Errorf("%s of %T shows a secret", verb, value)
				}
			}
		}
	}
}
