package main

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSteering goes through every steering command on one pod, in an order that makes sense. A pattern has to match
// all that the command prints.
func TestSteering(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const instant = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
	const ledgers = `/fscmRestApi/resources/latest/ledgersLOV`
	roles := `role +ORA_FUN_FINANCIAL_INTEGRATION_SPECIALIST_JOB Financial Integration Specialist\n`
	// state is the print of a user; each pair replaces a line of the usual one.
	state := func(name string, pairs ...string) string {
		lines := map[string]string{
			"name": name, "id": "[0-9A-F]{32}", "domain_id": "[0-9a-f]{32}", "disabled": "false", "federated": "false",
			"identity_admin": "false", "must_change": "false", "refused_in_a_row_max": `\d+`, "locks": `\d+`,
			"locked": "false", "locked_until": "-", "api_locked_until": "-",
			"expired": "false", "password_set_time": instant, "password_expiry_time": instant, "failed_in_a_row": "0",
		}
		for i := 0; i < len(pairs); i += 2 {
			lines[pairs[i]] = pairs[i+1]
		}
		var text strings.Builder
		for _, key := range []string{
			"name", "id", "domain_id", "disabled", "federated", "identity_admin", "must_change", "locked", "locked_until", "api_locked_until", "expired", "password_set_time",
			"password_expiry_time", "failed_in_a_row", "refused_in_a_row_max", "locks",
		} {
			fmt.Fprintf(&text, "%s +%s\n", key, lines[key])
		}
		return text.String() + roles
	}
	const all = `access AP +granted\naccess AR +granted\naccess CM +granted\naccess FA +granted\naccess GL +granted\naccess PA +granted\n`
	refused := func() {
		if status, err := s.status(t, "wrong"); err != nil || status != http.StatusUnauthorized {
			t.Fatalf("status = %d, %v", status, err)
		}
	}
	steps := []struct {
		before func()
		stdin  string
		line   string // without --control
		want   string
	}{
		{line: "user show INT_GL", want: state("INT_GL") + all},
		{line: "user lock INT_GL", want: state("INT_GL", "locked", "true", "locked_until", instant) + all},
		{line: "user unlock INT_GL", want: state("INT_GL", "api_locked_until", instant) + all},
		{line: "clock advance 60m", want: instant + "\n"},
		{line: "user disable INT_GL", want: state("INT_GL", "disabled", "true") + all},
		{line: "user enable INT_GL", want: state("INT_GL") + all},
		{line: "user expire INT_GL", want: state("INT_GL", "expired", "true") + all},
		{stdin: "another\n", line: "user password INT_GL", want: state("INT_GL") + all},
		{before: refused, line: "logins INT_GL", want: instant + `  refused  wrong_password  ` + ledgers + `  Go-http-client/1\.1\n`},
		{line: "requests", want: instant + `  GET  ` + ledgers + `\?limit=1  401  "INT_GL"  password\n`},
		{line: "logs reset", want: "the logs are empty\n"},
		{line: "requests", want: ""},
		{
			stdin: "first", line: "user add INT_AP --access AP=granted,GL=no_data --password-age 100d --password-max-age never",
			want: state("INT_AP", "password_expiry_time", "-") + `access AP +granted\naccess GL +no_data\n`,
		},
		{line: "user privilege INT_AP AP denied", want: state("INT_AP", "password_expiry_time", "-") + `access AP +denied\naccess GL +no_data\n`},
		{
			stdin: "first", line: "user add --disabled --password-age 91d INT_AR",
			want: state("INT_AR", "disabled", "true", "expired", "true") + all,
		},
		{line: "report run", want: "replaced the password of INT_AR\n"},
		{line: "report run", want: "no password was replaced\n"},
		{line: "clock advance -- -1h", want: instant + "\n"},
		{line: "clock show", want: instant + "\n"},
		{line: "module remove FA", want: "FA answers 404\n"},
		{line: "resource remove ledgersLOV", want: "ledgersLOV answers 404\n"},
		{line: "resource add ledgersLOV GL", want: "ledgersLOV is served\n"},
		{line: "switch set lock_threshold=3 lock_duration=10m forbidden_body=html", want: `(?s).*forbidden_body=html\n.*lock_duration=10m0s\nlock_threshold=3\n.*`},
		{line: "switch show", want: `(?s).*api_lock_lag=1h0m0s\n.*lock_threshold=3\n.*`},
		{line: "fault list", want: "no fault is armed\n"},
		{
			line: "fault add status --status 503 --body html --retry-after 30 --path /x --user U --skip 1 --count 2 --after-login",
			want: regexp.QuoteMeta(`{"kind":"status","path":"/x","user":"U","skip":1,"count":2,"after_login":true,"status":503,"body":"html","retry_after":"30"}`) + "\n",
		},
		{line: "fault clear", want: "no fault is armed\n"},
		{line: "fault add slow --delay 2s", want: `\{"kind":"slow","delay":"2s"\}\n`},
		{line: "fault clear", want: "no fault is armed\n"},
		{line: "fault add redirect --location https://x/", want: `\{"kind":"redirect","location":"https://x/"\}\n`},
		{line: "fault add huge --mib 2", want: `\{"kind":"redirect".*\}\n\{"kind":"huge","mib":2\}\n`},
		{line: "down", want: s.url + " refuses connections\n"},
		{line: "up", want: s.url + " serves\n"},
	}
	for _, step := range steps {
		if step.before != nil {
			step.before()
		}
		args := append(strings.Fields(step.line), "--control", s.control)
		if dashes := slices.Index(args, "--"); dashes > 0 { // after which nothing is a flag
			args = slices.Insert(args[:len(args)-2], dashes, "--control", s.control)
		}
		got := runProgram(t, step.stdin, args...)
		if got.code != exitOK || got.err != "" || !regexp.MustCompile(`\A`+step.want+`\z`).MatchString(got.out) {
			t.Fatalf("%s: got %+v, want %q", step.line, got, step.want)
		}
	}
}

func TestSteeringRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for line, want := range map[string]string{
		"user show NOBODY":              `user "NOBODY": the pod has no such user`,
		"user lock NO/BODY":             `user "NO/BODY": the pod has no such user`,
		"clock advance tomorrow":        `"tomorrow" is not a duration: use one such as 90m, 2h30m or 80d`,
		"module remove XX":              `module "XX" is unknown: use GL, AP, AR, FA, CM, PA, PO or COMMON`,
		"resource remove customers":     `the pod has no resource "customers"`,
		"switch set lock=1":             `unknown field "lock"`,
		"switch set lock_threshold=low": `field "lock_threshold" has the wrong type`,
		"fault add explode":             `fault "explode": the kind is unknown: use status, sso_page, maintenance_page, redirect, truncated, huge, slow, hang, reset, lost_reply, late or drop`,
		"fault add slow --delay 1":      `"1" is not a duration: use one such as 90m, 2h30m or 80d`,
	} {
		args := append(strings.Fields(line), "--control", strings.TrimPrefix(s.control, "http://"))
		got := runProgram(t, "", args...)
		if got.code != exitFailed || got.err != "oracle-financials-sim: "+want+"\n" {
			t.Errorf("%s: got %+v, want %q", line, got, want)
		}
	}
	got := runProgram(t, "x", "user", "add", "int_gl", "--control", s.control)
	if got.code != exitFailed || got.err != "oracle-financials-sim: user \"int_gl\" exists already\n" {
		t.Errorf("got %+v", got)
	}
	if got := runProgram(t, "", "user", "password", "INT_GL", "--control", s.control); got.code != exitFailed {
		t.Errorf("an empty password was set: %+v", got)
	}
}

// TestControlPortOfSomethingElse: the pod's own port is not the control port.
func TestControlPortOfSomethingElse(t *testing.T) {
	t.Parallel()
	s := serve(t)
	got := runProgram(t, "", "clock", "show", "--control", strings.TrimPrefix(s.url, "https://"))
	if got.code != exitFailed || !strings.Contains(got.err, "is this a simulator") {
		t.Errorf("got %+v", got)
	}
}
