package generator

import (
	"fmt"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// Rules bound what is generated. What is zero asks nothing.
//
// From MinLength on they are those of an identity domain's policy, with Oracle's attribute beside each (OCI SDK,
// identity_domains PasswordPolicy). Where Oracle's words can be read in two ways, the stricter is kept: a password that
// is good by both is refused by neither. Left out is what a random password keeps anyway: it stands in no dictionary
// and in no history.
type Rules struct {
	Length   int      // 16 to 64; for Password only
	Username string   // never part of the password, in any case, nor the password part of it
	Names    []string // other words that must not be part of it, in any case: names, disallowedSubstrings

	MinLength        int    // minLength
	MaxLength        int    // maxLength
	MinLower         int    // minLowerCase
	MinUpper         int    // minUpperCase
	MinDigits        int    // minNumerals
	MinSpecial       int    // minSpecialChars
	MaxSpecial       int    // maxSpecialChars
	MinAlphas        int    // minAlphas: letters
	MinAlphanumerics int    // minAlphaNumerals: letters and digits
	MinUnique        int    // minUniqueChars: characters that occur once
	MaxRepeated      int    // maxRepeatedChars: how often a character may occur, in one run or not
	StartsWithLetter bool   // startsWithAlphabet
	Allowed          string // allowedChars: no other character may occur
	Forbidden        string // disallowedChars: none may occur
	Required         string // requiredChars: each must occur

	MinNew   int          // distinctCharacters: characters that Previous does not have, each counted once
	Previous secret.Value // the password that the new one replaces
}

// Lengths of a password, in characters.
const (
	shortest   = 8  // of each named complexity (Oracle Applications, password policy of a user category)
	minChoice  = 16 // password_length
	maxChoice  = 64
	maxForeign = 500 // the most that a domain's policy allows (OCI IAM, modify a custom password policy)
)

// length is how long a password is: as chosen, unless an identity domain wants it longer or shorter.
func (r Rules) length() (int, error) {
	switch {
	case r.Length < minChoice || r.Length > maxChoice:
		return 0, fmt.Errorf("password_length is %d: choose one from %d to %d", r.Length, minChoice, maxChoice)
	case r.MinLength > maxForeign:
		return 0, impossible("it would have to have %d characters, and Oracle takes at most %d", r.MinLength, maxForeign)
	case r.MaxLength > 0 && r.MaxLength < shortest:
		return 0, impossible("it may have only %d characters, and Oracle's own complexities ask for %d", r.MaxLength, shortest)
	case r.MaxLength > 0 && r.MaxLength < r.MinLength:
		return 0, impossible("it would have to have %d characters and may have only %d", r.MinLength, r.MaxLength)
	case r.MaxLength > 0:
		return min(max(r.Length, r.MinLength), r.MaxLength), nil
	}
	return max(r.Length, r.MinLength), nil
}

// builtIn adds that every generated password has a character of each kind. So it satisfies the complexities simple,
// complex and very complex (Oracle Applications, password policy of a user category).
func (r Rules) builtIn() Rules {
	r.MinLower, r.MinUpper, r.MinDigits, r.MinSpecial = max(1, r.MinLower), max(1, r.MinUpper), max(1, r.MinDigits), max(1, r.MinSpecial)
	return r
}

// words are what must not be part of a password, in the one case that folded gives them.
func (r Rules) words() []string {
	var words []string
	for _, word := range append([]string{r.Username}, r.Names...) {
		if word = folded(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// folded makes texts that differ only in case the same; by way of the upper case, because a few letters have two
// lower ones.
func folded(text string) string { return strings.ToLower(strings.ToUpper(strings.TrimSpace(text))) }

// impossible is the error for rules that no password keeps, or none that can be found.
func impossible(why string, figures ...any) error {
	return fmt.Errorf("no password can be generated, because %s: change password_length or the identity domain's password policy, "+
		"or name a Vault password policy in password_policy", fmt.Sprintf(why, figures...))
}
