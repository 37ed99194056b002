package oraclesim

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PasswordPolicy is a complexity of the Security Console (Oracle Applications, password policy of a user category).
type PasswordPolicy string

// The closed list of complexities.
const (
	// PolicySimple asks for 8 characters and a digit.
	PolicySimple PasswordPolicy = "simple"
	// PolicyComplex asks for 8 characters, an upper case letter and a digit.
	PolicyComplex PasswordPolicy = "complex"
	// PolicyVeryComplex asks for 8 characters, an upper case letter, a digit and a special character.
	PolicyVeryComplex PasswordPolicy = "very_complex"
	// PolicyCustom asks for Switches.PasswordMinLength characters and nothing else.
	PolicyCustom PasswordPolicy = "custom"
)

// minPasswordLength is that of the named complexities.
const minPasswordLength = 8

func (c PasswordPolicy) validate() error {
	switch c {
	case "", PolicySimple, PolicyComplex, PolicyVeryComplex, PolicyCustom:
		return nil
	}
	return fmt.Errorf("password policy %q is unknown: use simple, complex, very_complex or custom", c)
}

// requirements is a complexity in figures, as an identity domain tells it.
type requirements struct{ length, upper, digits, special int }

func (c PasswordPolicy) requirements(s Switches) requirements {
	switch c {
	case PolicyComplex:
		return requirements{length: minPasswordLength, upper: 1, digits: 1}
	case PolicyVeryComplex:
		return requirements{length: minPasswordLength, upper: 1, digits: 1, special: 1}
	case PolicyCustom:
		return requirements{length: s.PasswordMinLength}
	case PolicySimple:
	}
	return requirements{length: minPasswordLength, digits: 1}
}

// allows says why a password is refused; the reason names no part of it.
func (c PasswordPolicy) allows(password string, s Switches) error {
	need := c.requirements(s)
	var upper, digits, special int
	for _, char := range password {
		switch {
		case unicode.IsUpper(char):
			upper++
		case unicode.IsDigit(char):
			digits++
		case !unicode.IsLetter(char):
			special++
		}
	}
	switch {
	case password == "" || utf8.RuneCountInString(password) < need.length:
		return fmt.Errorf("it has fewer than %d characters", need.length)
	case upper < need.upper || digits < need.digits || special < need.special:
		return errors.New("it lacks an upper case letter, a digit or a special character")
	case strings.ContainsAny(password, s.ForbiddenCharacters):
		return errors.New("it holds a character that is not allowed")
	}
	return nil
}
