package main

import (
	"encoding/base64"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"vault-plugin-secrets-oracle-financials/oracle"
)

const (
	leftOut    = "(not shown: it repeats a secret)"
	maxForeign = 120 // characters of a foreign text
)

// hidden is what a table must not hold: secrets, in any form in which a server could repeat them, and the names by which
// the pod and its users could be known.
type hidden struct{ secrets, names []string }

// hide takes the addresses first, then the credentials.
func hide(pod, domain string, credentials ...credential) hidden {
	var h hidden
	for _, address := range []string{pod, domain} {
		if host := oracle.Host(address); host != "" {
			name, _, _ := strings.Cut(host, ":")
			h.names = append(h.names, host, name)
		}
	}
	for _, c := range credentials {
		h.add(c)
	}
	return h
}

func (h *hidden) add(c credential) {
	if c.username != "" {
		h.names = append(h.names, c.username)
	}
	for _, text := range []string{c.secret.Reveal(), c.token.Reveal()} {
		if text == "" {
			continue
		}
		h.secrets = append(h.secrets, text)
		for _, plain := range []string{text, c.username + ":" + text} {
			h.secrets = append(h.secrets, base64.RawStdEncoding.EncodeToString([]byte(plain)),
				base64.RawURLEncoding.EncodeToString([]byte(plain)))
		}
	}
}

// scrubbed is a text for the table, or a note in its place when it repeats a secret. Nothing reaches the table without it.
func (h hidden) scrubbed(text string) string {
	unescaped, err := url.PathUnescape(text)
	if err != nil {
		unescaped = text
	}
	for _, reading := range []string{text, unescaped, html.UnescapeString(text), html.UnescapeString(unescaped)} {
		bare := squeezed(reading)
		if slices.ContainsFunc(h.secrets, func(secret string) bool { return strings.Contains(bare, squeezed(secret)) }) {
			return leftOut
		}
	}
	return text
}

// foreign makes a text of the pod's or the network's fit to be shown: one line, bounded, without names.
func (h hidden) foreign(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if text = h.scrubbed(text); text == leftOut {
		return text
	}
	for _, name := range h.names {
		text = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(name)).ReplaceAllString(text, "…")
	}
	if shown := []rune(text); len(shown) > maxForeign {
		text = string(shown[:maxForeign]) + "…"
	}
	return text
}

// squeezed leaves out what a server may add or change: white space, and the case of letters.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// shownHeaders are the headers that tell how a server answers, and nothing about who asked: no cookies, no identifiers.
func shownHeaders() []string {
	return []string{"Content-Type", "Content-Length", "Www-Authenticate", "Retry-After", "Allow", "Cache-Control", "Server"}
}

// rateHeader is a header that announces a limit, whoever's convention it follows.
var rateHeader = regexp.MustCompile(`(?i)^(retry-after|(x-)?rate-?limit.*|.*throttl.*|.*quota.*)$`)

// headersOf gives the harmless headers of an answer. Of a redirect only whether it stays on the host.
func (h hidden) headersOf(answer *exchange) []string {
	var shown []string
	for _, name := range slices.Sorted(maps.Keys(answer.header)) {
		values := answer.header.Values(name)
		if slices.Contains(shownHeaders(), name) || rateHeader.MatchString(name) {
			name = strings.Replace(name, "Www-", "WWW-", 1) // as its document writes it
			shown = append(shown, name+": "+h.foreign(strings.Join(values, ", ")))
		}
	}
	if answer.header.Get("Location") != "" {
		shown = append(shown, "Location: "+whereTo(answer))
	}
	return shown
}

// whereTo says where a redirect leads.
func whereTo(answer *exchange) string {
	target, err := url.Parse(answer.header.Get("Location"))
	switch {
	case err != nil:
		return "(not an address)"
	case target.Host == "" || target.Host == oracle.Host(answer.question.base):
		return "(the same host)"
	}
	return "(another host)"
}
