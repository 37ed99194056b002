package oracle_test

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

var pathSegment = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// FuzzUsers: whatever a directory sends about a user, it is found only where exactly one was shown under exactly this
// name, it is missing only where none was, and each fact is one that stands in the answer, in its place and its type.
func FuzzUsers(f *testing.F) {
	whole := domainUser(`,"id":"a1b2","active":true,"roles":[{"value":"X","displayName":"Y"}]`,
		`"locked":{"on":true,"expired":false,"reason":0,"lockDate":"2026-11-22T10:00:00.5Z"},"loginAttempts":5,"lastSuccessfulLoginDate":"2026-11-21T22:23:24Z"`,
		`"expired":false,"mustChange":true,"cantExpire":false,"lastSuccessfulSetDate":"2026-11-01T08:09:10Z",`+inForce)
	for _, text := range []string{
		counted(whole), list(whole), counted(), list(), counted(whole, whole), `{"totalResults":1,"Resources":[null]}`, `{"Resources":null}`, "null", "[]", "",
		strings.ToUpper(counted(whole)), `{"totalResults":0,"Resources":[],"Resources":[` + whole + `]}`, counted(`{"userName":"` + someone + `","userName":"x"}`),
		counted(domainUser(`,"active":1,"id":"..","roles":[1,{}]`, `"locked":true,"loginAttempts":1e9`, `"lastSuccessfulSetDate":"9999-12-31T23:59:59-23:59"`)),
		counted(`{"userName":"` + someone + `","id":"` + password + `","roles":[{"value":"` + accessToken + `"}]}`), `{"detail":"` + accessToken + `"}`, "<html>",
	} {
		for _, status := range []int{200, 400, 403} {
			f.Add(status, "application/json", []byte(text), someone)
		}
		f.Add(200, "text/html", []byte(text), strings.ToUpper(someone))
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte, username string) {
		said := oracle.Said{Status: status, ContentType: contentType, Body: body}
		fusion := oracle.ReadFusionUsers(said, login(), username)
		answer, view := oracle.ReadDomainUsers(said, domainAt(pod{}).Login, accessToken, username)
		wantTrue(t, status, contentType, body, username, fusion.Answer, fusion.View, password)
		if fusion.Login == oracle.LoginAccepted && status != 200 && status != 403 {
			t.Errorf("login accepted by %d", status)
		}
		switch fusion.View.Found {
		case oracle.No:
			if answer.Outcome == oracle.Rows {
				t.Error("a user for the one and none for the other")
			}
		case oracle.Yes, oracle.NotKnown:
			wantTrue(t, status, contentType, body, username, answer, view, clientSecret, accessToken)
		}
	})
}

// wantTrue reads an answer again, in another way, and wants each fact of the view in it.
func wantTrue(t *testing.T, status int, contentType string, body []byte, username string, answer oracle.Answer, view oracle.View, canaries ...string) {
	t.Helper()
	wantPresentable(t, "detail", answer.Detail)
	stored, err := json.Marshal(view)
	must(t, err)
	for _, canary := range canaries {
		if strings.Contains(string(stored)+"\n"+answer.Detail, canary) {
			t.Errorf("%s or %q holds %q", stored, answer.Detail, canary)
		}
	}
	media, _, _ := mime.ParseMediaType(contentType)
	var said map[string]any
	_ = json.Unmarshal(body, &said)
	resources, isList := said["Resources"].([]any)
	told := status == 200 && strings.HasSuffix(media, "json") && isList
	switch answer.Outcome {
	case oracle.NoRows:
		if !told || len(resources) != 0 {
			t.Errorf("nobody found in %q", body)
		}
		return
	case oracle.Rows:
		if !told || len(resources) != 1 || view.Found != oracle.Yes {
			t.Fatalf("found in %q", body)
		}
	default:
		if string(stored) != "{}" {
			t.Errorf("%s with the view %s", answer.Outcome, stored)
		}
		return
	}
	user, _ := resources[0].(map[string]any)
	if name, _ := user["userName"].(string); !strings.EqualFold(name, username) || len(name) != len(username) {
		t.Errorf("%q found as %q", username, name)
	}
	wantFacts(t, user, view)
}

func wantFacts(t *testing.T, user map[string]any, view oracle.View) {
	t.Helper()
	state, _ := user[extension+"userState:User"].(map[string]any)
	word, _ := user[extension+"passwordState:User"].(map[string]any)
	lock, _ := state["locked"].(map[string]any)
	for name, fact := range map[string]struct {
		got  oracle.Fact
		said []any
	}{
		"active":  {view.Active, []any{user["active"]}},
		"locked":  {view.Locked, []any{lock["on"]}},
		"expired": {view.Expired, []any{lock["expired"], word["expired"]}},
		"change":  {view.MustChange, []any{word["mustChange"]}},
		"cannot":  {view.CannotExpire, []any{word["cantExpire"]}},
	} {
		if (fact.got == oracle.Yes && !slices.Contains(fact.said, any(true))) || (fact.got == oracle.No && (!slices.Contains(fact.said, any(false)) || slices.Contains(fact.said, any(true)))) {
			t.Errorf("%s = %q of %v", name, fact.got, fact.said)
		}
	}
	if n, ok := state["loginAttempts"].(float64); view.LoginAttempts != nil && (!ok || n != float64(*view.LoginAttempts) || n < 0 || n > 1e6) {
		t.Errorf("attempts = %d of %v", *view.LoginAttempts, state["loginAttempts"])
	}
	if (!view.LockedSince.IsZero() || view.LockReason != "") && view.Locked != oracle.Yes {
		t.Errorf("a lock that is none since %v for %q", view.LockedSince, view.LockReason)
	}
	if id, _ := user["id"].(string); view.ID != "" && (view.ID != id || len(id) > 128 || !pathSegment.MatchString(id)) {
		t.Errorf("id = %q of %v", view.ID, user["id"])
	}
	roles, isList := user["roles"].([]any)
	if len(view.Roles) > oracle.MaxRoles || len(view.Roles) > len(roles) || (view.RolesKnown && !isList) {
		t.Errorf("roles = %q of %v", view.Roles, user["roles"])
	}
	for _, role := range view.Roles {
		wantPresentable(t, "role", role)
	}
	for _, instant := range []time.Time{view.LockedSince, view.PasswordSet, view.LastLogin} {
		if !instant.IsZero() && (instant.Year() < 2000 || instant.Year() > 2199 || instant.Location() != time.UTC) {
			t.Errorf("time = %v", instant)
		}
	}
}

// FuzzToken: a token is had only where a 200 in JSON names one that can stand in a header, it lives no longer than was
// said, and no answer shows it, or the secret.
func FuzzToken(f *testing.F) {
	for _, text := range []string{
		tokenAnswer, `{"access_token":"` + accessToken + `","expires_in":-1}`, `{"access_token":"x y"}`, `{"access_token":"x","token_type":"mac"}`, `{"error":"invalid_client"}`,
		`{"error":"invalid_scope","error_description":"` + clientSecret + `"}`, `{"access_token":"x","expires_in":9223372036854775807}`, accessToken, "<title>" + accessToken, "", "[]",
		`{"access_token":"` + accessToken + `","detail":"` + accessToken + `","token_type":7}`, `{"detail":"` + accessToken + `"}`,
	} {
		for _, status := range []int{200, 201, 204, 400, 401} {
			f.Add(status, "application/json", []byte(text))
		}
		f.Add(200, "text/plain", []byte(text))
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		token, life, answer := oracle.ReadToken(oracle.Said{Status: status, ContentType: contentType, Body: body}, domainAt(pod{}).Login)
		var said struct {
			Token string  `json:"access_token"`
			Life  float64 `json:"expires_in"`
			Error string  `json:"error"`
		}
		_ = json.Unmarshal(body, &said)
		if (token != "") != (answer.Outcome == oracle.Rows) || answer.Outcome == oracle.NoRows {
			t.Errorf("token %q with %s", token, answer.Outcome)
		}
		if token != "" && (status != 200 || len(token) > oracle.MaxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f })) {
			t.Errorf("token %q of %d", token, status)
		}
		if life < 0 || life > oracle.MaxTokenLife || (life > 0 && token == "") || (said.Life > 0 && life.Seconds() > said.Life) {
			t.Errorf("life = %v of %v", life, said.Life)
		}
		if answer.Outcome == oracle.Refused && status != 401 && (status != 400 || said.Error == "") {
			t.Errorf("refused by %d with %q", status, body)
		}
		wantPresentable(t, "detail", answer.Detail)
		if hidden := revealed(answer.Detail, domainAt(pod{}).Login); hidden != "" {
			t.Errorf("detail %q holds %q", answer.Detail, hidden)
		}
		if page := bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) || strings.Contains(contentType, "html"); status == 200 && !page && strings.Contains(answer.Detail, accessToken) {
			t.Errorf("detail %q holds the token", answer.Detail)
		}
	})
}

// FuzzRules: a rule is known only where a whole number of its bounds stands in the policy.
func FuzzRules(f *testing.F) {
	for _, text := range []string{
		`{"passwordExpiresAfter":120,"passwordExpireWarning":7,"maxIncorrectAttempts":5,"lockoutDuration":30}`, `{"passwordExpiresAfter":0}`, "null", "[]", "",
		`{"passwordExpiresAfter":-1,"passwordExpireWarning":1e30,"maxIncorrectAttempts":1.5,"lockoutDuration":"30"}`, `{"lockoutDuration":9223372036854775807}`,
		`{"minLength":12,"maxRepeatedChars":501,"minNumerals":-1,"requiredChars":"zza","allowedChars":7,"startsWithAlphabet":true}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		rules := oracle.RulesFrom(body)
		var said map[string]any
		_ = json.Unmarshal(body, &said)
		const century = 36_500 * 24 * time.Hour
		for name, rule := range map[string]struct {
			got  *time.Duration
			unit time.Duration
		}{
			"passwordExpiresAfter": {rules.MaxAge, 24 * time.Hour}, "passwordExpireWarning": {rules.Warning, 24 * time.Hour}, "lockoutDuration": {rules.LockDuration, time.Minute},
		} {
			if n, ok := said[name].(float64); rule.got != nil && (!ok || *rule.got < 0 || *rule.got > century || float64(*rule.got/rule.unit) != n) {
				t.Errorf("%s = %v of %v", name, *rule.got, said[name])
			}
		}
		if n, ok := said["maxIncorrectAttempts"].(float64); rules.LockAfter != nil && (!ok || float64(*rules.LockAfter) != n || n < 0 || n > 1e6) {
			t.Errorf("lock after %d of %v", *rules.LockAfter, said["maxIncorrectAttempts"])
		}
		wantSaidOfPasswords(t, rules.Password, said)
	})
}

// FuzzNames: a user name that may be asked for arrives as one filter for exactly this name.
func FuzzNames(f *testing.F) {
	for _, name := range []string{someone, `x" or "y`, `x\`, "x\n", "a&count=9", "100%22", "Zoë", "x＂", "\u0085", " ", "'", "a#b?c=d;e"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, username string) {
		query, askable := oracle.UserQuery(username)
		if !askable {
			return
		}
		request, err := http.NewRequest(http.MethodGet, "https://localhost/Users"+query, nil)
		if err != nil {
			t.Fatalf("%q makes %q: %v", username, query, err)
		}
		values := request.URL.Query()
		filter := values.Get("filter")
		inner := strings.TrimSuffix(strings.TrimPrefix(filter, `userName eq "`), `"`)
		if inner != username || strings.ContainsAny(inner, `"\`) || len(values) != 2 || len(values["filter"]) != 1 || values.Get("count") != "2" || request.URL.Path != "/Users" {
			t.Errorf("%q makes %q", username, values)
		}
	})
}
