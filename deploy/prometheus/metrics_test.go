package prometheus_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	client "github.com/prometheus/client_golang/prometheus"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/metrics"
)

// contract is the metrics that the agent promises, and the labels of each.
var contract = map[string][]string{
	"oracle_financials_credential_state":                             {"mount", "name", "state"},
	"oracle_financials_credential_password_expiry_timestamp_seconds": {"mount", "name"},
	"oracle_financials_credential_last_check_timestamp_seconds":      {"mount", "name"},
	"oracle_financials_credential_last_success_timestamp_seconds":    {"mount", "name"},
	"oracle_financials_credential_next_check_timestamp_seconds":      {"mount", "name"},
	"oracle_financials_credential_last_rotation_timestamp_seconds":   {"mount", "name"},
	"oracle_financials_credential_rotation_due_timestamp_seconds":    {"mount", "name"},
	"oracle_financials_credential_held":                              {"mount", "name"},
	"oracle_financials_credential_module_accessible":                 {"mount", "name", "module"},
	"oracle_financials_sweep_lag_seconds":                            {"mount"},
	"oracle_financials_source_up":                                    {"mount"},
	"oracle_financials_notifications_total":                          {"receiver", "result"},
	"oracle_financials_vault_token_expiry_timestamp_seconds":         nil,
	"oracle_financials_config_last_reload_successful":                nil,
	"oracle_financials_build_info":                                   nil,
}

var (
	metric  = regexp.MustCompile(`(oracle_financials_\w+)(?:\{([^}]*)\})?`)
	matcher = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"`)
)

// promised checks that the metrics and labels that a query names are ones of the contract, and returns the metrics.
func promised(t *testing.T, where, query string) []string {
	t.Helper()
	var named []string
	for _, found := range metric.FindAllStringSubmatch(query, -1) {
		labels, known := contract[found[1]]
		if !known {
			t.Errorf("%s names the metric %s, which the agent does not promise", where, found[1])
			continue
		}
		named = append(named, found[1])
		for _, m := range matcher.FindAllStringSubmatch(found[2], -1) {
			if !slices.Contains(labels, m[1]) {
				t.Errorf("%s asks %s for its label %s, which it does not have", where, found[1], m[1])
			}
		}
	}
	return named
}

// statesOf is the states that a query names, all of which there must be.
func statesOf(t *testing.T, query string) []string {
	t.Helper()
	var states []string
	for _, m := range matcher.FindAllStringSubmatch(query, -1) {
		if m[1] == "state" {
			states = append(states, strings.Split(m[2], "|")...)
		}
	}
	for _, state := range states {
		if !slices.Contains(rotation.States(), rotation.State(state)) {
			t.Errorf("%s names the state %q, which there is not", query, state)
		}
	}
	return states
}

// What is promised is what the agent describes, so that neither an alert nor a page waits for what never comes.
func TestTheAgentKeepsTheContract(t *testing.T) {
	t.Parallel()
	described := make(chan *client.Desc)
	go func() {
		defer close(described)
		metrics.New(nil, metrics.Version{}).Describe(described)
	}()
	fact := regexp.MustCompile(`fqName: "(\w+)".*variableLabels: \{([^}]*)\}`)
	seen := map[string]bool{}
	for d := range described {
		found := fact.FindStringSubmatch(d.String())
		if found == nil {
			t.Fatalf("%s cannot be read", d)
		}
		labels, promised := contract[found[1]]
		if !promised {
			t.Errorf("the agent describes %s, which is not in the contract", found[1])
		}
		seen[found[1]] = true
		if got := strings.Join(labels, ","); got != found[2] && found[1] != "oracle_financials_build_info" {
			t.Errorf("%s has the labels %s, want %s", found[1], found[2], got)
		}
	}
	for name := range contract {
		if !seen[name] {
			t.Errorf("the agent does not describe %s", name)
		}
	}
}

func TestAlertsRestOnWhatTheAgentPromises(t *testing.T) {
	t.Parallel()
	for name, r := range alerts(t) {
		if len(promised(t, name, r.Expr)) == 0 && name != watchdog {
			t.Errorf("%s rests on no metric of ours", name)
		}
		statesOf(t, r.Expr)
	}
}
