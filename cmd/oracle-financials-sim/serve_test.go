package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	password = "Canary-7Zq!"
	secret   = "Canary-Secret-7Zq"
)

// served is a "serve" that runs in this process.
type served struct {
	url, control, domain, caFile, readyFile string

	printed string
	stop    func() int
}

// serve runs the serve command with a user INT_GL until the test ends, or stop is called.
func serve(t *testing.T, more ...string) served {
	t.Helper()
	dir := t.TempDir()
	s := served{caFile: filepath.Join(dir, "ca.pem"), readyFile: filepath.Join(dir, "ready")}
	passwordFile := writeFile(t, dir, password+"\n")
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	var stderr bytes.Buffer
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, append([]string{
			"serve", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--ca-file", s.caFile,
			"--ready-file", s.readyFile, "--user", "INT_GL", "--password-file", passwordFile,
		}, more...), strings.NewReader(secret+"\n"), stdout, &stderr)
		stdout.Close()
	}()
	for lines := bufio.NewScanner(out); !strings.Contains(s.printed, "serving") && lines.Scan(); {
		s.printed += lines.Text() + "\n"
	}
	s.stop = func() int {
		cancel()
		code := <-exit
		exit <- code
		return code
	}
	t.Cleanup(func() { s.stop() })
	ready, err := os.ReadFile(s.readyFile)
	if err != nil {
		t.Fatalf("%v; standard error: %s", err, stderr.String())
	}
	for line := range strings.Lines(string(ready)) {
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), "="); key {
		case "url":
			s.url = value
		case "control":
			s.control = value
		case "domain":
			s.domain = value
		}
	}
	return s
}

func writeFile(t *testing.T, dir, content string) string {
	t.Helper()
	file, err := os.CreateTemp(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(content); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

// status is what the pod answers INT_GL; it trusts the file of --ca-file.
func (s served) status(t *testing.T, password string) (int, error) {
	t.Helper()
	ca, err := os.ReadFile(s.caFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/fscmRestApi/resources/latest/ledgersLOV?limit=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("INT_GL", password)
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return response.StatusCode, nil
}

func TestServe(t *testing.T) {
	t.Parallel()
	s := serve(t)
	want := "pod      " + s.url + "/fscmRestApi/resources/latest/\ncontrol  " + s.control + "\nca       " + s.caFile +
		"\nuser     INT_GL\nserving until interrupted\n"
	if s.printed != want {
		t.Errorf("printed %q, want %q", s.printed, want)
	}
	if status, err := s.status(t, password); err != nil || status != http.StatusOK {
		t.Errorf("status = %d, %v", status, err)
	}
	if info, err := os.Stat(s.caFile); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the certificate is not readable for all: %v, %v", info.Mode(), err)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("exit code = %d after an interrupt", code)
	}
	if _, err := os.Stat(s.readyFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the ready file is still there: %v", err)
	}
	if _, err := s.status(t, password); err == nil {
		t.Error("the pod still answers")
	}
}

func TestServeWithDomain(t *testing.T) {
	t.Parallel()
	s := serve(t, "--domain", "127.0.0.1:0", "--client", "app", "--client-secret-file", "-", "--identity-admin")
	want := "pod      " + s.url + "/fscmRestApi/resources/latest/\ndomain   " + s.domain + "\ncontrol  " + s.control +
		"\nca       " + s.caFile + "\nuser     INT_GL\nclient   app\nserving until interrupted\n"
	if s.printed != want || !strings.HasPrefix(s.domain, "https://localhost:") {
		t.Errorf("printed %q, want %q", s.printed, want)
	}
	if got := runProgram(t, "", "user", "show", "INT_GL", "--control", s.control); !strings.Contains(got.out, "identity_admin        true\n") {
		t.Errorf("got %+v", got)
	}
	if got := runProgram(t, "", "client", "list", "--control", s.control); got.out != "app  read_users,change_passwords,change_state  0 good tokens\n" {
		t.Errorf("got %+v", got)
	}
}

func TestServeFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stale := writeFile(t, dir, "url=https://old\n")
	tests := map[string]struct {
		args []string
		want string
	}{
		"control for everybody": {[]string{"--control", "0.0.0.0:0"}, "is not on the loopback interface"},
		"no such password file": {[]string{"--user", "X", "--password-file", filepath.Join(dir, "none")}, "read the password: "},
		"ca nowhere":            {[]string{"--ca-file", filepath.Join(dir, "none", "ca.pem")}, "write the authority's certificate: "},
		"ready file nowhere":    {[]string{"--ready-file", filepath.Join(dir, "none", "ready")}, "write the ready file: "},
		"stale ready file":      {[]string{"--ready-file", stale, "--control", "192.0.2.1:0"}, "open the control port: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"serve", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}, test.args...)
			got := runProgram(t, "", args...)
			if got.code != exitFailed || !strings.Contains(got.err, test.want) {
				t.Errorf("got %+v, want exit code 1 and %q", got, test.want)
			}
			if name == "stale ready file" {
				if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
					t.Error("a ready file of an earlier run was left to lie")
				}
			}
		})
	}
}
