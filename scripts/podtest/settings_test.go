package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func given(changes ...string) map[string]string {
	env := map[string]string{"SERVER_URL": "https://abcd.fa.us2.oraclecloud.com", "USERNAME": user, "PASSWORD": password}
	for i := 0; i < len(changes); i += 2 {
		env[changes[i]] = changes[i+1]
	}
	return env
}

// TestWrongUse: nothing is asked, one sentence says what to set, and no value is repeated.
func TestWrongUse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		env       map[string]string
		arguments []string
		want      string
	}{
		"nothing":         {nil, nil, "set ORACLE_FINANCIALS_SERVER_URL, ORACLE_FINANCIALS_USERNAME and ORACLE_FINANCIALS_PASSWORD_FILE (or"},
		"no user":         {given("USERNAME", ""), nil, "set ORACLE_FINANCIALS_USERNAME: "},
		"plain http":      {given("SERVER_URL", "http://pod"), nil, "ORACLE_FINANCIALS_SERVER_URL must be https://"},
		"password in URL": {given("SERVER_URL", "https://a:"+password+"@pod"), nil, "ORACLE_FINANCIALS_SERVER_URL must be https://"},
		"two passwords":   {given("PASSWORD_FILE", "x"), nil, "set ORACLE_FINANCIALS_PASSWORD or ORACLE_FINANCIALS_PASSWORD_FILE, not both"},
		"no such file":    {given("PASSWORD", "", "PASSWORD_FILE", "/nowhere/x"), nil, "ORACLE_FINANCIALS_PASSWORD_FILE names"},
		"an empty file":   {given("PASSWORD", "", "PASSWORD_FILE", write(t, "\n")), nil, "is empty"},
		"a colon":         {given("USERNAME", "a:b"), nil, "ORACLE_FINANCIALS_USERNAME must hold no colon"},
		"a quote":         {given("USERNAME", `a"b`), nil, "ORACLE_FINANCIALS_USERNAME must hold no"},
		"a line break":    {given("PASSWORD", "a\nb"), nil, "control character"},
		"half a leave":    {given("SPEND_ONE_REFUSED_LOGIN", "yes"), nil, "must repeat the name in ORACLE_FINANCIALS_USERNAME"},
		"another's leave": {given("SPEND_ONE_REFUSED_LOGIN", admin), nil, "must repeat the name in ORACLE_FINANCIALS_USERNAME"},
		"half an admin":   {given("DIRECTORY_USERNAME", admin), nil, "set ORACLE_FINANCIALS_DIRECTORY_USERNAME and ORACLE_FINANCIALS_DIRECTORY_PASSWORD_FILE"},
		"half a domain":   {given("DIRECTORY_DOMAIN_URL", "https://d"), nil, "DIRECTORY_CLIENT_ID together"},
		"half a client":   {given("DIRECTORY_CLIENT_ID", "d"), nil, "set ORACLE_FINANCIALS_DIRECTORY_CLIENT_ID and"},
		"no certificates": {given("CA_CERT", write(t, "x")), nil, "CA_CERT must name a file of PEM certificates"},
		"a flag":          {given(), []string{"-password", "x"}, "it takes -list, -o FILE and -h"},
		"an argument":     {given(), []string{"pod"}, "it takes -list, -o FILE and -h"},
		"no such folder":  {given(), []string{"-o", "/nowhere/pod.md"}, "write the table"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, test.env, test.arguments...)
			if got.code != exitUsage || !strings.Contains(got.complaints, test.want) || strings.Count(got.complaints, "\n") != 1 {
				t.Errorf("exit code %d, %q, want %d and one line with %q", got.code, got.complaints, exitUsage, test.want)
			}
			if strings.Contains(got.complaints+got.shown, password) || got.shown != "" {
				t.Errorf("printed %q and %q", got.shown, got.complaints)
			}
		})
	}
}

// TestPages: help and the list need nothing, and fit a terminal.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ flag, want string }{{"-h", "Exit codes:"}, {"-list", "unknown-anonymous"}} {
		got := runWith(t, nil, test.flag)
		if got.code != exitAgrees || got.complaints != "" || !strings.Contains(got.shown, test.want) {
			t.Errorf("%s: exit code %d, %q:\n%s", test.flag, got.code, got.complaints, got.shown)
		}
		wantNarrow(t, got.shown)
	}
}

func wantNarrow(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if width := utf8.RuneCountInString(strings.TrimRight(line, "\n")); width > 100 {
			t.Errorf("%d columns: %s", width, line)
		}
	}
}
