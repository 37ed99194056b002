package generator_test

import (
	"reflect"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/generator"
	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
)

const user = "INT_GL"

type rules = generator.Rules

// everything that a keyboard types.
const everything = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789~`!@#$%^&*()_-+={}[]|\\:;\"'<>,.?/ "

// ruleSets are rules that can all be kept.
func ruleSets() map[string]rules {
	return map[string]rules{
		"the shortest that can be chosen": {Length: 16, Username: user},
		"the default":                     {Length: 24, Username: user},
		"the longest that can be chosen":  {Length: 64, Username: user},

		"a domain's standard policy":        {Length: 24, Username: user, MinLength: 12, MaxLength: 40, MinLower: 1, MinUpper: 1, MinDigits: 1, StartsWithLetter: true},
		"shorter than chosen":               {Length: 16, Username: user, MinLength: 8, MaxLength: 10, MinDigits: 2},
		"longer than chosen":                {Length: 16, Username: user, MinLength: 70, MaxLength: 500},
		"some of each kind":                 {Length: 16, Username: user, MinLower: 3, MinUpper: 3, MinDigits: 2, MinSpecial: 3},
		"mostly letters":                    {Length: 24, Username: user, MinAlphas: 16, MinAlphanumerics: 19, MinSpecial: 2, MaxSpecial: 6},
		"hardly any character twice":        {Length: 24, Username: user, MinUnique: 18, MaxRepeated: 2, MinNew: 12, Previous: secret.New("Abcdefghijklmn0123456789")},
		"some characters, and one required": {Length: 24, Username: user, Allowed: "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789#-_ä \"<", Required: "#"},
		"without characters and words":      {Length: 24, Username: "e", Forbidden: "O0Il1'`$ü", Names: []string{"Al", "", "Integration", "7", "-_"}},
		"as many rules as there are": {
			Length: 20, Username: "b@x", MinLength: 14, MaxLength: 18, MinLower: 2, MinUpper: 2, MinDigits: 2, MinSpecial: 2, MaxSpecial: 8,
			MinAlphas: 6, MinAlphanumerics: 10, MinUnique: 8, MaxRepeated: 3, Forbidden: "`", Allowed: everything,
		},
	}
}

// Every draw keeps the rules, by a reading of them that shares no code with the generator's, and a simulated domain
// takes it under Oracle's complexities, the plainest rules under each.
func TestEveryPasswordKeepsTheRules(t *testing.T) {
	t.Parallel()
	for name, r := range ruleSets() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pods := []*oraclesim.Pod{startPod(t, oraclesim.PolicyVeryComplex, r)}
			if reflect.DeepEqual(r, rules{Length: r.Length, Username: user}) {
				pods = append(pods, startPod(t, oraclesim.PolicySimple, r), startPod(t, oraclesim.PolicyComplex, r))
			}
			for range draws {
				password, err := generator.Password(r)
				if fault := kept(password.Reveal(), r, pods...); err != nil || fault != "" {
					t.Fatalf("%q %s, %v", password.Reveal(), fault, err)
				}
			}
		})
	}
}

// No password comes twice, which says that the randomness is no constant, and no more.
func TestNoPasswordComesTwice(t *testing.T) {
	t.Parallel()
	const draws = 20_000
	seen := make(map[string]bool, draws)
	for range draws {
		seen[drawn(t, rules{Length: 16})] = true
	}
	if len(seen) != draws {
		t.Errorf("%d different passwords in %d draws", len(seen), draws)
	}
}

// With figures that fit few passwords it takes more tries, and the password is as good.
func TestTightRulesAreKept(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]rules{
		"every place of a kind":                 {Length: 16, MaxLength: 16, MinLower: 4, MinUpper: 4, MinDigits: 4, MinSpecial: 4},
		"none twice":                            {Length: 32, MaxRepeated: 1, MinUnique: 32},
		"six that are required":                 {Length: 24, Required: "##Xy1-+"},
		"one special character":                 {Length: 24, MaxSpecial: 1},
		"one character of each kind, and short": {Length: 16, MaxLength: 8, Allowed: "aA1#", Required: "aA1#"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pod := startPod(t, oraclesim.PolicyVeryComplex, r)
			for range 50 {
				password := drawn(t, r)
				if fault := kept(password, r, pod); fault != "" {
					t.Fatalf("%q %s", password, fault)
				}
			}
		})
	}
}

// The user name is not in a password in any case, and neither is another word; nor is the password in the user name.
func TestNoPasswordHoldsAName(t *testing.T) {
	t.Parallel()
	short := rules{Length: 16, MaxLength: 8, Allowed: "aAbBsS1#"}
	for name, test := range map[string]struct {
		r     rules
		parts []string // in lower case
	}{
		"a name in capitals":       {rules{Username: "AB"}, []string{"ab"}},
		"a name in small letters":  {rules{Username: "ab"}, []string{"ab"}},
		"a name in mixed case":     {rules{Username: "bA"}, []string{"ba"}},
		"a name of one letter":     {rules{Username: "a"}, []string{"a"}},
		"a name with spaces":       {rules{Username: " aB "}, []string{"ab"}},
		"a first and a last name":  {rules{Username: "1#", Names: []string{"aB", "BBB"}}, []string{"1#", "ab", "bbb"}},
		"a name with a long s":     {rules{Username: "ſ"}, []string{"s"}},
		"no name, and empty words": {rules{Names: []string{"", " "}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := short
			r.Username, r.Names = test.r.Username, test.r.Names
			for range 5_000 {
				password := strings.ToLower(drawn(t, r))
				for _, part := range test.parts {
					if strings.Contains(password, part) {
						t.Fatalf("%q holds %q", password, part)
					}
				}
				if strings.Contains(strings.ToLower(r.Username), password) {
					t.Fatalf("%q is a part of %q", password, r.Username)
				}
			}
		})
	}
}

// Where all passwords there could be stand in the user name, none is to be had.
func TestNoPasswordOutOfAName(t *testing.T) {
	t.Parallel()
	r := rules{Length: 16, MaxLength: 8, Allowed: "aA1#", MinDigits: 5}
	var all []string
	for _, word := range everyWord(r.Allowed, 8) {
		if broken(word, r) == "" {
			all = append(all, word)
		}
	}
	r.Username = strings.ToUpper(strings.Join(all, ""))
	if password, err := generator.Password(r); err == nil {
		t.Errorf("%q is a part of the user name", password.Reveal())
	}
}

func drawn(t *testing.T, r rules) string {
	t.Helper()
	password, err := generator.Password(r)
	if err != nil {
		t.Fatal(err)
	}
	return password.Reveal()
}

// kept says which rule a password breaks, by the checker of these tests and by those of pods; empty when none.
func kept(password string, r rules, pods ...*oraclesim.Pod) string {
	if fault := broken(password, r); fault != "" {
		return fault
	}
	for _, pod := range pods {
		if err := pod.JudgePassword(user, password); err != nil {
			return "is refused by a pod: " + err.Error()
		}
	}
	return ""
}

// startPod gives a pod with one of Oracle's complexities, and with these rules in its domain.
func startPod(t *testing.T, complexity oraclesim.PasswordPolicy, r rules) *oraclesim.Pod {
	t.Helper()
	sim, err := oraclesim.Start(oraclesim.Config{
		Users:    []oraclesim.User{{Name: user, Password: "Welcome1#"}},
		Switches: oraclesim.Switches{PasswordPolicy: complexity},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	sim.Pod().SetDomainRules(oraclesim.DomainRules{
		MinLength: r.MinLength, MaxLength: r.MaxLength, MinLowerCase: r.MinLower, MinUpperCase: r.MinUpper, MinNumerals: r.MinDigits,
		MinSpecialChars: r.MinSpecial, MaxSpecialChars: r.MaxSpecial, MinAlphas: r.MinAlphas, MinAlphaNumerals: r.MinAlphanumerics,
		MinUniqueChars: r.MinUnique, MaxRepeatedChars: r.MaxRepeated, StartsWithAlphabet: r.StartsWithLetter,
		AllowedChars: r.Allowed, DisallowedChars: r.Forbidden, RequiredChars: r.Required, UserNameDisallowed: true,
	})
	return sim.Pod()
}
