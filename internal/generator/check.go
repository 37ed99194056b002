package generator

import (
	"fmt"
	"slices"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// Check says what is wrong with a password under the rules, for one that a Vault password policy made; nil when
// nothing. It never repeats the password, nor a part of it.
//
// It asks less than Password gives: whoever wrote the policy chose the length, the kinds and the special characters.
// It wants printable ASCII without spaces, because servers differ in how they read anything else in a Basic header, and
// as many characters as the shortest of Oracle's complexities.
func Check(password secret.Value, rules Rules) error {
	if fault := rules.fault(password.Reveal(), rules.words()); fault != "" {
		return fmt.Errorf("the password %s: change the Vault password policy that password_policy names, or remove it "+
			"to use the built-in generator", fault)
	}
	return nil
}

// fault is what is wrong with a password, as the end of a sentence; empty when nothing. words are those of the rules,
// which are worked out once for many passwords.
func (r Rules) fault(password string, words []string) string {
	if strings.ContainsFunc(password, func(char rune) bool { return char <= ' ' || char > '~' }) {
		return "has a space or another character that is not printable ASCII"
	}
	has := count(password)
	switch {
	case len(password) < max(shortest, r.MinLength):
		return "is too short"
	case r.MaxLength > 0 && len(password) > r.MaxLength:
		return "is longer than the identity domain allows"
	case r.StartsWithLetter && kindOf(password[0]) != upper && kindOf(password[0]) != lower:
		return "does not begin with a letter, as the identity domain asks"
	case has.kinds[lower] < r.MinLower:
		return "has fewer lower case letters than the identity domain asks for"
	case has.kinds[upper] < r.MinUpper:
		return "has fewer upper case letters than the identity domain asks for"
	case has.kinds[upper]+has.kinds[lower] < r.MinAlphas:
		return "has fewer letters than the identity domain asks for"
	case has.kinds[digit] < r.MinDigits:
		return "has fewer digits than the identity domain asks for"
	case len(password)-has.kinds[special] < r.MinAlphanumerics:
		return "has fewer letters and digits than the identity domain asks for"
	case has.kinds[special] < r.MinSpecial:
		return "has fewer special characters than the identity domain asks for"
	case r.MaxSpecial > 0 && has.kinds[special] > r.MaxSpecial:
		return "has more special characters than the identity domain allows"
	case has.once < r.MinUnique:
		return "has fewer characters that occur only once than the identity domain asks for"
	case r.MaxRepeated > 0 && has.most > r.MaxRepeated:
		return "repeats a character more often than the identity domain allows"
	}
	return r.wrongContent(password, words)
}

// wrongContent is the part of fault that goes by which characters there are, and not by how many.
func (r Rules) wrongContent(password string, words []string) string {
	switch {
	case r.Allowed != "" && strings.Trim(password, r.Allowed) != "": // something is left between the allowed ones
		return "has a character that the identity domain does not allow"
	case strings.ContainsAny(password, r.Forbidden):
		return "has a character that the identity domain forbids"
	case strings.ContainsFunc(r.Required, func(char rune) bool { return !strings.ContainsRune(password, char) }):
		return "lacks a character that the identity domain requires"
	case r.MinNew > 0 && unseen(password, r.Previous.Reveal()) < r.MinNew:
		return "has too many characters of the one before it"
	}
	same := strings.ToLower(password)
	if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(same, word) }) {
		return "has the user name in it, or another word that it must not have"
	}
	if len(password) <= len(r.Username) && strings.Contains(folded(r.Username), same) {
		return "is a part of the user name"
	}
	return ""
}

// tally is what a password has.
type tally struct {
	kinds [kinds]int // characters of each kind
	once  int        // characters that occur once
	most  int        // how often the most frequent one occurs
}

// count counts what is in a password of printable ASCII.
func count(password string) tally {
	var has tally
	var times [1 << 7]int
	for i := range len(password) {
		char := password[i]
		has.kinds[kindOf(char)]++
		times[char]++
		has.most = max(has.most, times[char])
		switch times[char] {
		case 1:
			has.once++
		case 2:
			has.once--
		}
	}
	return has
}

// unseen counts the characters of a printable ASCII text that an earlier password does not have, each once.
func unseen(text, earlier string) int {
	var seen [1 << 7]bool
	n := 0
	for i := range len(text) {
		if char := text[i]; !seen[char] && strings.IndexByte(earlier, char) < 0 {
			seen[char] = true
			n++
		}
	}
	return n
}
