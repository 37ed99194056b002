package e2e_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// canaries are what is sent by mistake: a password, one of digits only, one where a field's name belongs, and one in the
// query of a read.
type canaries struct {
	text        string
	number      int64
	name, query string
}

func newCanaries() canaries {
	// Fifteen digits, which a float64 holds too, so that no rounding hides them.
	n, err := rand.Int(rand.Reader, big.NewInt(9e14))
	if err != nil {
		panic(err)
	}
	return canaries{text: newPassword(), number: 1e14 + n.Int64(), name: "name" + rand.Text(), query: "query" + rand.Text()}
}

// numberForms are how the number could be printed.
func (c canaries) numberForms() []string {
	digits := strconv.FormatInt(c.number, 10)
	return []string{digits, strings.TrimRight(digits[:1]+"."+digits[1:], "0")}
}

// shapes are the forms in which a slip of the hand arrives.
func (c canaries) shapes() []any {
	return []any{
		c.text,
		[]any{c.text},
		map[string]any{"a": c.text},
		[]any{[]any{c.text}},
		map[string]any{"a": []any{c.text}},
		c.number, -c.number, json.Number(fmt.Sprintf("%d.5", c.number)), strconv.FormatInt(c.number, 10),
		[]any{c.number},
		map[string]any{"a": c.number},
		map[string]any{c.name: "x"},
		c.text + "\n",
	}
}

// slip is one request with a canary in it, and the status that it should be answered with; anyRefusal stands for all of
// 4xx.
type slip struct {
	send func() answer
	want int
}

const anyRefusal = 0

func (s slip) wanted(status int) bool {
	return status == s.want || s.want == anyRefusal && status >= 400 && status < 500
}

// aliases are the connector's own names of fields.
var aliases = []string{"server-url", "username", "password", "timeout", "retry-attempts"}

// slips are all the requests with a canary in them.
func (c canaries) slips(pod *oraclesim.Server, m mount) []slip {
	return slices.Concat(c.integrationSlips(pod, m), c.settingSlips(m), c.actionSlips(m))
}

// integrationSlips put each shape into each field, on create, update and patch.
func (c canaries) integrationSlips(pod *oraclesim.Server, m mount) []slip {
	names := []string{
		"server_url", "username", "password", "timeout", "retry_attempts", "modules", "probes", "policy", "password_set_time",
		"ca_cert", "paused_until", "pause_reason", "verify_connection", "cas", "password_set", "password_set_source",
		"credential_version", "unknown",
	}
	for _, alias := range aliases {
		names = append(names, "oracle-financials-"+alias)
	}
	var all []slip
	add := func(sent fields) {
		create := integration(pod, "API_NEW", newPassword())
		for name := range sent {
			// An alias stands in for the field itself.
			delete(create, strings.ReplaceAll(strings.TrimPrefix(name, "oracle-financials-"), "-", "_"))
		}
		maps.Copy(create, sent)
		all = append(all,
			slip{func() answer { return m.write("integrations/new", create) }, http.StatusBadRequest},
			slip{func() answer { return m.write("integrations/gl", sent) }, http.StatusBadRequest},
			slip{func() answer { return m.patch("integrations/gl", sent) }, http.StatusBadRequest},
		)
	}
	for _, name := range names {
		for _, shape := range c.shapes() {
			add(fields{name: shape})
		}
	}
	for _, sent := range []fields{
		{c.name: "x"},
		{"server_url": "https://" + user + ":" + c.text + "@localhost"},
		{"server_url": "https://localhost/" + c.text},
		{"server_url": "https://localhost?password=" + c.text},
		{"server_url": "https://" + c.text + ".example.com"},
		{"probes": map[string]any{"GL": "11.13.18.05/../" + c.text}},
		{"probes": "GL=https://" + c.text},
		{"modules": "GL," + c.text},
		{"password": c.text, "oracle-financials-password": c.text + "x"},
		{"paused_until": "2999-01-01T00:00:00Z", "pause_reason": c.text + "\n" + c.text},
		{"ca_cert": "-----BEGIN CERTIFICATE-----\n" + c.text + "\n-----END CERTIFICATE-----\n"},
	} {
		add(sent)
	}
	return all
}

// settingSlips do the same to policies and to the mount's settings.
func (c canaries) settingSlips(m mount) []slip {
	policy := []string{
		"check_period", "check_schedule", "password_max_age", "expiry_warning", "failure_threshold", "login_failure_budget",
		"operator_login_budget", "operator_login_window", "hold_period", "password",
	}
	var all []slip
	for _, shape := range c.shapes() {
		for _, name := range policy {
			sent := fields{name: shape}
			all = append(all,
				slip{func() answer { return m.write("policies/new", sent) }, http.StatusBadRequest},
				slip{func() answer { return m.write("policies/default", sent) }, http.StatusBadRequest},
				slip{func() answer { return m.patch("policies/default", sent) }, http.StatusBadRequest},
			)
		}
		for _, name := range []string{"max_concurrent_checks", "max_concurrent_checks_per_host", "disable_automated_sweep", "password"} {
			all = append(all, slip{func() answer { return m.write("config", fields{name: shape}) }, http.StatusBadRequest})
		}
	}
	// A bare word is a host name, so it would be taken; what cannot be one is refused.
	for _, hosts := range []any{
		"https://" + c.text, c.text + " " + c.text, c.text + "/", []any{[]any{c.text}}, map[string]any{"a": c.text}, c.number, map[string]any{c.name: "x"},
	} {
		all = append(all, slip{func() answer { return m.write("config", fields{"allowed_hosts": hosts}) }, http.StatusBadRequest})
	}
	for _, path := range []string{"policies/new", "policies/default", "config"} {
		all = append(all, slip{func() answer { return m.write(path, fields{c.name: c.text}) }, http.StatusBadRequest})
	}
	return all
}

// actionSlips do the same to the paths that act, and to those that take no write at all.
func (c canaries) actionSlips(m mount) []slip {
	var all []slip
	for _, shape := range c.shapes() {
		for path, names := range map[string][]string{"check/gl": {"force", "least_privilege", "password"}, "sweep": {"dry_run", "wait", "password"}} {
			for _, name := range names {
				all = append(all, slip{func() answer { return m.write(path, fields{name: shape}) }, http.StatusBadRequest})
			}
		}
		for _, path := range []string{"creds/gl", "connector/gl", "status/gl", "report", "info"} {
			all = append(all, slip{func() answer { return m.write(path, fields{"password": shape}) }, anyRefusal})
		}
	}
	for _, path := range []string{"check/gl", "sweep"} {
		all = append(all, slip{func() answer { return m.write(path, fields{c.name: c.text}) }, http.StatusBadRequest})
	}
	for name, want := range map[string]int{"since": http.StatusBadRequest, "limit": http.StatusBadRequest, "after": http.StatusOK, "password": http.StatusOK} {
		for _, sent := range []string{c.query, c.query + "-x"} {
			all = append(all, slip{func() answer { return m.readWith("report", map[string][]string{name: {sent}}) }, want})
		}
	}
	return append(all,
		slip{func() answer { return m.write("sweep", fields{"limit": c.text}) }, http.StatusBadRequest},
		slip{func() answer { return m.write("check/absent", fields{"password": c.text}) }, http.StatusBadRequest},
		slip{func() answer { return m.write("absent", fields{"password": c.text}) }, http.StatusNotFound},
	)
}
