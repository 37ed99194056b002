package oracle

import (
	"encoding/base64"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

const (
	// maxDetail bounds what is kept of Oracle's own words: enough for its sentences, too little for a page.
	maxDetail = 200
	// maxEcho is how far a text is searched for a credential: one that begins within maxDetail ends here, even
	// with each of its characters escaped twice.
	maxEcho = 20 * maxDetail
)

// leftOut stands for a text that repeats a credential. Nothing of the text is shown, because what surrounds the
// gap would say what stood in it.
const leftOut = "(not shown: the answer repeats a credential)"

// forPeople makes a foreign text safe to show: one line of printable characters, at most maxDetail of them and a
// mark where it was cut, and nothing at all when it repeats a credential in whatever form.
func forPeople(text string, by credential) string {
	line := oneLine(text)
	if repeats(line, by) {
		return leftOut
	}
	if utf8.RuneCountInString(line) > maxDetail {
		line = strings.TrimRight(string([]rune(line)[:maxDetail]), " ") + "…"
	}
	return line
}

// oneLine drops what cannot be printed and makes one space of each white space, up to maxEcho characters.
func oneLine(text string) string {
	var b strings.Builder
	length, space := 0, false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			space = length > 0
			continue
		case !unicode.IsPrint(r):
			continue
		case length >= maxEcho:
			return b.String()
		case space:
			b.WriteByte(' ')
			length++
		}
		space = false
		b.WriteRune(r)
		length++
	}
	return b.String()
}

// repeats says whether a text holds a credential, read in every way in which a server could have written it: two
// escapings over one another, and with white space anywhere, as where a token is wrapped.
func repeats(line string, by credential) bool {
	forms := by.forms()
	if len(forms) == 0 {
		return false
	}
	for _, reading := range readings(readings([]string{line})) {
		bare := squeezed(reading)
		if slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(bare, squeezed(form)) }) {
			return true
		}
	}
	return false
}

// forms gives what must not be shown of a credential, before anybody escapes it.
func (c credential) forms() []string {
	var forms []string
	add := func(texts ...string) {
		for _, text := range texts {
			forms = append(forms, base64.RawStdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)))
		}
	}
	for _, word := range []secret.Value{c.login.Password, c.fresh} {
		if password := word.Reveal(); password != "" {
			forms = append(forms, password, strings.ReplaceAll(password, " ", "+"))
			add(password, c.login.Username+":"+password)
		}
	}
	if token := c.token.Reveal(); token != "" {
		forms = append(forms, token)
		add(token)
	}
	return forms
}

var (
	percentEscapes  = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)
	backslashEscape = regexp.MustCompile(`\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)`)
)

// readings adds to texts each of them without one escaping: HTML's, a URL's, JSON's or Go's.
func readings(texts []string) []string {
	all := slices.Clone(texts)
	for _, text := range texts {
		all = append(
			all,
			html.UnescapeString(text),
			percentEscapes.ReplaceAllStringFunc(text, func(escaped string) string {
				plain, _ := url.PathUnescape(escaped)
				return plain
			}),
			backslashEscape.ReplaceAllStringFunc(text, func(escaped string) string {
				if code, err := strconv.ParseUint(escaped[len(`\u`):], 16, 16); err == nil {
					return string(rune(code))
				}
				return escaped[len(`\`):]
			}),
		)
	}
	return all
}

// squeezed leaves out white space and what cannot be printed.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
}
