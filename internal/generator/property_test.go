package generator_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/generator"
	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// Whatever the rules are, there is an error or a password that keeps them, which Check finds nothing wrong with.
func TestAnyRulesAreKeptOrRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := anyRules(rt)
		password, err := generator.Password(r)
		if err != nil {
			if !password.IsZero() || strings.ContainsAny(err.Error(), "\n") {
				rt.Fatalf("a password beside the error %q", err)
			}
			return
		}
		if err := generator.Check(password, r); err != nil {
			rt.Fatalf("%q: %v", password.Reveal(), err)
		}
		if fault := broken(password.Reveal(), r); fault != "" {
			rt.Fatalf("%q %s", password.Reveal(), fault)
		}
	})
}

// Where another checker finds that a password breaks a rule, Check does, and the other way round.
func TestCheckAgreesWithAnotherReading(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := anyRules(rt)
		word := rapid.StringOfN(rapid.RuneFrom([]rune("aabbAB112#- ä"+specials)), 0, 30, -1).Draw(rt, "password")
		err := generator.Check(secret.New(word), r)
		if err != nil && len(word) >= 8 && strings.Contains(err.Error(), word) {
			rt.Fatalf("%q repeats %q", err, word)
		}
		r.Length = len(word)
		switch {
		case len(word) < 8 || r.MaxLength > 0 && len(word) > r.MaxLength || len(word) < r.MinLength || strings.ContainsAny(word, " ä"):
			if err == nil {
				rt.Fatalf("%q passes", word)
			}
		case strings.IndexFunc(word, letter) == 0 && holdsEach(word, "aA1#"): // as a generated one does
			r.MaxLength, r.MinLength = 0, 0
			if fault := broken(word, r); (fault == "") != (err == nil) {
				rt.Fatalf("%q: %v, but it %q", word, err, fault)
			}
		}
	})
}

func letter(char rune) bool {
	return 'a' <= char && char <= 'z' || 'A' <= char && char <= 'Z'
}

// holdsEach says whether a word has a character of the kind of each of these.
func holdsEach(word, chars string) bool {
	for _, char := range chars {
		if !strings.ContainsAny(word, byKind[kindAt(char)]) {
			return false
		}
	}
	return true
}

func anyRules(rt *rapid.T) rules {
	number := func(name string, most int) int {
		if rapid.IntRange(0, 3).Draw(rt, "has "+name) > 0 {
			return 0
		}
		return rapid.IntRange(0, most).Draw(rt, name)
	}
	text := func(name, from string, most int) string {
		if rapid.IntRange(0, 3).Draw(rt, "has "+name) > 0 {
			return ""
		}
		return rapid.StringOfN(rapid.RuneFrom([]rune(from)), 0, most, -1).Draw(rt, name)
	}
	all := strings.Join(byKind, "")
	r := rules{
		Length:    rapid.IntRange(14, 66).Draw(rt, "length"),
		Username:  text("user name", "aAbB1_ @ä", 5),
		MinLength: number("min length", 80), MaxLength: number("max length", 80),
		MinLower: number("min lower", 6), MinUpper: number("min upper", 6), MinDigits: number("min digits", 4), MinSpecial: number("min special", 5),
		MaxSpecial: number("max special", 20), MinAlphas: number("min alphas", 20), MinAlphanumerics: number("min alphanumerics", 24),
		MinUnique: number("min unique", 12), MaxRepeated: number("max repeated", 6),
		StartsWithLetter: rapid.Bool().Draw(rt, "starts with letter"),
		Forbidden:        text("forbidden", all+"ä ", 20), Required: text("required", all+"<", 2),
		MinNew: number("min new", 8), Previous: secret.New(text("previous", all, 24)),
		Names: rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("abAB1# ")), 0, 4, -1), 0, 2).Draw(rt, "names"),
	}
	if rapid.IntRange(0, 3).Draw(rt, "has allowed") == 0 {
		r.Allowed = "aA1#" + rapid.StringOfN(rapid.RuneFrom([]rune(all+"ä")), 30, 90, -1).Draw(rt, "allowed")
	}
	return r
}
