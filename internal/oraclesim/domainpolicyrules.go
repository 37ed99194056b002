package oraclesim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DomainRules are what the domain's password policy asks of the passwords that are set in the domain, besides what the
// switches ask; the names are Oracle's (OCI SDK, identity_domains PasswordPolicy). A zero asks nothing, and leaves the
// policy as the switches tell it.
//
// Oracle does not say whether a unique character is one that occurs once or one of several different ones, whether a
// repeated one has to stand beside itself, nor whether a name may be a part of the password. The harsher reading is
// taken here.
type DomainRules struct {
	MinLength            int      `json:"minLength,omitempty"`
	MaxLength            int      `json:"maxLength,omitempty"`
	MinLowerCase         int      `json:"minLowerCase,omitempty"`
	MinUpperCase         int      `json:"minUpperCase,omitempty"`
	MinNumerals          int      `json:"minNumerals,omitempty"`
	MinSpecialChars      int      `json:"minSpecialChars,omitempty"`
	MaxSpecialChars      int      `json:"maxSpecialChars,omitempty"`
	MinAlphas            int      `json:"minAlphas,omitempty"`
	MinAlphaNumerals     int      `json:"minAlphaNumerals,omitempty"`
	MinUniqueChars       int      `json:"minUniqueChars,omitempty"`
	MaxRepeatedChars     int      `json:"maxRepeatedChars,omitempty"`
	StartsWithAlphabet   bool     `json:"startsWithAlphabet,omitempty"`
	AllowedChars         string   `json:"allowedChars,omitempty"`
	DisallowedChars      string   `json:"disallowedChars,omitempty"`
	RequiredChars        string   `json:"requiredChars,omitempty"`
	DisallowedSubstrings []string `json:"disallowedSubstrings,omitempty"`
	UserNameDisallowed   bool     `json:"userNameDisallowed,omitempty"`
}

// SetDomainRules replaces the rules of the domain's password policy; the zero value asks nothing again.
func (p *Pod) SetDomainRules(r DomainRules) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.domainRules = r
}

// JudgePassword says why the domain would refuse a password for a user now, and changes nothing; the error names no part of
// the password.
func (p *Pod) JudgePassword(user, password string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.accounts[accountKey(user)]
	if !ok {
		return fmt.Errorf("%w: %q", ErrUnknownUser, user)
	}
	if err := p.domainRules.allow(password, a.name); err != nil {
		return err
	}
	return a.inDomain(p.switches).allows(password, p.now(), p.switches)
}

// told are the attributes of the rules that ask something.
func (r DomainRules) told() map[string]any {
	text, err := json.Marshal(r)
	if err != nil {
		return nil // strings and numbers always marshal
	}
	var attributes map[string]any
	_ = json.Unmarshal(text, &attributes)
	return attributes
}

// allow says why a password of a user is refused; the reason names no part of it.
func (r DomainRules) allow(password, name string) error {
	var letters, lowers, uppers, numerals, specials, single int
	most := 0
	for _, char := range password {
		switch {
		case unicode.IsLower(char):
			lowers++
		case unicode.IsUpper(char):
			uppers++
		case unicode.IsDigit(char):
			numerals++
		default:
			specials++
		}
		times := strings.Count(password, string(char))
		most = max(most, times)
		if times == 1 {
			single++
		}
	}
	letters = lowers + uppers
	length := utf8.RuneCountInString(password)
	for _, low := range []struct{ has, needs int }{
		{length, r.MinLength},
		{lowers, r.MinLowerCase},
		{uppers, r.MinUpperCase},
		{numerals, r.MinNumerals},
		{specials, r.MinSpecialChars},
		{letters, r.MinAlphas},
		{letters + numerals, r.MinAlphaNumerals},
		{single, r.MinUniqueChars},
	} {
		if low.has < low.needs {
			return fmt.Errorf("it has %d characters of a kind and needs %d", low.has, low.needs)
		}
	}
	for _, high := range []struct{ has, may int }{{length, r.MaxLength}, {specials, r.MaxSpecialChars}, {most, r.MaxRepeatedChars}} {
		if high.may > 0 && high.has > high.may {
			return fmt.Errorf("it has %d characters of a kind and may have %d", high.has, high.may)
		}
	}
	return r.allowContent(password, name)
}

// allowContent is the part of allow that goes by which characters there are.
func (r DomainRules) allowContent(password, name string) error {
	first, _ := utf8.DecodeRuneInString(password)
	for _, char := range password {
		if r.AllowedChars != "" && !strings.ContainsRune(r.AllowedChars, char) || strings.ContainsRune(r.DisallowedChars, char) {
			return errors.New("it holds a character that is not allowed")
		}
	}
	for _, char := range r.RequiredChars {
		if !strings.ContainsRune(password, char) {
			return errors.New("it lacks a required character")
		}
	}
	if r.StartsWithAlphabet && !unicode.IsLetter(first) {
		return errors.New("it does not start with a letter")
	}
	banned := r.DisallowedSubstrings
	if r.UserNameDisallowed && utf8.RuneCountInString(name) > maxIgnoredName {
		banned = append([]string{name}, banned...)
	}
	for _, part := range banned {
		if strings.Contains(strings.ToLower(password), strings.ToLower(part)) {
			return errors.New("it holds a text that is not allowed")
		}
	}
	return nil
}

// maxIgnoredName is the length up to which a name may be in a password (OCI SDK, userNameDisallowed).
const maxIgnoredName = 3
