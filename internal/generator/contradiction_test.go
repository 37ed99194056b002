package generator_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"vault-plugin-secrets-oracle-financials/internal/generator"
	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// Rules that no password keeps are an error of one sentence that says which, and what to do.
func TestRulesThatContradictEachOther(t *testing.T) {
	t.Parallel()
	letters := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for name, test := range map[string]struct {
		r    rules
		says string
	}{
		"no length":                          {rules{}, "password_length is 0: choose one from 16 to 64"},
		"a length below none":                {rules{Length: -1}, "password_length is -1"},
		"a length that is too short":         {rules{Length: 15, MaxLength: 12}, "password_length is 15"},
		"a length that is too long":          {rules{Length: 65, MinLength: 70}, "password_length is 65"},
		"a domain's is longer than Oracle's": {rules{Length: 24, MinLength: 501}, "501 characters, and Oracle takes at most 500"},
		"a domain's is shorter than safe":    {rules{Length: 24, MaxLength: 7}, "only 7 characters, and Oracle's own complexities ask for 8"},
		"shortest and longest":               {rules{Length: 24, MinLength: 20, MaxLength: 19}, "20 characters and may have only 19"},

		"no upper case letter":        {rules{Length: 24, Allowed: "abc123#"}, "no upper case letter is left"},
		"no lower case letter":        {rules{Length: 24, Allowed: "ABC123#"}, "no lower case letter is left"},
		"no digit":                    {rules{Length: 24, Forbidden: "0123456789"}, "no digit is left"},
		"no special character":        {rules{Length: 24, Allowed: letters + "0123456789"}, "no special character is left"},
		"only special ones to avoid":  {rules{Length: 24, Allowed: letters + `0123456789: "\<>&`}, "no special character is left"},
		"allowed and forbidden":       {rules{Length: 24, Allowed: "aA1#", Forbidden: "#"}, "no special character is left"},
		"one letter, which is a name": {rules{Length: 24, Allowed: "aA1#-", Username: "A"}, "no upper case letter is left"},
		"one digit, which is a name":  {rules{Length: 24, Allowed: "aA1#-", Names: []string{"x", "1"}}, "no digit is left"},

		"required, and never used":         {rules{Length: 24, Required: "a<"}, "a character is required that the built-in generator never uses"},
		"required, and no ASCII":           {rules{Length: 24, Required: "ä"}, "a character is required"},
		"required and forbidden":           {rules{Length: 24, Required: "#", Forbidden: "#"}, "a character is required"},
		"required and not allowed":         {rules{Length: 24, Required: "z", Allowed: "aA1#"}, "a character is required"},
		"more are required than there are": {rules{Length: 16, Required: letters}, "are more than a length of 16 has"},

		"too many digits":                    {rules{Length: 16, MinDigits: 14}, "are more than a length of 16 has"},
		"the sum of all kinds":               {rules{Length: 16, MinLower: 5, MinUpper: 4, MinDigits: 4, MinSpecial: 4}, "are more than a length of 16 has"},
		"letters beside the others":          {rules{Length: 16, MinAlphas: 15}, "are more than a length of 16 has"},
		"letters and digits":                 {rules{Length: 16, MinAlphanumerics: 16}, "are more than a length of 16 has"},
		"letters, and digits that are asked": {rules{Length: 16, MinAlphas: 10, MinDigits: 6}, "are more than a length of 16 has"},
		"more than any number":               {rules{Length: 16, MinLower: math.MaxInt, MinUpper: math.MaxInt, MinAlphas: math.MaxInt, MinAlphanumerics: math.MaxInt}, "are more than a length of 16 has"},
		"letters more than any number":       {rules{Length: 16, MinAlphas: math.MaxInt}, "are more than a length of 16 has"},
		"two kinds more than any number":     {rules{Length: 16, MinLower: math.MaxInt, MinUpper: math.MaxInt}, "are more than a length of 16 has"},
		"both together more than any number": {rules{Length: 16, MinAlphanumerics: math.MaxInt}, "are more than a length of 16 has"},
		"special ones, least and most":       {rules{Length: 24, MinSpecial: 3, MaxSpecial: 2}, "more special characters than the 2 it may have"},
		"special ones, required and most":    {rules{Length: 24, Required: "#-+", MaxSpecial: 2}, "more special characters than the 2 it may have"},

		"unique in a length":            {rules{Length: 16, MinUnique: 17}, "17 characters would have to occur only once, of 88 in a length of 16"},
		"unique in an alphabet":         {rules{Length: 24, Allowed: "abA1#", MinUnique: 6}, "6 characters would have to occur only once, of 5"},
		"new in a length":               {rules{Length: 16, MinNew: 17}, "17 of its characters would have to be new"},
		"new in an alphabet":            {rules{Length: 16, Allowed: "abA1#", MinNew: 4, Previous: secret.New("ab")}, "4 of its characters would have to be new"},
		"too seldom for the length":     {rules{Length: 24, Allowed: "abA1#", MaxRepeated: 4}, "5 characters may each occur 4 times, too seldom for a length of 24"},
		"too seldom for a kind":         {rules{Length: 24, Forbidden: "123456789", MinDigits: 3, MaxRepeated: 2}, "the kind digit has too few characters (1)"},
		"so that it can hardly be kept": {rules{Length: 64, MaxRepeated: 1}, "none was found in 262144 tries"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			password, err := generator.Password(test.r)
			if err == nil || !password.IsZero() {
				t.Fatalf("a password, and the error %v", err)
			}
			said := err.Error()
			if !strings.Contains(said, test.says) {
				t.Errorf("says %q, want %q", said, test.says)
			}
			if strings.ContainsAny(said, "\n.") || !strings.Contains(said, "password_length") || !strings.Contains(said, ": ") {
				t.Errorf("%q is not one sentence that says what to do", said)
			}
		})
	}
}

// Figures at the edge of a contradiction can be kept. The tests above would pass if too much was refused.
func TestRulesThatCanJustBeKept(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]rules{
		"the shortest":                  {Length: 16, MaxLength: 8},
		"the longest":                   {Length: 16, MinLength: 500},
		"exactly so long":               {Length: 24, MinLength: 20, MaxLength: 20},
		"one of each kind":              {Length: 16, Allowed: "aA1#"},
		"letters but for two":           {Length: 16, MaxLength: 10, MinAlphas: 8},
		"letters and digits but one":    {Length: 16, MaxLength: 10, MinAlphanumerics: 9},
		"required, and that is all":     {Length: 16, MaxLength: 8, Allowed: "abA12#", Required: "bA12#"},
		"unique, and that is all":       {Length: 16, MaxLength: 8, Allowed: "abcdAB12#", MinUnique: 7},
		"new, and that is all":          {Length: 16, Allowed: "abA1#", MinNew: 3, Previous: secret.New("ab")},
		"each as often as it may":       {Length: 16, MaxLength: 8, Allowed: "aA1#", MaxRepeated: 2},
		"one digit, as often as it may": {Length: 16, MaxLength: 8, Forbidden: "123456789", MinDigits: 2, MaxRepeated: 2},
		"special, neither more":         {Length: 16, MinSpecial: 3, MaxSpecial: 3},
		"figures below none":            {Length: 16, MinLength: -1, MaxLength: -1, MinLower: -1, MinSpecial: -1, MaxSpecial: -1, MinUnique: -1, MaxRepeated: -1, MinNew: -1},
		"as often as any number":        {Length: 16, MaxRepeated: math.MaxInt, MaxSpecial: math.MaxInt, MaxLength: math.MaxInt},
		"a word longer than it":         {Length: 16, Names: []string{strings.Repeat("x", 1000)}},
		"a character that occurs two":   {Length: 16, Required: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			password := drawn(t, r)
			checked := r
			checked.MaxLength, checked.MinLength = max(0, r.MaxLength), max(0, r.MinLength)
			if fault := broken(password, checked); fault != "" {
				t.Errorf("%q %s", password, fault)
			}
		})
	}
}

// Without randomness there is no password, and what was drawn so far is not in the error.
func TestWithoutRandomness(t *testing.T) {
	t.Parallel()
	gone := errors.New("the source is gone")
	for name, test := range map[string]struct {
		source io.Reader
		want   error
	}{
		"none":                          {iotest.ErrReader(gone), gone},
		"it ends within a password":     {io.MultiReader(strings.NewReader("012345"), iotest.ErrReader(gone)), gone},
		"it is empty":                   {strings.NewReader(""), io.EOF},
		"bytes that can never be used":  {bytes.NewReader(bytes.Repeat([]byte{0xff}, 1000)), nil},
		"it never says anything at all": {silent{}, io.ErrNoProgress},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			password, err := generator.PasswordFrom(test.source, rules{Length: 24})
			if err == nil || !password.IsZero() {
				t.Fatalf("a password, and the error %v", err)
			}
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("error = %v", err)
			}
			if !strings.HasPrefix(err.Error(), "read random bytes for a password: ") || !strings.Contains(err.Error(), "try again") {
				t.Errorf("%q says too little", err)
			}
		})
	}
	// Always the same byte makes the same character, which no rules take.
	if _, err := generator.PasswordFrom(zeros{}, rules{Length: 24}); err == nil || !strings.Contains(err.Error(), "tries") {
		t.Errorf("of zeros: %v", err)
	}
	few := strings.Repeat("\xff", generator.MaxBytes-1) + "\x00"
	if char, err := generator.Pick(strings.NewReader(few), "abc"); err != nil || char != 'a' {
		t.Errorf("the last byte that is read: %q, %v", char, err)
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

type zeros struct{}

func (zeros) Read(into []byte) (int, error) { clear(into); return len(into), nil }

// No error repeats a rule's secret, or a word of the user's.
func TestErrorsOfRulesHoldNoSecret(t *testing.T) {
	t.Parallel()
	for _, r := range []rules{
		{Length: 3, Previous: secret.New("Canary-7Zq!")},
		{Length: 24, MinNew: 80, Previous: secret.New("Canary-7Zq!")},
	} {
		if _, err := generator.Password(r); err == nil || strings.Contains(err.Error(), "Canary") {
			t.Errorf("error = %v", err)
		}
	}
}
