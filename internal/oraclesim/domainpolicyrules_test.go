package oraclesim_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// TestDomainRules goes through each rule: what the policy tells, which password the domain sets, and which it refuses.
func TestDomainRules(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		rules   oraclesim.DomainRules
		told    any
		good    string
		refused []string
	}{
		"minLength":        {oraclesim.DomainRules{MinLength: 12}, 12.0, "abcdefghijk1", []string{"abcdefghij1"}},
		"maxLength":        {oraclesim.DomainRules{MaxLength: 9}, 9.0, "abcdefgh1", []string{"abcdefghi1"}},
		"minLowerCase":     {oraclesim.DomainRules{MinLowerCase: 2}, 2.0, "ABCDEFab1", []string{"ABCDEFGa1"}},
		"minUpperCase":     {oraclesim.DomainRules{MinUpperCase: 2}, 2.0, "ABcdefgh1", []string{"Abcdefgh1"}},
		"minNumerals":      {oraclesim.DomainRules{MinNumerals: 2}, 2.0, "abcdefg12", []string{"abcdefgh1"}},
		"minSpecialChars":  {oraclesim.DomainRules{MinSpecialChars: 2}, 2.0, "abcdef#1-", []string{"abcdefg1-"}},
		"maxSpecialChars":  {oraclesim.DomainRules{MaxSpecialChars: 1}, 1.0, "abcdefg1-", []string{"abcdef#1-"}},
		"minAlphas":        {oraclesim.DomainRules{MinAlphas: 3}, 3.0, "aBc12345", []string{"aB123456"}},
		"minAlphaNumerals": {oraclesim.DomainRules{MinAlphaNumerals: 3}, 3.0, "a12-----", []string{"a1------"}},
		"minUniqueChars":   {oraclesim.DomainRules{MinUniqueChars: 3}, 3.0, "aabbcc123", []string{"aabbcc1122", "aabbcc112"}},
		"maxRepeatedChars": {oraclesim.DomainRules{MaxRepeatedChars: 2}, 2.0, "aabbccA1", []string{"aaabcdef1", "abacadef1"}},

		"startsWithAlphabet":   {oraclesim.DomainRules{StartsWithAlphabet: true}, true, "a1234567", []string{"1abcdefg", "-abcdef1"}},
		"allowedChars":         {oraclesim.DomainRules{AllowedChars: "abc123"}, "abc123", "abcabc123", []string{"abcabcd123"}},
		"disallowedChars":      {oraclesim.DomainRules{DisallowedChars: "x-"}, "x-", "abcdefg1", []string{"abcdefx1", "abcdef-1"}},
		"requiredChars":        {oraclesim.DomainRules{RequiredChars: "#-"}, "#-", "abcde-1#", []string{"abcdef1#", "abcdef1-"}},
		"disallowedSubstrings": {oraclesim.DomainRules{DisallowedSubstrings: []string{"Pod", "x"}}, []any{"Pod", "x"}, "pomddfg1", []string{"abcPODe1", "abcdefX1"}},
		"userNameDisallowed":   {oraclesim.DomainRules{UserNameDisallowed: true}, true, "int_g1l-", []string{"xint_gl1", "INT_GL12"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, oraclesim.Switches{})
			before := policyOf(t, sim)
			sim.Pod().SetDomainRules(test.rules)
			told := policyOf(t, sim)
			if !reflect.DeepEqual(told[name], test.told) {
				t.Errorf("told %v, want %v", told[name], test.told)
			}
			told[name] = before[name]
			if before[name] == nil {
				delete(told, name)
			}
			if !reflect.DeepEqual(told, before) {
				t.Errorf("told besides: %v, want %v", told, before)
			}
			for _, word := range test.refused {
				method, path, body := changer(t, sim, "UserPasswordChanger", `"password":"`+word+`"`)
				got := inDomain(t, sim, method, path, body)
				wantStatus(t, got, 400)
				err := sim.Pod().JudgePassword(user, word)
				if err == nil || strings.Contains(got.body+err.Error(), word) {
					t.Errorf("%s: %v, %s", word, err, got.body)
				}
			}
			if loginStatus(t, sim, password) != 200 {
				t.Error("a refused password was set")
			}
			must(t, sim.Pod().JudgePassword(user, test.good))
			change(t, sim, "UserPasswordChanger", `"password":"`+test.good+`"`)
			if loginStatus(t, sim, test.good) != 200 {
				t.Error("the good password was not set")
			}
		})
	}
	if rules := reflect.TypeFor[oraclesim.DomainRules](); len(tests) != rules.NumField() {
		t.Errorf("%d cases for %d rules", len(tests), rules.NumField())
	}
}

func policyOf(t *testing.T, sim *oraclesim.Server) map[string]any {
	t.Helper()
	list := decodeJSON(t, inDomain(t, sim, "GET", "/admin/v1/PasswordPolicies", "").body)
	policy, _ := list["Resources"].([]any)[0].(map[string]any)
	return policy
}

// TestJudgePassword asks what a change would come to, and changes nothing.
func TestJudgePassword(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{PasswordPolicy: oraclesim.PolicyVeryComplex, PasswordHistory: 1})
	pod := sim.Pod()
	if err := pod.JudgePassword("NOBODY", newPassword); !errors.Is(err, oraclesim.ErrUnknownUser) {
		t.Errorf("an unknown user: %v", err)
	}
	for word, good := range map[string]bool{"Abcdef1#": true, "Abcdefg1": false, password: false} {
		if err := pod.JudgePassword("int_gl", word); (err == nil) != good {
			t.Errorf("%s: %v", word, err)
		}
	}
	pod.SetDomainRules(oraclesim.DomainRules{UserNameDisallowed: true, MinLength: 9})
	if err := pod.JudgePassword(user, "Abcdef1#"); err == nil {
		t.Error("the domain's rules are not asked")
	}
	pod.SetDomainRules(oraclesim.DomainRules{})
	must(t, pod.JudgePassword(user, "Abcdef1#"))
	if n := len(pod.PasswordChanges(user)); n != 0 {
		t.Errorf("%d changes", n)
	}
}

// TestShortNamesMayBeInAPassword of the domain.
func TestShortNamesMayBeInAPassword(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{Users: []oraclesim.User{{Name: "APX", Password: password}, {Name: "APXY", Password: password}}})
	sim.Pod().SetDomainRules(oraclesim.DomainRules{UserNameDisallowed: true})
	must(t, sim.Pod().JudgePassword("APX", "12apxy34"))
	if sim.Pod().JudgePassword("APXY", "12apxy34") == nil {
		t.Error("a name of four letters may be in a password")
	}
}
