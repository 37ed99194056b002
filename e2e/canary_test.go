package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// TestCanaryShowsNowhere sends passwords to the right fields and to every wrong one, and searches everything that came
// out. Vault's log has the plugin's log in it and runs at level trace; the audit file hashes what it can.
func TestCanaryShowsNowhere(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartDev)
	m, pod := canaryMount(t, server)
	m.heard = &transcript{}
	c := newCanaries()

	password := useRightly(t, server, m, pod)
	for _, s := range c.slips(pod, m) {
		got := s.send()
		if !s.wanted(got.status) {
			t.Errorf("%s: status %d, want %d: %s", got.what, got.status, s.want, got.raw)
		}
	}
	m.read("creds/gl").want(http.StatusOK).has(fields{"credential_version": 1})
	m.read("creds/right").want(http.StatusOK).has(fields{"password": password})

	log, audit, answers := readAll(t, server.LogPath()), readAll(t, auditPath(server)), m.heard.bytes()
	for name, searched := range map[string]struct {
		where []byte
		what  []string
	}{
		"an answer": {answers, append(c.numberForms(), mark, c.name, c.query)},
		"the log":   {log, append(c.numberForms(), mark, c.name, c.query)},
		// Vault hashes the values of a request's body. The names of fields and the query of a read stand in the audit
		// file as they were sent; that is Vault's design, and no plugin can change it.
		"the audit file": {audit, append(c.numberForms(), mark)},
	} {
		for _, what := range searched.what {
			for _, found := range sightings(searched.where, what) {
				t.Errorf("%s shows what was sent: %s", name, found)
			}
		}
	}
	for what, contains := range map[string]bool{
		"the transcript has answers": bytes.Contains(answers, []byte("did you mean")) || bytes.Contains(answers, []byte("not known here")),
		"the log is at level trace":  bytes.Contains(log, []byte("[TRACE]")),
		"the audit file hashes":      bytes.Contains(audit, []byte("hmac-sha256:")),
	} {
		if !contains {
			t.Errorf("not true, so that nothing is proved: %s", what)
		}
	}
	wantHashed(t, audit, m.path)
}

// canaryMount is a mount with a proved integration "gl" over a pod with an identity domain.
func canaryMount(t *testing.T, server *vaultdev.Server) (mount, *oraclesim.Server) {
	t.Helper()
	password := newPassword()
	pod, err := oraclesim.Start(oraclesim.Config{Domain: true, Users: []oraclesim.User{{Name: user, Password: password}}})
	mustDo(t, err)
	t.Cleanup(pod.Close)
	m := newMount(t, server, "")
	m.write("integrations/gl", integration(pod, user, password)).want(http.StatusOK)
	return m, pod
}

// useRightly does with a password what is done with passwords, failures included.
func useRightly(t *testing.T, server *vaultdev.Server, m mount, pod *oraclesim.Server) (password string) {
	t.Helper()
	password = newPassword()
	if err := pod.Pod().AddUser(oraclesim.User{Name: "API_RIGHT", Password: password}); err != nil {
		t.Fatal(err)
	}
	m.write("integrations/right", integration(pod, "API_RIGHT", password)).want(http.StatusOK)
	m.read("creds/right").want(http.StatusOK).has(fields{"password": password})
	m.read("connector/right").want(http.StatusOK).has(fields{"oracle-financials-password": password})
	for _, fault := range []oraclesim.Fault{
		{Kind: oraclesim.FaultReset, Count: 1},
		{Kind: oraclesim.FaultTruncated, Count: 1},
		{Kind: oraclesim.FaultRedirect, Location: "https://sso.example.com/", Count: 1},
		{Kind: oraclesim.FaultSSOPage, Count: 1},
	} {
		fault.User = "API_RIGHT"
		inject(t, pod, fault)
		awaitLost(t, m, "right") // a login that was not answered bars the next one for a moment
	}
	// A process that dies with a login under way.
	inject(t, pod, oraclesim.Fault{Kind: oraclesim.FaultHang, User: "API_RIGHT", Count: 1})
	done := make(chan answer)
	sent := len(pod.Pod().Requests())
	go func() { done <- m.write("check/right", nil) }()
	await(t, 10*time.Second, "the login", func() bool { return len(pod.Pod().Requests()) > sent })
	killPlugin(t, server)
	<-done
	firstAfterKill(t, func() answer { return m.read("status/right") }).want(http.StatusOK)
	useDirectories(m, pod)
	for _, path := range []string{"integrations/right", "directories/fusion", "directories/domain", "history/right", "status/right", "report", "info", "config"} {
		m.read(path).want(http.StatusOK)
	}
	m.list("status").want(http.StatusOK)
	return password
}

// useDirectories does with an administrator's password and a client's secret what is done with them.
func useDirectories(m mount, pod *oraclesim.Server) {
	m.t.Helper()
	admin, key := newPassword(), newPassword()
	mustDo(m.t, pod.Pod().AddUser(oraclesim.User{Name: adminUser, Password: admin, IdentityAdmin: true}))
	mustDo(m.t, pod.Pod().AddClient(oraclesim.Client{ID: clientID, Secret: key}))
	m.write("directories/fusion", fusionDirectory(pod, newPassword())).want(http.StatusBadRequest)
	m.write("directories/domain", domainDirectory(pod, newPassword())).want(http.StatusBadRequest)
	m.write("directories/fusion", fusionDirectory(pod, admin).with(fields{"verify_connection": false})).want(http.StatusOK)
	m.write("directories/domain", domainDirectory(pod, key).with(fields{"verify_connection": false})).want(http.StatusOK)
	for _, name := range []string{"fusion", "domain"} {
		m.patch("integrations/right", fields{"directory": name}).want(http.StatusOK)
		m.write("check/right", nil).want(http.StatusOK)
	}
}

// wantHashed looks at what the audit file has of the answers that show a password.
func wantHashed(t *testing.T, audit []byte, path string) {
	t.Helper()
	seen := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(audit))
	lines.Buffer(nil, len(audit)+1)
	for lines.Scan() {
		var entry struct {
			Type    string
			Request struct {
				Path, Operation string
				Data            map[string]any
			}
			Response struct{ Data map[string]any }
		}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatalf("the audit file has a line that is not JSON: %v", err)
		}
		for data, name := range map[*map[string]any]string{
			&entry.Request.Data: "request", &entry.Response.Data: "response",
		} {
			for field, value := range *data {
				secret := strings.HasSuffix(field, "password") || field == "client_secret"
				if !secret || value == nil {
					continue
				}
				text, isText := value.(string)
				if hashed := strings.HasPrefix(text, "hmac-sha256:"); isText && !hashed {
					t.Errorf("the %s of %s has %s in clear", name, entry.Request.Path, field)
				} else if hashed {
					seen[strings.TrimPrefix(entry.Request.Path, path+"/")+" "+name] = true
				}
			}
		}
	}
	for _, what := range []string{"creds/right response", "connector/right response", "integrations/right request", "directories/fusion request", "directories/domain request"} {
		if !seen[what] {
			t.Errorf("the audit file has no hashed password of %s: %v", what, seen)
		}
	}
}

func readAll(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(fmt.Errorf("read what is to be searched: %w", err))
	}
	return raw
}
