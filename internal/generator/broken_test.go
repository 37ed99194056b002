package generator_test

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// The alphabet, written down once more and in another way than the source does.
const specials = "~`!@#$%^*()_-+={}[]|;',.?/"

// broken says which rule a generated password breaks, and is empty when none: the built-in ones, and those of a domain.
// It shares no code with the generator, and is as slow as it is plain.
func broken(password string, r rules) string {
	length := r.Length
	if r.MinLength > length {
		length = r.MinLength
	}
	if r.MaxLength > 0 && length > r.MaxLength {
		length = r.MaxLength
	}
	if len(password) != length {
		return fmt.Sprintf("has %d characters, not %d", len(password), length)
	}
	is := func(test func(rune) bool) (n int) {
		for _, char := range password {
			if test(char) {
				n++
			}
		}
		return n
	}
	lowers, uppers, digits := is(unicode.IsLower), is(unicode.IsUpper), is(unicode.IsDigit)
	special := is(func(char rune) bool { return strings.ContainsRune(specials, char) })
	if lowers+uppers+digits+special != length || is(func(char rune) bool { return char > unicode.MaxASCII }) > 0 {
		return "has a character that is not in the alphabet"
	}
	if lowers == 0 || uppers == 0 || digits == 0 || special == 0 || is(unicode.IsLetter) == 0 || !unicode.IsLetter(rune(password[0])) {
		return "lacks a kind, or does not begin with a letter"
	}
	once, fresh := 0, 0
	for i, char := range password {
		switch n := strings.Count(password, string(char)); {
		case n == 1:
			once++
		case r.MaxRepeated > 0 && n > r.MaxRepeated:
			return fmt.Sprintf("repeats %q", char)
		}
		if strings.IndexRune(password, char) == i && !strings.ContainsRune(r.Previous.Reveal(), char) {
			fresh++
		}
		if r.Allowed != "" && !strings.ContainsRune(r.Allowed, char) || strings.ContainsRune(r.Forbidden, char) {
			return fmt.Sprintf("has %q", char)
		}
	}
	for _, counted := range []struct {
		what       string
		has, least int
	}{
		{"lower", lowers, r.MinLower},
		{"upper", uppers, r.MinUpper},
		{"digits", digits, r.MinDigits},
		{"special", special, r.MinSpecial},
		{"letters", lowers + uppers, r.MinAlphas},
		{"alphanumerics", length - special, r.MinAlphanumerics},
		{"unique", once, r.MinUnique},
		{"new", fresh, r.MinNew},
	} {
		if counted.has < counted.least {
			return fmt.Sprintf("has %d %s of %d", counted.has, counted.what, counted.least)
		}
	}
	if r.MaxSpecial > 0 && special > r.MaxSpecial {
		return "has too many special characters"
	}
	for _, char := range r.Required {
		if strings.Count(password, string(char)) == 0 {
			return fmt.Sprintf("lacks %q", char)
		}
	}
	return named(password, r)
}

// named says which word a password holds, in any case.
func named(password string, r rules) string {
	small := strings.ToLower(password)
	for _, word := range append(slices.Clone(r.Names), r.Username) {
		if word = strings.ToLower(strings.TrimSpace(word)); word != "" && strings.Contains(small, word) {
			return "holds " + word
		}
	}
	if strings.Contains(strings.ToLower(r.Username), small) {
		return "is in the user name"
	}
	return ""
}
