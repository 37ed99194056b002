package engine_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

func TestAFaultSaysWhatToDoNext(t *testing.T) {
	noRoute := `{"errors":["no handler for route \"oracle-financials/report\". route entry not found."]}`
	report := func(e *engine.Engine) error { _, err := e.Report(t.Context(), "oracle-financials", "", ""); return err }
	sweep := func(e *engine.Engine) error {
		_, err := e.Sweep(t.Context(), "oracle-financials", engine.SweepRequest{})
		return err
	}
	status := func(e *engine.Engine) error {
		_, err := e.Status(t.Context(), "oracle-financials", "gl-prod")
		return err
	}
	check := func(e *engine.Engine) error {
		_, _, err := e.Check(t.Context(), "oracle-financials", "gl-prod")
		return err
	}
	rotate := func(e *engine.Engine) error {
		_, _, err := e.Rotate(t.Context(), "oracle-financials", "gl-prod")
		return err
	}
	cases := map[string]struct {
		answer http.HandlerFunc
		ask    func(*engine.Engine) error
		kind   engine.Kind
		says   string
	}{
		"Vault is sealed": {says(503, `{"errors":["Vault is sealed"]}`), report, engine.Sealed, "Vault is sealed: unseal it, and the agent goes on by itself"},
		"a standby alone": {says(500, `{"errors":["local node not active but active cluster node not found"]}`), sweep, engine.Standby, "look at the cluster"},
		"a report that is denied": {
			says(403, `{"errors":["1 error occurred:\n\t* permission denied\n\n"]}`), report, engine.Denied,
			"Vault denies the agent read on oracle-financials/report: give its token the policy deploy/policies/agent.hcl, written for this mount; if the engine was moved, correct mounts",
		},
		"a token that has ended":     {says(403, `{"errors":["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}`), report, engine.Denied, "Vault does not know the agent's token any more"},
		"a check that is denied":     {says(403, `{"errors":["permission denied"]}`), check, engine.Denied, "update on oracle-financials/check/gl-prod: give its token the policy deploy/policies/agent.hcl"},
		"a rotation that is":         {says(403, `{"errors":["permission denied"]}`), rotate, engine.Denied, "deploy/policies/operator.hcl, whose part for rotate/"},
		"a mount that was moved":     {says(404, noRoute), report, engine.NotFound, "no engine is mounted at oracle-financials: if it was moved, correct mounts (vault secrets list shows where it is)"},
		"a write to a moved mount":   {says(404, noRoute), check, engine.NotFound, "no engine is mounted at oracle-financials"},
		"another engine's mount":     {says(404, `{"errors":[]}`), report, engine.NotFound, "oracle-financials answers, but not as this engine does: look whether the mount is right, and whether its version knows report"},
		"another engine's warning":   {says(404, `{"data":null,"warnings":["Invalid path for a versioned K/V secrets engine."]}`), report, engine.NotFound, "look whether the mount is right"},
		"a path that takes no write": {says(405, `{"errors":["1 error occurred:\n\t* unsupported operation\n\n"]}`), sweep, engine.NotFound, "whether its version knows sweep"},
		"a name that is not known": {
			says(404, `{"errors":["no integration is named \"gl-prod\": list integrations/ shows the names"]}`), status, engine.NotFound,
			`no integration is named "gl-prod": list integrations/ shows the names (asked at oracle-financials)`,
		},
		"a name of another engine":         {says(404, `{"errors":[]}`), status, engine.NotFound, "whether its version knows status"},
		"a mistake, in the engine's way":   {says(400, `{"errors":["the rotation is unresolved: use reconcile/gl-prod"]}`), rotate, engine.Refused, "the rotation is unresolved: use reconcile/gl-prod"},
		"a mistake without a word":         {says(400, `{"errors":[]}`), rotate, engine.Broken, "answered 400 for oracle-financials/rotate/gl-prod (without a word): look into the log of Vault"},
		"an error inside":                  {says(500, `{"errors":["1 error occurred:\n\t* storage is gone\n\n"]}`), report, engine.Broken, "answered 500 for oracle-financials/report (storage is gone): look into the log of Vault"},
		"the engine ran out of time":       {says(503, `{"errors":["the engine could not finish in time: read it"]}`), check, engine.Unreachable, "the engine could not finish in time"},
		"a quota":                          {says(429, `{"errors":["request path \"x\": rate limit quota exceeded"]}`), report, engine.Unreachable, "raise the quota, or the agent's interval"},
		"a proxy's page":                   {says(502, "<html>canary</html>"), report, engine.Unreachable, "answered 502: look whether Vault runs"},
		"a proxy's login":                  {says(200, "<html>canary</html>"), report, engine.Broken, "what answered is not Vault: look whether vault.address (or VAULT_ADDR) is right"},
		"a proxy's login, for a write":     {says(200, "<html>canary</html>"), sweep, engine.Broken, "what answered is not Vault"},
		"nothing at all":                   {says(200, ""), report, engine.Broken, "what answered is not Vault"},
		"nothing, for a write":             {says(204, ""), check, engine.Broken, "read what oracle-financials/check/gl-prod answered: it has no data; look whether the mount is right"},
		"data of something else":           {says(200, `{"data":{"keys":["a"]}}`), report, engine.Broken, "the report of oracle-financials: it names no revision"},
		"a status of something else":       {says(200, `{"data":{"keys":["a"]}}`), status, engine.Broken, "the status of oracle-financials/gl-prod: it has no state"},
		"a status of another type":         {says(200, `{"data":{"state":{}}}`), check, engine.Broken, "whether agent and engine are of one version"},
		"a sweep of another type":          {says(200, `{"data":{"due":"many"}}`), sweep, engine.Broken, "whether agent and engine are of one version"},
		"no data":                          {says(200, `{"data":null}`), report, engine.Broken, "it names no revision"},
		"an answer that repeats the token": {says(400, `{"errors":["who sent `+token+`?"]}`), check, engine.Refused, "who sent [redacted]?"},
	}
	reached := map[engine.Kind]bool{}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			asking, vault, asked := serve(t, c.answer)
			err := c.ask(asking)
			var fault *engine.Fault
			if !errors.As(err, &fault) || fault.Kind != c.kind || !strings.Contains(fault.Text, c.says) {
				t.Fatalf("it is %v (%+v), want %s and %q", err, fault, c.kind, c.says)
			}
			if strings.ContainsAny(fault.Text, "\n\t") || strings.Contains(fault.Text, "canary") || strings.Contains(fault.Text, "errors occurred") {
				t.Errorf("it is no sentence: %q", fault.Text)
			}
			if len(*asked) != 1 {
				t.Errorf("it was asked %d times", len(*asked))
			}
			if told := vault.rejected == 1; told != (c.kind == engine.Denied) || vault.rejected > 1 {
				t.Errorf("the session was told of a 403 %d times", vault.rejected)
			}
			reached[fault.Kind] = true
		})
	}
	for _, kind := range engine.Kinds() {
		if !reached[kind] {
			t.Errorf("no case is of the kind %s", kind)
		}
	}
}

func TestASessionWithoutALoginSaysWhy(t *testing.T) {
	cases := map[string]struct {
		failure error
		kind    engine.Kind
		says    string
	}{
		"Vault is away":         {&login.Failure{Reason: login.Unreachable, Text: "away"}, engine.Unreachable, "away"},
		"Vault is sealed":       {&login.Failure{Reason: login.Sealed, Text: "sealed"}, engine.Sealed, "sealed"},
		"a standby":             {&login.Failure{Reason: login.Standby, Text: "standby"}, engine.Standby, "standby"},
		"a login that was none": {&login.Failure{Reason: login.Refused, Text: "refused"}, engine.Denied, "refused"},
		"no file":               {&login.Failure{Reason: login.Unready, Text: "unready"}, engine.Denied, "unready"},
		"something else":        {errors.New("else"), engine.Denied, "the agent is not logged in to Vault: else"},
	}
	seen := map[login.Reason]bool{}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			vault := &session{failure: c.failure}
			asking := engine.New(vault)
			_, reportErr := asking.Report(t.Context(), "m", "", "")
			_, _, checkErr := asking.Check(t.Context(), "m", "x")
			for _, err := range []error{reportErr, checkErr} {
				var fault *engine.Fault
				if !errors.As(err, &fault) || fault.Kind != c.kind || fault.Text != c.says || !errors.Is(err, c.failure) {
					t.Errorf("it is %v, want %s and %q", err, c.kind, c.says)
				}
			}
			if vault.rejected != 0 {
				t.Error("the session was told of a 403 that was none")
			}
			if failure := (*login.Failure)(nil); errors.As(c.failure, &failure) {
				seen[failure.Reason] = true
			}
		})
	}
	for _, reason := range login.Reasons() {
		if !seen[reason] {
			t.Errorf("no case has the reason %s", reason)
		}
	}
}
