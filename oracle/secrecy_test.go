package oracle_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// awkward changes under every escaping that a server may do to what it repeats, and between the two alphabets of
// base64.
const awkward = `Ca"na'ry&<7Z>>>>>q%2\F+é /!x?????x`

// echoes are the forms in which a server may repeat a request's password.
func echoes(r *http.Request) map[string]string {
	name, word, _ := r.BasicAuth()
	header := r.Header.Get("Authorization")
	token := strings.TrimPrefix(strings.TrimPrefix(header, "Basic "), "Bearer ")
	if word == "" {
		word = token
	}
	asJSON, _ := json.Marshal(word)
	upper := regexp.MustCompile(`%[0-9A-F]{2}`)
	return map[string]string{
		"password":               word,
		"name and password":      name + ":" + word,
		"header":                 header,
		"token without padding":  strings.TrimRight(token, "="),
		"token for URLs":         base64.URLEncoding.EncodeToString([]byte(name + ":" + word)),
		"token in lines":         token[:20] + "\r\n " + token[20:],
		"password in base64":     base64.StdEncoding.EncodeToString([]byte(word)),
		"password for URLs":      base64.URLEncoding.EncodeToString([]byte(word)),
		"escaped for a query":    url.QueryEscape(word),
		"escaped for a path":     url.PathEscape(word),
		"escaped in lower case":  upper.ReplaceAllStringFunc(url.QueryEscape(word), strings.ToLower),
		"escaped twice":          url.QueryEscape(url.QueryEscape(word)),
		"every byte escaped":     everyByte("%%%02x", word),
		"HTML":                   html.EscapeString(word),
		"HTML by name":           strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;").Replace(html.EscapeString(word)),
		"HTML in hexadecimal":    strings.NewReplacer("&#34;", "&#x22;", "&#39;", "&#x27;").Replace(html.EscapeString(word)),
		"HTML twice":             html.EscapeString(html.EscapeString(word)),
		"every character HTML":   everyRune("&#%d;", word),
		"JSON":                   string(asJSON),
		"JSON with its slashes":  strings.ReplaceAll(string(asJSON), "/", `\/`),
		"every character JSON":   everyRune(`\u%04x`, word),
		"quoted":                 strconv.Quote(word),
		"quoted in ASCII":        strconv.QuoteToASCII(word),
		"JSON in HTML":           html.EscapeString(string(asJSON)),
		"HTML in a query":        url.QueryEscape(html.EscapeString(word)),
		"with soft hyphens":      strings.Join(strings.Split(word, ""), "\u00ad"),
		"with zero-width spaces": strings.Join(strings.Split(word, ""), "\u200b"),
		"with NULs":              strings.Join(strings.Split(word, ""), "\x00"),
		"with its space doubled": strings.ReplaceAll(word, " ", " \n\t "),
		"late in a long text":    strings.Repeat("- ", 95) + word + strings.Repeat(" -", 95),
		"after much nothing":     "- " + strings.Repeat("\x01", 20_000) + word,
	}
}

// carriers put a text where we look for a sentence for people.
func carriers() map[string]func(w http.ResponseWriter, text string) {
	answer := func(status int, contentType, form string, escape func(string) string) func(http.ResponseWriter, string) {
		return func(w http.ResponseWriter, text string) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, form, escape(text))
		}
	}
	plain := func(text string) string { return text }
	quoted := func(text string) string { b, _ := json.Marshal(text); return string(b) }
	return map[string]func(http.ResponseWriter, string){
		"ADF detail":   answer(403, "application/vnd.oracle.adf.error+json", `{"title":"Forbidden","o:errorDetails":[{"detail":%s}]}`, quoted),
		"JSON detail":  answer(400, "application/json", `{"detail":%s}`, quoted),
		"JSON title":   answer(400, "application/json", `{"title":%s}`, quoted),
		"SCIM error":   answer(400, "application/json", `{"Errors":[{"description":%s}]}`, quoted),
		"SCIM detail":  answer(400, "application/scim+json", `{"Errors":[{"detail":%s,"code":400}]}`, quoted),
		"OAuth error":  answer(400, "application/json", `{"error":"invalid_client","error_description":%s}`, quoted),
		"OAuth code":   answer(401, "application/json", `{"error":%s}`, quoted),
		"HTML title":   answer(403, "text/html", `<html><title>Denied to %s</title></html>`, plain),
		"escaped HTML": answer(200, "text/html", `<html><title>%s</title></html>`, html.EscapeString),
		"plain text":   answer(401, "text/plain", "No access with %s.", plain),
		"an address": func(w http.ResponseWriter, text string) {
			w.Header().Set("Location", "https://[::1"+strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(text))
			w.WriteHeader(http.StatusFound)
		},
		"a broken status line": func(w http.ResponseWriter, text string) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 "+strings.NewReplacer("\r", "", "\n", "").Replace(text)+"\r\n\r\n")
		},
	}
}

// No answer repeats a password, in whatever form the server sends it back.
func TestDetailsHoldNoPassword(t *testing.T) {
	t.Parallel()
	login := oracle.Login{Username: user, Password: secret.New(awkward)}
	for place, carry := range carriers() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			var form string
			p := startServer(t, func(w http.ResponseWriter, r *http.Request) { carry(w, echoes(r)[form]) })
			p.endpoint.RetryAttempts = 0
			client := newClient(t)
			request, err := http.NewRequest(http.MethodGet, p.endpoint.ServerURL, nil)
			must(t, err)
			request.SetBasicAuth(login.Username, awkward)
			for form = range echoes(request) {
				answer := ask(within(t, patience), client, p.endpoint, login)
				if answer.Outcome == oracle.Timeout || answer.Delivery == oracle.NotSent {
					t.Fatalf("%s: answer = %+v, so nothing was tried", form, answer)
				}
				wantPresentable(t, form, answer.Detail)
				if hidden := revealed(answer.Detail, login); hidden != "" {
					t.Errorf("%s: detail %q holds %q", form, answer.Detail, hidden)
				}
			}
		})
	}
}

// What holds no password is kept, as far as it is for people.
func TestDetails(t *testing.T) {
	t.Parallel()
	const adf = "application/vnd.oracle.adf.error+json"
	tests := map[string]struct{ contentType, body, want string }{
		"the first detail with words": {adf, `{"title":"T","detail":"D","o:errorDetails":[{},{"detail":"First."},{"detail":"Second."}]}`, "First."},
		"SCIM before the rest":        {"application/json", `{"title":"T","Errors":[{"code":"400"},{"description":"Invalid Password."}]}`, "Invalid Password."},
		"a problem's detail":          {"application/json", `{"title":"T","detail":"D"}`, "D"},
		"a problem's title":           {"application/json", `{"title":"T"}`, "T"},
		"a status that is a number":   {adf, `{"title":"T","status":400,"o:errorDetails":[{"detail":"D","o:errorCode":27521}]}`, "D"},
		"a status that is a text":     {adf, `{"title":"T","status":"400","o:errorDetails":[{"detail":"D","o:errorCode":"27521"}]}`, "D"},
		"details of another type":     {adf, `{"title":"T","o:errorDetails":"x"}`, "T"},
		"details that are no objects": {adf, `{"title":"T","o:errorDetails":["x",7,null,{"detail":7},{"detail":"D"}]}`, "D"},
		"a title of another type":     {adf, `{"title":["T"],"detail":{"x":1},"error":"E"}`, "E"},
		"SCIM with a number as code":  {"application/json", `{"Errors":[{"description":"Invalid Password.","code":400}]}`, "Invalid Password."},
		"SCIM with detail":            {"application/json", `{"Errors":[{"code":"400","detail":"Invalid Filter."}]}`, "Invalid Filter."},
		"SCIM of a domain": {
			"application/scim+json", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Missing.","status":"400","` + extension[:39] + `":{"messageId":"x"}}`, "Missing.",
		},
		"OAuth":                         {"application/json", `{"error":"invalid_client","error_description":"Client authentication failed."}`, "Client authentication failed."},
		"OAuth with a code only":        {"application/json", `{"error":"invalid_client"}`, "invalid_client"},
		"OAuth with a description only": {"application/json", `{"error":{"x":1},"error_description":"D"}`, "D"},
		"an array":                      {"application/json", `[{"detail":"D"}]`, ""},
		"JSON without words":            {"application/json", `{"status":"400"}`, ""},
		"broken JSON":                   {"application/json", `{"title":"T"`, ""},
		"a title over lines":            {"text/html", "<HTML><TITLE lang=en>\n Sign\n In </TITLE>", `an HTML page with the title "Sign In"`},
		"a page without title":          {"text/html", "<p>", "an HTML page"},
		"a page without a type":         {"", "  <!doctype html><title>Proxy</title>", `an HTML page with the title "Proxy"`},
		"control characters":            {"text/plain", "a\x00b\x1b[31mc\u202ed\u200be", "ab[31mcde"},
		"white space of all sorts":      {"text/plain", "\t a\r\n\u2028b\u00a0 c ", "a b c"},
		"text that is not UTF-8":        {"text/plain", "a\xff\xfeb", "a\ufffd\ufffdb"},
		"exactly as long as kept":       {"text/plain", strings.Repeat("é", oracle.MaxDetail), strings.Repeat("é", oracle.MaxDetail)},
		"one longer":                    {"text/plain", strings.Repeat("é", oracle.MaxDetail+1), strings.Repeat("é", oracle.MaxDetail) + "…"},
		"with a space at the end":       {"text/plain", strings.Repeat("é", oracle.MaxDetail-1) + " éé", strings.Repeat("é", oracle.MaxDetail-1) + "…"},
		"spaces after what is kept":     {"text/plain", strings.Repeat("é", oracle.MaxDetail) + " \n ", strings.Repeat("é", oracle.MaxDetail)},
		"what only begins like the key": {"text/plain", "Canary-7Zq? is not it", "Canary-7Zq? is not it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"Content-Type": {test.contentType}}
			response := &http.Response{StatusCode: 400, Header: header, Body: io.NopCloser(strings.NewReader(test.body))}
			if got := oracle.Read(response, login()).Detail; got != test.want {
				t.Errorf("detail = %q, want %q", got, test.want)
			}
		})
	}
}

// wantPresentable wants one line of printable characters that ends where we promise.
func wantPresentable(t *testing.T, name, detail string) {
	t.Helper()
	if n := len([]rune(strings.TrimSuffix(detail, "…"))); n > oracle.MaxDetail {
		t.Errorf("%s: detail of %d characters", name, n)
	}
	if strings.ContainsFunc(detail, func(r rune) bool { return r != ' ' && (!unicode.IsPrint(r) || unicode.Is(unicode.Cf, r)) }) {
		t.Errorf("%s: detail %q is not one line of printable characters", name, detail)
	}
}

// revealed reads a text in every way that an echo could have been written in, two of them over one another, and
// gives the credential that it finds.
func revealed(text string, login oracle.Login) string {
	word := login.Password.Reveal()
	both := []byte(login.Username + ":" + word)
	secrets := []string{
		word, strings.ReplaceAll(word, " ", "+"), base64.RawStdEncoding.EncodeToString(both), base64.RawURLEncoding.EncodeToString(both),
		base64.RawStdEncoding.EncodeToString([]byte(word)), base64.RawURLEncoding.EncodeToString([]byte(word)),
	}
	for _, reading := range readings(readings([]string{text})) {
		for _, s := range secrets {
			if strings.Contains(squeezed(reading), squeezed(s)) {
				return s
			}
		}
	}
	return ""
}

func readings(texts []string) []string {
	percent := regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)
	backslash := regexp.MustCompile(`\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)`)
	all := texts
	for _, text := range texts {
		all = append(
			all, html.UnescapeString(text),
			percent.ReplaceAllStringFunc(text, func(s string) string { plain, _ := url.PathUnescape(s); return plain }),
			backslash.ReplaceAllStringFunc(text, func(s string) string {
				code, err := strconv.ParseUint(s[2:], 16, 16)
				if err != nil {
					return s[1:]
				}
				return string(rune(code))
			}),
		)
	}
	return all
}

// squeezed leaves out what a reader could leave out.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
}

func everyByte(form, text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, form, c)
	}
	return b.String()
}

func everyRune(form, text string) string {
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, form, r)
	}
	return b.String()
}
