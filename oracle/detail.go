package oracle

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// maxDetail bounds what is kept of Oracle's own words: enough for its sentences, too little for a page.
const maxDetail = 200

var htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// detail finds the sentence for people in an error body: ADF JSON, SCIM Errors, plain text, an HTML title.
func detail(header http.Header, body []byte) string {
	switch {
	case looksLikeHTML(header, body):
		if title := htmlTitle.FindSubmatch(body); title != nil {
			return "an HTML page with the title " + quoted(string(title[1]))
		}
		return "an HTML page"
	case isJSON(header):
		return jsonDetail(body)
	}
	return string(body)
}

func jsonDetail(body []byte) string {
	var adf struct {
		Title   string `json:"title"`
		Detail  string `json:"detail"`
		Details []struct {
			Detail string `json:"detail"`
		} `json:"o:errorDetails"`
		Errors []struct {
			Description string `json:"description"`
		} `json:"Errors"`
	}
	if err := json.Unmarshal(body, &adf); err != nil {
		return ""
	}
	for _, d := range adf.Details {
		if d.Detail != "" {
			return d.Detail
		}
	}
	for _, e := range adf.Errors {
		if e.Description != "" {
			return e.Description
		}
	}
	if adf.Detail != "" {
		return adf.Detail
	}
	return adf.Title
}

func quoted(text string) string { return `"` + strings.TrimSpace(text) + `"` }

// forPeople makes a foreign text safe to show: no credential in any form in which a server could echo it,
// no control characters, one line, at most maxDetail characters.
func forPeople(text string, login Login) string {
	for _, form := range credentialForms(login) {
		text = strings.ReplaceAll(text, form, "[redacted]")
	}
	var b strings.Builder
	length, space := 0, false
	for _, r := range text {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		if length >= maxDetail {
			b.WriteString("…")
			break
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
			length++
		}
		space = false
		b.WriteRune(r)
		length++
	}
	return b.String()
}

func credentialForms(login Login) []string {
	password := login.Password.Reveal()
	if password == "" {
		return nil
	}
	basic := base64.StdEncoding.EncodeToString([]byte(login.Username + ":" + password))
	asJSON, _ := json.Marshal(password)
	return []string{
		basic, strings.TrimRight(basic, "="), base64.StdEncoding.EncodeToString([]byte(password)),
		strings.Trim(string(asJSON), `"`), url.QueryEscape(password), url.PathEscape(password), htmlEscaped(password), password,
	}
}

func htmlEscaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(text)
}
