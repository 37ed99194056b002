package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSteeringOfDirectories goes through what steers SCIM and the identity domain, on one pod. A pattern has to match all
// that the command prints.
func TestSteeringOfDirectories(t *testing.T) {
	t.Parallel()
	s := serve(t, "--domain", "127.0.0.1:0", "--client", "app", "--client-secret-file", "-")
	const instant = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
	const all = `read_users,change_passwords,change_state`
	line := func(text string) string { return `(?s).*\n` + text + `\n.*` }
	steps := []struct {
		before func()
		stdin  string
		line   string // without --control
		want   string
	}{
		{line: "user identity-admin INT_GL on", want: line("identity_admin +true")},
		{line: "user identity-admin INT_GL off", want: line("identity_admin +false")},
		{line: "user must-change INT_GL on", want: line("must_change +true")},
		{line: "user federated INT_GL on", want: line("federated +true")},
		{line: "role add INT_GL ORA_FND_IT_SECURITY_MANAGER_JOB", want: line("role +ORA_FND_IT_SECURITY_MANAGER_JOB IT Security Manager")},
		{line: "role add INT_GL CUSTOM --name Own", want: line("role +CUSTOM Own")},
		{line: "role remove INT_GL ORA_FND_IT_SECURITY_MANAGER_JOB", want: `(?s)name .*locks +0\nrole +ORA_FUN\w+ [A-Za-z ]+\nrole +CUSTOM Own\naccess .*`},
		{
			stdin: "first", line: "user add ROTATOR --identity-admin --must-change --federated --roles A,B",
			want: line(`federated +true\nidentity_admin +true\nmust_change +true\n.*\nrole +A A\nrole +B B`),
		},
		{stdin: "second", line: "user password ROTATOR", want: line("must_change +false")},
		{line: "password-changes ROTATOR", want: instant + "  admin\n"},
		{line: "password-changes INT_GL", want: ""},
		{line: "user remove ROTATOR", want: "ROTATOR is removed\n"},
		{line: "client list", want: "app  " + all + "  0 good tokens\n"},
		{stdin: "x", line: "client add reader --rights read_users", want: "app +" + all + "  0 good tokens\nreader  read_users +0 good tokens\n"},
		{line: "client remove reader", want: "app  " + all + "  0 good tokens\n"},
		{before: func() { s.token(t, secret, http.StatusOK) }, line: "token revoke", want: "1 revoked\n"},
		{line: "requests", want: instant + `  POST  /oauth2/v1/token  200  "app"  password  domain ""\n`},
		{stdin: "other", line: "client secret app", want: "app  " + all + "  0 good tokens\n"},
		{before: func() { s.token(t, secret, http.StatusUnauthorized) }, line: "logs reset", want: "the logs are empty\n"},
		{before: func() { s.token(t, "other", http.StatusOK) }, line: "client remove app", want: "the domain has no client\n"},
		{line: "domain down", want: s.domain + " refuses connections\n"},
		{line: "domain up", want: s.domain + " serves\n"},
		{
			line: "fault add late --domain --method PUT --path /admin", want: regexp.QuoteMeta(`{"kind":"late","domain":true,"method":"PUT","path":"/admin"}`) + "\n",
		},
		{line: "fault clear", want: "no fault is armed\n"},
		{line: "fault add late --count 1", want: `\{"kind":"late","count":1\}\n`},
		{
			before: func() {
				if _, err := s.status(t, password); err == nil {
					t.Error("a late request was answered")
				}
			}, line: "fault release", want: "1 carried out\n",
		},
		{line: "logins INT_GL", want: instant + `  refused  federated  .*\n`},
		{line: "switch set retry_after=30 maintenance=page lock_duration=0 forbidden_characters=12", want: line(`forbidden_characters=12\n.*lock_duration=1h0m0s\n.*maintenance=page\n.*retry_after=30`)},
		{line: "switch set maintenance= password_max_age=never", want: line(`maintenance=off\n.*password_max_age=never`)},
	}
	for _, step := range steps {
		if step.before != nil {
			step.before()
		}
		got := runProgram(t, step.stdin, append(strings.Fields(step.line), "--control", s.control)...)
		if got.code != exitOK || got.err != "" || !regexp.MustCompile(`\A`+step.want+`\z`).MatchString(got.out) {
			t.Fatalf("%s: got %+v, want %q", step.line, got, step.want)
		}
	}
}

// token asks the domain for an access token with a secret, and holds it to the status wanted.
func (s served) token(t *testing.T, secret string, want int) {
	t.Helper()
	ca, err := os.ReadFile(s.caFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"urn:opc:idm:__myscopes__"}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.domain+"/oauth2/v1/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("app", secret)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != want {
		t.Fatalf("status = %d, want %d", response.StatusCode, want)
	}
}

func TestSteeringOfDirectoriesRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for line, want := range map[string]string{
		"user remove NOBODY":             `user "NOBODY": the pod has no such user`,
		"user federated NOBODY on":       `user "NOBODY": the pod has no such user`,
		"role remove INT_GL X":           `user "INT_GL" has no role "X"`,
		"password-changes NOBODY":        `user "NOBODY": the pod has no such user`,
		"client remove app":              `client "app": the domain has no such client`,
		"domain down":                    "the pod has no identity domain",
		"client add app":                 "the client secret is empty: put it on the first line of the file or of standard input",
		"client add a --secret-file /no": "read the client secret: open /no: no such file or directory",
		"fault add late --after-login":   `fault "late": its request logs in anyway, so it takes no login before it`,
		"switch set rate_limit=often":    `field "rate_limit" has the wrong type`,
	} {
		got := runProgram(t, "", append(strings.Fields(line), "--control", s.control)...)
		if got.code != exitFailed || got.err != fmt.Sprintf("%s: %s\n", program, want) {
			t.Errorf("%s: got %+v, want %q", line, got, want)
		}
	}
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := runProgram(t, "", "client", "add", "app", "--secret-file", file, "--rights", "all", "--control", s.control)
	if want := `client "app": right "all" is unknown: use read_users, change_passwords or change_state`; !strings.Contains(got.err, want) {
		t.Errorf("got %+v, want %q", got, want)
	}
}
