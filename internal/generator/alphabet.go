package generator

import "strings"

// kind is a class of characters, as password policies count them. The list is closed.
type kind int

// The kinds of character.
const (
	upper kind = iota
	lower
	digit
	special // what is neither letter nor digit
	kinds   // how many there are
)

// everyKind lists the kinds.
func everyKind() []kind { return []kind{upper, lower, digit, special} }

func (k kind) String() string {
	return [kinds]string{"upper case letter", "lower case letter", "digit", "special character"}[k]
}

// characters are those of a kind that a generated password can have: ASCII, and of that no space and none of : " \ < > &
// which ends a name in a Basic header, or is escaped in JSON, HTML or XML, where a pod could come to see another password.
func (k kind) characters() string {
	return [kinds]string{
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "!#$%'()*+,-./;=?@[]^_`{|}~",
	}[k]
}

// kindOf sorts a printable ASCII character.
func kindOf(char byte) kind {
	switch {
	case 'A' <= char && char <= 'Z':
		return upper
	case 'a' <= char && char <= 'z':
		return lower
	case '0' <= char && char <= '9':
		return digit
	}
	return special
}

// alphabet is what the rules leave of the characters of each kind.
type alphabet [kinds]string

func (r Rules) alphabet() alphabet {
	forbidden := r.Forbidden
	for _, word := range r.words() {
		if len(word) == 1 { // a character that must not occur, in any case
			forbidden += word + strings.ToUpper(word)
		}
	}
	var a alphabet
	for _, k := range everyKind() {
		a[k] = without(k.characters(), forbidden, r.Allowed)
	}
	return a
}

// without leaves out of characters those that are forbidden, and those that are not allowed where some are.
func without(characters, forbidden, allowed string) string {
	if !strings.ContainsAny(characters, forbidden) && allowed == "" {
		return characters
	}
	return strings.Map(func(char rune) rune {
		if strings.ContainsRune(forbidden, char) || allowed != "" && !strings.ContainsRune(allowed, char) {
			return -1
		}
		return char
	}, characters)
}

func (a alphabet) letters() string { return a[upper] + a[lower] }

func (a alphabet) all() string { return a.letters() + a[digit] + a[special] }
