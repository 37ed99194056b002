package oracle_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// setterAt plays a directory of either kind that answers a request to set as told. Tokens it gives.
func setterAt(t *testing.T, kind oracle.DirectoryKind, handler http.HandlerFunc) (pod, oracle.Directory) {
	t.Helper()
	p := startServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == tokenPlace {
			granting(tokenAnswer)(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // until then, net/http does not notice that a client goes away
		handler(w, r)
	})
	if kind == oracle.IdentityDomain {
		return p, domainAt(p)
	}
	return p, fusionAt(p)
}

// raised counts the requests to set that reached a server.
func raised(p pod) int {
	n := 0
	for _, r := range p.requests() {
		if r.URL.Path != tokenPlace {
			n++
		}
	}
	return n
}

func bothKinds() []oracle.DirectoryKind {
	return []oracle.DirectoryKind{oracle.FusionDirectory, oracle.IdentityDomain}
}

// What a directory, or what stands before it, can say to a request to set. Each row is played by both directories to a
// client that may try twice more, and each time exactly one request goes out. login is what Fusion's answer says of the
// login; the domain's is accepted, because a token came.
func TestSettingAnswers(t *testing.T) {
	t.Parallel()
	const (
		accepted, refused, unproved      = oracle.LoginAccepted, oracle.LoginRefused, oracle.LoginUnproved
		set, policy, denied, not, unsure = oracle.SetAccepted, oracle.SetPolicy, oracle.SetDenied, oracle.SetNotDone, oracle.SetUnknown
		rows, odd                        = oracle.Rows, oracle.UnexpectedContent
		whole                            = `{"id":"` + guid + `","userName":"` + someone + `","title":"Clerk","active":true}`
		adf, problem                     = "application/vnd.oracle.adf.error+json", "application/scim+json"
		page                             = "<!DOCTYPE html><title>Blocked</title>"
		other                            = "F9E8D7C6B5A49382716F5E4D3C2B1A00"
	)
	json := func(status int, text string) http.HandlerFunc { return body(status, "application/json", text) }
	tests := map[string]struct {
		handler http.HandlerFunc
		result  oracle.SetResult
		login   oracle.LoginResult
		answer  oracle.Answer
	}{
		"200 with the user":           {json(200, whole), set, accepted, answered(rows, 200, "")},
		"200 in SCIM":                 {body(200, "application/scim+json; charset=UTF-8", whole), set, accepted, answered(rows, 200, "")},
		"200 with an id in small":     {json(200, strings.ToLower(whole)), set, accepted, answered(rows, 200, "")},
		"200 with an id alone":        {json(200, `{"id":"`+guid+`"}`), set, accepted, answered(rows, 200, "")},
		"201 with the user":           {json(201, whole), set, accepted, answered(rows, 201, "")},
		"204":                         {body(204, "", ""), set, accepted, answered(rows, 204, "")},
		"204 called JSON":             {json(204, ""), set, accepted, answered(rows, 204, "")},
		"204 called HTML":             {body(204, "text/html", ""), set, accepted, answered(rows, 204, "")},
		"200 of exactly one MiB":      {json(200, `{"id":"`+guid+`","x":"`+strings.Repeat("x", oracle.MaxAnswer-len(guid)-16)+`"}`), set, accepted, answered(rows, 200, "")},
		"200 of one MiB and a byte":   {json(200, `{"id":"`+guid+`","x":"`+strings.Repeat("x", oracle.MaxAnswer-len(guid)-15)+`"}`), unsure, unproved, answered(odd, 200, "1 MiB")},
		"200 of two MiB":              {json(200, strings.Repeat(" ", 2<<20)+whole), unsure, unproved, answered(odd, 200, "1 MiB")},
		"200 without an id":           {json(200, `{"userName":"`+someone+`"}`), unsure, unproved, answered(odd, 200, "")},
		"200 with another id":         {json(200, `{"id":"`+other+`"}`), unsure, unproved, answered(odd, 200, "another user")},
		"200 with an id and more":     {json(200, `{"id":"`+guid+`0"}`), unsure, unproved, answered(odd, 200, "another user")},
		"200 with an id as a number":  {json(200, `{"id":7}`), unsure, unproved, answered(odd, 200, "")},
		"200 with an id in capitals":  {json(200, `{"ID":"`+guid+`"}`), unsure, unproved, answered(odd, 200, "")},
		"200 with an empty id":        {json(200, `{"id":""}`), unsure, unproved, answered(odd, 200, "")},
		"200 with a list":             {json(200, list(whole)), unsure, unproved, answered(odd, 200, "")},
		"200 with a bare array":       {json(200, `[`+whole+`]`), unsure, unproved, answered(odd, 200, "")},
		"200 with an error":           {json(200, `{"Errors":[{"description":"Invalid Password"}]}`), unsure, unproved, answered(odd, 200, "Invalid Password")},
		"200 with nothing":            {json(200, ""), unsure, unproved, answered(odd, 200, "")},
		"200 with half of it":         {json(200, whole[:len(whole)-1]), unsure, unproved, answered(odd, 200, "")},
		"200 with a page":             {body(200, "text/html", page), unsure, unproved, answered(odd, 200, "Blocked")},
		"200 with a page called JSON": {json(200, page), unsure, unproved, answered(odd, 200, "Blocked")},
		"200 with the user as a page": {body(200, "text/html", whole), unsure, unproved, answered(odd, 200, "HTML")},
		"200 with the user as a text": {body(200, "text/plain", whole), unsure, unproved, answered(odd, 200, guid)},
		"200 with a body that breaks": {breakInBody(200), unsure, unproved, answered(odd, 200, "broke off")},
		"202 with the user":           {json(202, whole), unsure, unproved, answered(odd, 202, "Clerk")}, // for later, it says
		"205":                         {body(205, "", ""), unsure, unproved, answered(odd, 205, "")},
		"206 with the user":           {json(206, whole), unsure, unproved, answered(odd, 206, "Clerk")},
		"302":                         {redirectTo("/sso"), unsure, unproved, answered(odd, 302, "redirect")},
		"307, which asks for it again": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
		}, unsure, unproved, answered(odd, 307, "redirect")},
		"304": {body(304, "", ""), unsure, unproved, answered(odd, 304, "redirect")},

		"400 of Fusion":              {json(400, `{"Errors":[{"description":"Invalid Password: does not meet password policy","code":"400"}]}`), policy, unproved, answered(odd, 400, "Invalid Password: does not meet password policy")},
		"400 with a code as number":  {json(400, `{"Errors":[{"description":"Password was used before.","code":400}]}`), policy, unproved, answered(odd, 400, "Password was used before.")},
		"400 with detail in Errors":  {json(400, `{"Errors":[{"code":"400","detail":"Too weak."}]}`), policy, unproved, answered(odd, 400, "Too weak.")},
		"400 of a domain":            {body(400, problem, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Too short.","status":"400"}`), policy, unproved, answered(odd, 400, "Too short.")},
		"400 of a domain, additions": {body(400, problem, `{"detail":"Used before.","status":"400","urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error":{"additionalData":{"x":1}}}`), policy, unproved, answered(odd, 400, "Used before.")},
		"400 of ADF":                 {body(400, adf, `{"title":"Bad Request","status":"400","o:errorDetails":[{"detail":"Too plain."}]}`), policy, unproved, answered(odd, 400, "Too plain.")},
		"400 in plain text":          {body(400, "text/plain", "Invalid Password"), policy, unproved, answered(odd, 400, "Invalid Password")},
		"400 without a word":         {body(400, "", ""), policy, unproved, answered(odd, 400, "")},
		"400 with the user":          {json(400, whole), policy, unproved, answered(odd, 400, "Clerk")},
		"400 with a page":            {body(400, "text/html", page), unsure, unproved, answered(odd, 400, "Blocked")},
		"400 with a page as text":    {body(400, "text/plain", "\ufeff "+page), unsure, unproved, answered(odd, 400, "Blocked")},
		"400 that breaks":            {breakInBody(400), unsure, unproved, answered(odd, 400, "broke off")},
		"401 with a page":            {body(401, "text/html", page), denied, refused, answered(oracle.Refused, 401, "Blocked")},
		"401 with the user":          {json(401, whole), denied, refused, answered(oracle.Refused, 401, "Clerk")},
		"401 that breaks":            {breakInBody(401), denied, refused, answered(oracle.Refused, 401, "broke off")},
		"403 of Fusion":              {json(403, `{"Errors":[{"description":"You may not have the roles.","code":"403"}]}`), denied, accepted, answered(oracle.Forbidden, 403, "roles")},
		"403 of a domain":            {body(403, problem, `{"detail":"Not authorized.","status":"403"}`), denied, accepted, answered(oracle.Forbidden, 403, "Not authorized.")},
		"403 without a word":         {body(403, "", ""), denied, accepted, answered(oracle.Forbidden, 403, "")},
		"403 with a page":            {body(403, "text/html", page), unsure, unproved, answered(odd, 403, "Blocked")},
		"404":                        {json(404, `{"Errors":[{"description":"User not found","code":"404"}]}`), not, unproved, answered(oracle.NotFound, 404, "User not found")},
		"404 with a page":            {body(404, "text/html", page), not, unproved, answered(oracle.NotFound, 404, "Blocked")},
		"405 with a page":            {body(405, "text/html", page), not, unproved, answered(odd, 405, "Blocked")},
		"408":                        {body(408, "", ""), unsure, unproved, answered(odd, 408, "")},
		"409":                        {json(409, `{"detail":"Busy."}`), not, unproved, answered(odd, 409, "Busy.")},
		"413":                        {body(413, "text/html", page), not, unproved, answered(odd, 413, "Blocked")},
		"422":                        {json(422, `{"detail":"No."}`), not, unproved, answered(odd, 422, "No.")},
		"429, to come again":         {after("0", 429), not, unproved, answered(oracle.Throttled, 429, "")},
		"429 with a page":            {body(429, "text/html", page), not, unproved, answered(oracle.Throttled, 429, "Blocked")},
		"499":                        {body(499, "", ""), not, unproved, answered(odd, 499, "")},
		"500":                        {json(500, `{"detail":"Internal."}`), unsure, unproved, answered(oracle.Unavailable, 500, "Internal.")},
		"501":                        {body(501, "", ""), unsure, unproved, answered(oracle.Unavailable, 501, "")},
		"502 with the user":          {json(502, whole), unsure, unproved, answered(oracle.Unavailable, 502, "Clerk")},
		"503, to come again":         {after("0", 503), unsure, unproved, answered(oracle.Unavailable, 503, "")},
		"504 with a page":            {body(504, "text/html", page), unsure, unproved, answered(oracle.Unavailable, 504, "Blocked")},
		"no answer":                  {hijacked(""), unsure, oracle.LoginUnanswered, oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.Unanswered, Detail: "EOF"}},
		"no HTTP":                    {hijacked("SSH-2.0\r\n\r\n"), unsure, oracle.LoginUnanswered, oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.Unanswered, Detail: "malformed"}},
	}
	for name, test := range tests {
		for _, kind := range bothKinds() {
			t.Run(name+" at "+string(kind), func(t *testing.T) {
				t.Parallel()
				p, directory := setterAt(t, kind, test.handler)
				directory.Endpoint.RetryAttempts = 2
				got := newClient(t).SetPassword(within(t, patience), directory, guid, someone, secret.New(fresh))
				login := test.login
				if kind == oracle.IdentityDomain {
					login = accepted
				}
				if got.Result != test.result || got.Login != login {
					t.Errorf("setting = %+v, want %s, login %s", got, test.result, login)
				}
				wantAnswer(t, got.Answer, test.answer)
				if n := raised(p); n != 1 {
					t.Errorf("%d requests to set: %s", n, asked(p))
				}
			})
		}
	}
}

// What an answer said before its body stopped coming stays said.
func TestSettingBodiesThatHang(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]oracle.Setting{
		200: {Result: oracle.SetUnknown, Login: oracle.LoginUnproved, Answer: answered(oracle.Timeout, 200, "did not end in time")},
		400: {Result: oracle.SetUnknown, Login: oracle.LoginUnproved, Answer: answered(oracle.Timeout, 400, "did not end in time")},
		401: {Result: oracle.SetDenied, Login: oracle.LoginRefused, Answer: answered(oracle.Refused, 401, "did not end in time")},
		403: {Result: oracle.SetDenied, Login: oracle.LoginAccepted, Answer: answered(oracle.Forbidden, 403, "did not end in time")},
		409: {Result: oracle.SetNotDone, Login: oracle.LoginUnproved, Answer: answered(oracle.Timeout, 409, "did not end in time")},
		503: {Result: oracle.SetUnknown, Login: oracle.LoginUnproved, Answer: answered(oracle.Unavailable, 503, "did not end in time")},
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			p, directory := setterAt(t, oracle.FusionDirectory, hangInBody(status))
			directory.Endpoint.Timeout = 2 * time.Second
			got := newClient(t).SetPassword(within(t, patience), directory, guid, someone, secret.New(fresh))
			wantAnswer(t, got.Answer, want.Answer)
			if got.Result != want.Result || got.Login != want.Login || raised(p) != 1 {
				t.Errorf("%+v after %d requests", got, raised(p))
			}
		})
	}
}

// Letters of other alphabets fold to those of an id (the long s, the sign for kelvin), and are another user's all the same.
func TestSettingOfOtherAlphabets(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]oracle.SetResult{
		"desk_1": oracle.SetAccepted, "DESK_1": oracle.SetAccepted, "de\u017fk_1": oracle.SetUnknown, "des\u212a_1": oracle.SetUnknown, "desk_1 ": oracle.SetUnknown,
	} {
		said := oracle.Said{Status: 200, ContentType: "application/json", Body: []byte(`{"id":"` + id + `"}`)}
		if got := oracle.ReadFusionSetting(said, login(), "desk_1", fresh); got.Result != want {
			t.Errorf("%q: %+v, want %s", id, got, want)
		}
	}
}

func TestSetResults(t *testing.T) {
	t.Parallel()
	seen := map[oracle.SetResult]bool{}
	for _, result := range oracle.SetResults() {
		seen[result] = true
	}
	if len(seen) != 5 || !seen["accepted"] || !seen["policy"] || !seen["denied"] || !seen["not_done"] || !seen["unknown"] {
		t.Errorf("results = %v", oracle.SetResults())
	}
}
