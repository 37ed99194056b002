package oracle_test

import (
	"encoding/json"
	"mime"
	"slices"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// FuzzSetting: whatever a directory answers, a password counts as set only where a 200 or 201 in JSON names the user, or
// by an empty 204; it counts as not set by a status from 400 to 499 alone, and as refused by a rule by 400 alone; and no
// answer shows it, or what asked for it.
func FuzzSetting(f *testing.F) {
	for _, text := range []string{
		`{"id":"` + guid + `"}`, `{"id":"` + strings.ToLower(guid) + `","userName":"x"}`, `{"ID":"` + guid + `"}`, `{"id":"` + guid + `0"}`, `{"id":null}`, `[]`, "", " ",
		`{"id":"x","id":"` + guid + `"}`, `{"id":"` + guid + `"`, `{"id":"` + strings.Replace(guid, "8", `\u0038`, 1) + `"}`, `{"id":"` + strings.Replace(guid, "A", "\u212a", 1) + `"}`,
		`{"Errors":[{"description":"Invalid Password: ` + fresh + `","code":400}]}`, `{"detail":"` + accessToken + `","status":"400"}`, "<html><title>" + fresh + "</title>", fresh,
		`{"o:errorDetails":[{"detail":"{\"password\":\"` + fresh + `\"}"}]}`, `{"detail":"` + clientSecret + password + `"}`, "\ufeff<html>", `{"title":"Canary-New-9Kx&#33;"}`, strings.Repeat("x", 4000),
	} {
		for _, status := range []int{200, 201, 202, 204, 302, 400, 401, 403, 404, 408, 409, 429, 500, 503} {
			f.Add(status, "application/json", []byte(text))
		}
		f.Add(200, "text/html", []byte(text))
		f.Add(400, "text/plain", []byte(text))
		f.Add(201, "application/scim+json; charset=utf-8", []byte(text))
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		said := oracle.Said{Status: status, ContentType: contentType, Body: body}
		fusion := oracle.ReadFusionSetting(said, login(), guid, fresh)
		inDomain := oracle.ReadDomainSetting(said, domainAt(pod{}).Login, accessToken, guid, fresh)
		if fusion.Result != inDomain.Result || fusion.Answer.Outcome != inDomain.Answer.Outcome {
			t.Errorf("%+v at Fusion, and %+v at a domain", fusion, inDomain)
		}
		wantResult(t, said, fusion)
		for _, got := range []oracle.Setting{fusion, inDomain} {
			wantPresentable(t, "detail", got.Answer.Detail)
			for _, canary := range []string{fresh, "Canary-New-9Kx"} {
				if strings.Contains(got.Answer.Detail, canary) && strings.Contains(string(body), fresh) {
					t.Errorf("detail %q holds the password", got.Answer.Detail)
				}
			}
		}
		wantNoCanary(t, "detail", strings.ReplaceAll(inDomain.Answer.Detail, password, "")) // the domain never saw that one
		if strings.Contains(fusion.Answer.Detail, password) {
			t.Errorf("detail %q holds the login's password", fusion.Answer.Detail)
		}
	})
}

// wantResult reads an answer again, in another way, and wants no other result than it allows.
func wantResult(t *testing.T, said oracle.Said, got oracle.Setting) {
	t.Helper()
	var named struct{ ID any }
	var object map[string]any
	media, _, err := mime.ParseMediaType(said.ContentType)
	if err == nil && (media == "application/json" || strings.HasSuffix(media, "+json")) && json.Unmarshal(said.Body, &object) == nil {
		named.ID = object["id"]
	}
	id, _ := named.ID.(string)
	confirmed := (said.Status == 204 && len(said.Body) == 0) ||
		((said.Status == 200 || said.Status == 201) && len(id) == len(guid) && strings.EqualFold(id, guid))
	allowed := []oracle.SetResult{oracle.SetUnknown}
	switch {
	case confirmed:
		allowed = []oracle.SetResult{oracle.SetAccepted}
	case said.Status == 400:
		allowed = []oracle.SetResult{oracle.SetPolicy, oracle.SetUnknown}
	case said.Status == 401:
		allowed = []oracle.SetResult{oracle.SetDenied}
	case said.Status == 403:
		allowed = []oracle.SetResult{oracle.SetDenied, oracle.SetUnknown}
	case said.Status == 408:
	case said.Status > 400 && said.Status < 500:
		allowed = []oracle.SetResult{oracle.SetNotDone}
	}
	if !slices.Contains(allowed, got.Result) {
		t.Errorf("%s by %d in %q with %q, want %s", got.Result, said.Status, said.ContentType, said.Body, allowed)
	}
	if (got.Result == oracle.SetAccepted) != (got.Answer.Outcome == oracle.Rows) || got.Answer.Outcome == oracle.NoRows {
		t.Errorf("%s with the outcome %s", got.Result, got.Answer.Outcome)
	}
	if got.Login == oracle.LoginAccepted && !confirmed && said.Status != 403 {
		t.Errorf("login accepted by %d with %q", said.Status, said.Body)
	}
	if (got.Login == oracle.LoginRefused) != (said.Status == 401) || got.Answer.Delivery != oracle.Answered || got.Answer.HTTPStatus != said.Status {
		t.Errorf("%+v to %d", got, said.Status)
	}
}
