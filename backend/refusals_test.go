package backend_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/sdk/logical"
)

const canary = "Canary-7Qx9"

// Each row is a write that must change nothing, spend no login, and say what to do without repeating a value.
var refusals = map[string]struct {
	path string
	data map[string]any
	says string
}{
	"http":                          {"integrations/gl", map[string]any{"server_url": "http://pod.oraclecloud.com"}, "must begin with https://"},
	"a path in the server url":      {"integrations/gl", map[string]any{"server_url": "https://pod.oraclecloud.com/" + canary}, "takes the host only"},
	"a login in the server url":     {"integrations/gl", map[string]any{"server_url": "https://u:" + canary + "@pod.oraclecloud.com"}, "takes the host only"},
	"a server url of another type":  {"integrations/gl", map[string]any{"server_url": map[string]any{"a": canary}}, "server_url must be a string"},
	"a host that is not allowed":    {"integrations/gl", map[string]any{"server_url": "https://canary.example"}, "not permitted by allowed_hosts"},
	"a user name with a colon":      {"integrations/gl", map[string]any{"username": "a:" + canary}, "no colon"},
	"a user name with a line break": {"integrations/gl", map[string]any{"username": "a\n"}, "no line break"},
	"an empty user name":            {"integrations/gl", map[string]any{"username": ""}, "required"},
	"a password as an object":       {"integrations/gl", map[string]any{"password": map[string]any{canary: canary}}, "password must be a string"},
	"a password as a list":          {"integrations/gl", map[string]any{"password": []any{canary}}, "password must be a string"},
	"a password as a number":        {"integrations/gl", map[string]any{"password": json.Number("7799551133")}, "password must be a string"},
	"a password with a line break":  {"integrations/gl", map[string]any{"password": canary + "\n"}, "printf %s"},
	"a null password":               {"integrations/gl", map[string]any{"password": nil}, "must not be null"},
	"a password under two names":    {"integrations/gl", map[string]any{"oracle-financials-password": canary}, "two names with different values"},
	"an alias of the wrong type":    {"integrations/gl", map[string]any{"oracle-financials-username": []any{canary}}, "oracle-financials-username must be a string"},
	"an unknown field":              {"integrations/gl", map[string]any{canary: "x"}, "a field is not known here"},
	"a mistyped field":              {"integrations/gl", map[string]any{"pasword": canary}, "did you mean password?"},
	"a dash for an underscore":      {"integrations/gl", map[string]any{"server-url": canary}, "did you mean server_url?"},
	"a timeout of nothing":          {"integrations/gl", map[string]any{"timeout": 0}, "timeout must be from 1 to 60"},
	"a timeout too long":            {"integrations/gl", map[string]any{"timeout": "61s"}, "timeout must be from 1 to 60"},
	"a timeout that overflows":      {"integrations/gl", map[string]any{"timeout": "430000d"}, "timeout must be a number of seconds"},
	"a timeout in words":            {"integrations/gl", map[string]any{"timeout": canary}, "timeout must be a number of seconds"},
	"too many retries":              {"integrations/gl", map[string]any{"retry_attempts": 11}, "retry_attempts must be from 0 to 10"},
	"half a retry":                  {"integrations/gl", map[string]any{"retry_attempts": 1.5}, "retry_attempts must be a whole number"},
	"an unknown module":             {"integrations/gl", map[string]any{"modules": canary}, "a module is one of"},
	"no module":                     {"integrations/gl", map[string]any{"modules": ""}, "at least one module"},
	"a probe elsewhere":             {"integrations/gl", map[string]any{"probes": map[string]any{"GL": "https://" + canary}}, "a probe is a path"},
	"a probe above":                 {"integrations/gl", map[string]any{"probes": map[string]any{"GL": "11/%2e%2e/x"}}, "a probe is a path"},
	"a probe of no module":          {"integrations/gl", map[string]any{"probes": map[string]any{canary: "11/x"}}, "a module is one of"},
	"probes as a list of numbers":   {"integrations/gl", map[string]any{"probes": []any{1}}, "probes must be an object"},
	"an unknown policy":             {"integrations/gl", map[string]any{"policy": canary}, "the policy does not exist"},
	"a certificate that is none":    {"integrations/gl", map[string]any{"ca_cert": canary}, "PEM certificate"},
	"a password set in the future":  {"integrations/gl", map[string]any{"password_set_time": "2999-01-01T00:00:00Z"}, "in the future"},
	"a time in words":               {"integrations/gl", map[string]any{"password_set_time": canary}, "RFC 3339"},
	"a pause without a reason":      {"integrations/gl", map[string]any{"paused_until": "2999-01-01T00:00:00Z"}, "a pause needs pause_reason"},
	"a reason without a pause":      {"integrations/gl", map[string]any{"pause_reason": canary}, "pause_reason needs paused_until"},
	"a version of one's own":        {"integrations/gl", map[string]any{"credential_version": 7}, "set by the engine"},
	"a cas that does not match":     {"integrations/gl", map[string]any{"cas": 3}, "cas does not match"},
	"verify_connection in words":    {"integrations/gl", map[string]any{"verify_connection": canary}, "verify_connection must be true or false"},
	"a name with a slash":           {"integrations/a/b", nil, "names are letters"},
	"a name with a space":           {"integrations/a b", nil, "names are letters"},
	"both schedules":                {"policies/p", map[string]any{"check_period": 60, "check_schedule": "0 6 * * *"}, "exclude each other"},
	"a period too short":            {"policies/p", map[string]any{"check_period": "59s"}, "check_period must be from 60"},
	"a cron that panics its parser": {"policies/p", map[string]any{"check_schedule": "TZ=0"}, "without TZ="},
	"a cron of six fields":          {"policies/p", map[string]any{"check_schedule": "0 0 6 * * *"}, "five fields"},
	"a cron that never comes":       {"policies/p", map[string]any{"check_schedule": "0 0 30 2 *"}, "never comes"},
	"a login budget of three":       {"policies/p", map[string]any{"login_failure_budget": 3}, "must be 1 or 2"},
	"people's budget of three":      {"policies/p", map[string]any{"operator_login_budget": 3}, "must be 1 or 2"},
	"a window too short":            {"policies/p", map[string]any{"operator_login_window": 1}, "operator_login_window must be from 60"},
	"a hold too short":              {"policies/p", map[string]any{"hold_period": 1}, "or 0 for never"},
	"a threshold of none":           {"policies/p", map[string]any{"failure_threshold": 0}, "failure_threshold must be from 1"},
	"a warning longer than the age": {"policies/p", map[string]any{"expiry_warning": "90d"}, "shorter than password_max_age"},
	"a negative age":                {"policies/p", map[string]any{"password_max_age": -1}, "password_max_age must be a number of seconds"},
	"a field of integrations":       {"policies/p", map[string]any{"password": canary}, "a field is not known here"},
	"no hosts":                      {"config", map[string]any{"allowed_hosts": ""}, "allowed_hosts must name"},
	"a url for a host":              {"config", map[string]any{"allowed_hosts": "https://" + canary}, "an allowed host is"},
	"no workers":                    {"config", map[string]any{"max_concurrent_checks": 0}, "must be from 1 to 256"},
	"a setting of another type":     {"config", map[string]any{"disable_automated_sweep": []any{canary}}, "must be true or false"},
	"a field for check":             {"check/gl", map[string]any{"password": canary}, "a field is not known here"},
	"force in words":                {"check/gl", map[string]any{"force": canary}, "force must be true or false"},
	"a long wait":                   {"sweep", map[string]any{"wait": 11}, "wait must be from 0 to 10"},
	"a negative limit":              {"sweep", map[string]any{"limit": -1}, "limit must be 0"},
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	before := m.stored()
	for name, tt := range refusals {
		t.Run(name, func(t *testing.T) {
			data := tt.data
			if strings.HasPrefix(tt.path, "integrations/") {
				data = m.fields(tt.data)
			}
			text := m.refused(400, logical.UpdateOperation, tt.path, data)
			if !strings.Contains(text, tt.says) {
				t.Errorf("it says %q, not %q", text, tt.says)
			}
			for _, value := range []string{canary, strings.ToLower(canary), "7799551133", password} {
				if strings.Contains(text, value) {
					t.Errorf("it repeats a value: %q", text)
				}
			}
		})
	}
	if after := m.stored(); !cmp.Equal(before, after) {
		t.Errorf("a refused write changed storage:\n%s", cmp.Diff(before, after))
	}
	if logins := m.sim.Pod().Logins(user); len(logins) != 0 {
		t.Errorf("refused writes spent %d logins", len(logins))
	}
}

func TestUnknownNames(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	for _, path := range []string{"integrations/no", "creds/no", "connector/no", "status/no", "policies/no"} {
		m.refused(404, logical.ReadOperation, path, nil)
	}
	m.refused(404, logical.UpdateOperation, "check/no", nil)
	m.refused(404, logical.PatchOperation, "integrations/no", map[string]any{"timeout": 5})
	m.refused(404, logical.PatchOperation, "policies/no", map[string]any{"check_period": 60})
	m.ok(logical.DeleteOperation, "integrations/no", nil)
	m.ok(logical.DeleteOperation, "policies/no", nil)
}
