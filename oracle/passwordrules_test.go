package oracle_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// What a policy says of new passwords, attribute by attribute. What is odd is not known, and costs nothing else.
func TestPasswordRules(t *testing.T) {
	t.Parallel()
	type rules = oracle.PasswordRules
	many := strings.Repeat("x", 1000)
	keyboard := make([]rune, 256)
	for i := range keyboard {
		keyboard[i] = rune('a' + i)
	}
	for policy, want := range map[string]rules{
		`"minLength":12`:                                  {MinLength: 12},
		`"maxLength":500`:                                 {MaxLength: 500},
		`"minLowerCase":2`:                                {MinLower: 2},
		`"minUpperCase":2`:                                {MinUpper: 2},
		`"minNumerals":2`:                                 {MinDigits: 2},
		`"minSpecialChars":2`:                             {MinSpecial: 2},
		`"maxSpecialChars":2`:                             {MaxSpecial: 2},
		`"minAlphas":2`:                                   {MinAlphas: 2},
		`"minAlphaNumerals":2`:                            {MinAlphanumerics: 2},
		`"minUniqueChars":2`:                              {MinUnique: 2},
		`"maxRepeatedChars":2`:                            {MaxRepeated: 2},
		`"distinctCharacters":2`:                          {MinNew: 2},
		`"startsWithAlphabet":true`:                       {StartsWithLetter: true},
		`"userNameDisallowed":true`:                       {NoUsername: true},
		`"firstNameDisallowed":true`:                      {NoNames: true},
		`"lastNameDisallowed":true`:                       {NoNames: true},
		`"allowedChars":"cabc!"`:                          {Allowed: "!abc"},
		`"disallowedChars":"<ä&\"<"`:                      {Forbidden: `"&<ä`},
		`"requiredChars":"#"`:                             {Required: "#"},
		`"allowedChars":"` + many + `"`:                   {Allowed: "x"},
		`"allowedChars":"` + string(keyboard) + `"`:       {Allowed: string(keyboard)},
		`"allowedChars":"` + string(keyboard) + "!" + `"`: {},
		`"allowedChars":["a"],"requiredChars":null`:       {},
		`"disallowedSubstrings":["oracle"],"disallowedUserAttributeValues":["nickName"],"dictionaryWordDisallowed":true`:                                                   {},
		`"minLength":0,"maxLength":0,"minNumerals":0,"requiredChars":"","startsWithAlphabet":false,"userNameDisallowed":false,"lastNameDisallowed":false`:                  {},
		`"minLength":-1,"maxLength":501,"minNumerals":1.5,"minUpperCase":"2","minLowerCase":null,"minUniqueChars":1e30,"startsWithAlphabet":1,"userNameDisallowed":"true"`: {},
		`"minLength":-1,"maxLength":501,"minNumerals":3`: {MinDigits: 3},
		`"MinLength":12,"MINNUMERALS":3`:                 {},
	} {
		got := oracle.RulesFrom([]byte(`{` + policy + `}`))
		if want == (rules{}) {
			if got != (oracle.Rules{}) { // what can be compared so is not stored, and the rules known before it stay
				t.Errorf("%s: %+v, want nothing", policy, got.Password)
			}
			continue
		}
		if diff := cmp.Diff(&want, got.Password); diff != "" {
			t.Errorf("%s: %s", policy, diff)
		}
	}
}

// Each field of the rules can be known, and comes back from storage as it was; what is not known takes no room there.
func TestPasswordRulesInStorage(t *testing.T) {
	t.Parallel()
	whole := oracle.RulesFrom([]byte(`{"minLength":1,"maxLength":2,"minLowerCase":3,"minUpperCase":4,"minNumerals":5,"minSpecialChars":6,"maxSpecialChars":7,
		"minAlphas":8,"minAlphaNumerals":9,"minUniqueChars":10,"maxRepeatedChars":11,"distinctCharacters":12,"startsWithAlphabet":true,"allowedChars":"a",
		"disallowedChars":"b","requiredChars":"c","userNameDisallowed":true,"firstNameDisallowed":false,"lastNameDisallowed":true}`))
	for field, value := range reflect.ValueOf(*whole.Password).Fields() {
		if value.IsZero() {
			t.Errorf("%s is not read", field.Name)
		}
	}
	for rules, want := range map[oracle.Rules]string{{}: `{}`, oracle.RulesFrom([]byte(`{"minLength":12}`)): `{"password":{"min_length":12}}`, whole: ""} {
		stored, err := json.Marshal(rules)
		must(t, err)
		if want != "" && string(stored) != want || len(stored) > 500 {
			t.Errorf("stored %s, want %s", stored, want)
		}
		var back oracle.Rules
		must(t, json.Unmarshal(stored, &back))
		if diff := cmp.Diff(rules, back); diff != "" {
			t.Error(diff)
		}
	}
}

// What a policy says is kept, and must not be a credential: its texts are kept as sets of characters.
func TestPasswordRulesHoldNoCredential(t *testing.T) {
	t.Parallel()
	for _, word := range []string{clientSecret, accessToken, password} {
		quoted, err := json.Marshal(word)
		must(t, err)
		var members []string
		for _, name := range []string{"allowedChars", "disallowedChars", "requiredChars", "disallowedSubstrings", "name", "minLength"} {
			members = append(members, `"`+name+`":`+string(quoted))
		}
		rules := oracle.RulesFrom([]byte(`{` + strings.Join(members, ",") + `}`))
		if rules.Password == nil || rules.Password.Required == "" {
			t.Fatal("nothing is read, so nothing is tried")
		}
		stored, err := json.Marshal(rules)
		must(t, err)
		wantNoCanary(t, "rules", string(stored))
	}
}

// wantSaidOfPasswords wants each rule for new passwords in the policy, in its place and its type.
func wantSaidOfPasswords(t *testing.T, rules *oracle.PasswordRules, said map[string]any) {
	t.Helper()
	if rules == nil {
		return
	}
	if *rules == (oracle.PasswordRules{}) {
		t.Error("rules that ask nothing")
	}
	for name, got := range map[string]int{
		"minLength": rules.MinLength, "maxLength": rules.MaxLength, "minLowerCase": rules.MinLower, "minUpperCase": rules.MinUpper, "minNumerals": rules.MinDigits,
		"minSpecialChars": rules.MinSpecial, "maxSpecialChars": rules.MaxSpecial, "minAlphas": rules.MinAlphas, "minAlphaNumerals": rules.MinAlphanumerics,
		"minUniqueChars": rules.MinUnique, "maxRepeatedChars": rules.MaxRepeated, "distinctCharacters": rules.MinNew,
	} {
		if n, ok := said[name].(float64); got != 0 && (!ok || n != float64(got) || got < 0 || got > 500) {
			t.Errorf("%s = %d of %v", name, got, said[name])
		}
	}
	for name, got := range map[string]string{"allowedChars": rules.Allowed, "disallowedChars": rules.Forbidden, "requiredChars": rules.Required} {
		text, _ := said[name].(string)
		set := []rune(got)
		if !slices.IsSorted(set) || len(slices.Compact(slices.Clone(set))) != len(set) || len(set) > 256 {
			t.Errorf("%s = %q, which is no set", name, got)
		}
		for _, char := range text {
			if got != "" && !slices.Contains(set, char) {
				t.Errorf("%s = %q without %q", name, got, char)
			}
		}
		for _, char := range set {
			if !strings.ContainsRune(text, char) {
				t.Errorf("%s = %q of %q", name, got, text)
			}
		}
	}
	for names, got := range map[string]bool{
		"startsWithAlphabet": rules.StartsWithLetter, "userNameDisallowed": rules.NoUsername, "firstNameDisallowed lastNameDisallowed": rules.NoNames,
	} {
		if got && !slices.ContainsFunc(strings.Fields(names), func(name string) bool { return said[name] == true }) {
			t.Errorf("%s = true of nothing", names)
		}
	}
}
