package main

import (
	"bytes"
	"strings"
	"testing"
)

// result is what a run of the program left behind.
type result struct {
	code     int
	out, err string
}

func runProgram(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &out, &err)
	return result{code: code, out: out.String(), err: err.String()}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want string // all of standard error, without the program's name
	}{
		"unknown command":        {[]string{"start"}, `unknown command "start": oracle-financials-sim --help lists the commands`},
		"half a command":         {[]string{"clock"}, `"clock" needs one of: advance, show`},
		"wrong half":             {[]string{"fault", "remove"}, `"fault" needs one of: add, list, clear, release`},
		"missing argument":       {[]string{"clock", "advance"}, "usage: oracle-financials-sim clock advance DURATION [FLAGS]"},
		"too many arguments":     {[]string{"down", "now"}, "usage: oracle-financials-sim down [FLAGS]"},
		"no switch":              {[]string{"switch", "set"}, "usage: oracle-financials-sim switch set KEY=VALUE... [FLAGS]"},
		"half a switch":          {[]string{"switch", "set", "lock_threshold"}, `"lock_threshold" is not KEY=VALUE`},
		"unknown flag":           {[]string{"down", "--hard"}, "flag provided but not defined: -hard: see oracle-financials-sim down --help"},
		"flag of the wrong type": {[]string{"fault", "add", "hang", "--count", "x"}, `invalid value "x" for flag -count: parse error: see oracle-financials-sim fault add --help`},
		"user without password":  {[]string{"serve", "--user", "X"}, "--user and --password-file go together"},
		"password without user":  {[]string{"serve", "--password-file", "X"}, "--user and --password-file go together"},
		"client without secret":  {[]string{"serve", "--client", "X"}, "--client and --client-secret-file go together"},
		"client without domain":  {[]string{"serve", "--client", "X", "--client-secret-file", "X"}, "--client needs --domain"},
		"one input for two":      {[]string{"serve", "--user", "U", "--password-file", "-", "--domain", ":0", "--client", "X", "--client-secret-file", "-"}, "standard input holds the password or the client's secret, not both"},
		"nobody's right":         {[]string{"serve", "--identity-admin"}, "--identity-admin needs --user"},
		"neither on nor off":     {[]string{"user", "must-change", "X", "yes"}, `"yes" is neither on nor off`},
		"odd access":             {[]string{"user", "add", "X", "--access", "GL"}, `--access "GL" is not a list of MODULE=ACCESS`},
		"odd control":            {[]string{"down", "--control", "a b"}, `control address "a b" is not HOST:PORT`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runProgram(t, "password\n", test.args...)
			if want := "oracle-financials-sim: " + test.want + "\n"; got.code != exitUsage || got.err != want || got.out != "" {
				t.Errorf("got %+v, want exit code 2 and %q", got, want)
			}
		})
	}
}

func TestHelpListsEveryCommand(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"help"}, {"--help"}, {"-h"}} {
		got := runProgram(t, "", args...)
		if got.code != exitOK || got.err != "" {
			t.Errorf("%q: %+v", args, got)
		}
		for _, c := range commands() {
			if !strings.Contains(got.out, "  "+c.name) {
				t.Errorf("%q is missing in the help", c.name)
			}
		}
	}
}

// TestHelpOfEveryCommand holds each command to a summary, a usage line, an example of itself, and described flags.
func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		got := runProgram(t, "", append(strings.Fields(c.name), "--help")...)
		if got.code != exitOK || got.err != "" {
			t.Errorf("%s: %+v", c.name, got)
		}
		for _, want := range []string{
			c.summary, "Usage: oracle-financials-sim " + c.name, "Example: oracle-financials-sim " + c.name, "--control ADDRESS",
		} {
			if !strings.Contains(got.out, want) {
				t.Errorf("help of %q lacks %q", c.name, want)
			}
		}
		if _, rest, err := find(strings.Fields(c.example)); err != nil || len(c.args) > 0 && len(rest) == 0 {
			t.Errorf("the example of %q does not run it: %v", c.name, err)
		}
	}
}

func TestNoSimulator(t *testing.T) {
	t.Parallel()
	got := runProgram(t, "", "down", "--control", "127.0.0.1:1")
	want := `oracle-financials-sim: no simulator answers on http://127.0.0.1:1: start one with "oracle-financials-sim serve"`
	if got.code != exitFailed || !strings.HasPrefix(got.err, want) {
		t.Errorf("got %+v, want exit code 1 and %q", got, want)
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for stdin, want := range map[string]string{
		"secret":          "secret",
		"secret\n":        "secret",
		"secret\r\nmore":  "secret",
		" with spaces \n": " with spaces ",
	} {
		if got, err := readPassword("-", strings.NewReader(stdin)); err != nil || got != want {
			t.Errorf("password of %q = %q, %v; want %q", stdin, got, err, want)
		}
	}
	for _, stdin := range []string{"", "\n", "\nsecret"} {
		if _, err := readPassword("-", strings.NewReader(stdin)); err == nil {
			t.Errorf("an empty first line in %q is a password", stdin)
		}
	}
	if _, err := readPassword(t.TempDir()+"/none", nil); err == nil {
		t.Error("a file that does not exist holds a password")
	}
}
