package oracle_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// FuzzAnswer: whatever a server sends is one of the closed outcomes, in keeping with its status; a login is
// proved only by Oracle's envelope or by a 403 that is no page; and a detail is short, printable, one line and
// without the password.
func FuzzAnswer(f *testing.F) {
	const adf = "application/vnd.oracle.adf.resourcecollection+json"
	for _, text := range []string{
		envelope, `{"items":[],"count":0}`, `{"items":null,"count":0}`, `{"Items":[{}],"Count":1}`, `{"items":[{}],"items":null,"count":1}`,
		`{"count":1}`, `[]`, `null`, "", "<html><title>" + password + "</title>", `{"o:errorDetails":[{"detail":"` + password + `"}]}`,
		`{"Errors":[{"description":"x"}]}`, "\ufeff<html>", "a\u200bb\x00c", password, "Canary-7Zq&#33;", "Canary-7Zq%21", `Canary-7Zq\u0021`,
		"SU5UX0dMOkNhbmFyeS03WnEh", strings.Repeat("x ", oracle.MaxDetail), `{"items":[],"count":1.5}`, `{"items":[],"count":1e400}`,
	} {
		for _, contentType := range []string{"application/json", adf, "text/html", "text/plain;charset=utf-8", "", "text/html, text/html", "x+json"} {
			for _, status := range []int{200, 403, 401} {
				f.Add(status, contentType, []byte(text))
			}
		}
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		response := &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(bytes.NewReader(body)),
		}
		answer := oracle.Read(response, login())
		if answer.Delivery != oracle.Answered || answer.HTTPStatus != status || !slices.Contains(oracle.Outcomes(), answer.Outcome) {
			t.Errorf("answer = %+v to %d", answer, status)
		}
		if fixed, ok := outcomeOf(status); ok && answer.Outcome != fixed {
			t.Errorf("outcome of %d = %s", status, answer.Outcome)
		}
		rows := answer.Outcome == oracle.Rows || answer.Outcome == oracle.NoRows
		switch count, envelope := itemsOf(contentType, body); {
		case rows && (!envelope || status != http.StatusOK):
			t.Errorf("outcome %s of %d %q with %q", answer.Outcome, status, contentType, body)
		case rows && (count == 0) != (answer.Outcome == oracle.NoRows):
			t.Errorf("outcome %s of %d items", answer.Outcome, count)
		case answer.Outcome == oracle.Forbidden && (status != http.StatusForbidden || bytes.HasPrefix(body, []byte("<"))):
			t.Errorf("forbidden by %d with %q", status, body)
		}
		wantPresentable(t, "detail", answer.Detail)
		if hidden := revealed(answer.Detail, login()); hidden != "" {
			t.Errorf("detail %q holds %q", answer.Detail, hidden)
		}
	})
}

// outcomeOf is what a status means whatever comes with it.
func outcomeOf(status int) (oracle.Outcome, bool) {
	switch {
	case status == 401:
		return oracle.Refused, true
	case status == 404:
		return oracle.NotFound, true
	case status == 429:
		return oracle.Throttled, true
	case status >= 500:
		return oracle.Unavailable, true
	case status == 200 || status == 403:
		return "", false
	}
	return oracle.UnexpectedContent, true
}

// itemsOf reads an envelope as the REST guides describe it: an object with the array items and the number count.
func itemsOf(contentType string, body []byte) (count int, envelope bool) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || (media != "application/json" && !strings.HasSuffix(media, "+json")) {
		return 0, false
	}
	var object map[string]any
	if json.Unmarshal(body, &object) != nil {
		return 0, false
	}
	items, isArray := object["items"].([]any)
	_, isNumber := object["count"].(float64)
	return len(items), isArray && isNumber
}
