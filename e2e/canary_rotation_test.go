package e2e_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// odd are the only characters of the passwords that this test's password policy makes, so that each of them shows
// wherever it stands, also one that nobody ever gets to see: it was refused, or never proved.
const odd = "ZQXJzqxj73"

var oddRun = regexp.MustCompile("[" + odd + "]{16,}")

// TestNewPasswordsShowNowhere rotates in every way, through everything that can go wrong, and searches what came out,
// as TestCanaryShowsNowhere does.
func TestNewPasswordsShowNowhere(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartDev)
	m := newMount(t, server, "")
	m.heard = &transcript{}
	m.write("config", fields{"allowed_hosts": "localhost,127.0.0.1"}).want(http.StatusNoContent)
	m.oddPasswords()
	pod := startRotatingPod(t, oraclesim.Switches{})
	s := &spied{mount: m}
	s.killed(server, pod, m.addRotating(pod, "killed", throughDomain))
	var stories sync.WaitGroup
	for _, w := range ways() {
		r := m.addRotating(pod, string(w), w)
		stories.Go(func() { s.rotateThroughTrouble(pod, r) })
	}
	stories.Wait()
	s.echoed(pod)
	s.readAll()
	await(t, 2*answerLimit, "the rotation that was killed to be settled", func() bool {
		return s.read("status/killed").text("rotation_phase") == "idle"
	})
	s.collect("killed")

	if len(s.seen) < 12 {
		t.Errorf("the test saw %d new passwords, too few to prove anything", len(s.seen))
	}
	where := map[string][]byte{"an answer": m.heard.bytes(), "the log": readAll(t, server.LogPath()), "the audit file": readAll(t, auditPath(server))}
	for name, text := range where {
		for _, found := range oddRun.FindAll(text, -1) {
			t.Errorf("%s shows a new password: %s", name, found)
		}
		for password := range s.seen {
			for _, found := range sightings(text, password) {
				t.Errorf("%s shows a password that was served: %s", name, found)
			}
		}
	}
	for what, contains := range map[string]bool{
		"answers tell of rotations":     bytes.Contains(where["an answer"], []byte(`"rotation_phase":"sent"`)),
		"an answer was an echo":         bytes.Contains(where["an answer"], []byte("the answer repeats a credential")),
		"the log tells of rotations":    bytes.Contains(where["the log"], []byte("a password was promoted")),
		"the audit file has the reads":  bytes.Contains(where["the audit file"], []byte(m.path+"/creds/pair")),
		"the log tells of a lost reply": bytes.Contains(where["the log"], []byte("a rotation came to nothing")),
	} {
		if !contains {
			t.Errorf("not true, so that nothing is proved: %s", what)
		}
	}
}

// oddPasswords makes Vault draw every new password of the mount from the odd characters.
func (m mount) oddPasswords() {
	m.t.Helper()
	rules := "length = 30\n"
	for _, charset := range []string{odd[:4], odd[4:8], odd[8:]} {
		rules += fmt.Sprintf("rule \"charset\" {\n charset = %q\n min-chars = 2\n}\n", charset)
	}
	_, err := m.client.Logical().WriteWithContext(m.t.Context(), "sys/policies/password/"+m.path, map[string]any{"policy": rules})
	mustDo(m.t, err)
	m.write("policies/default", fields{"password_policy": m.path, "unlock_delay": 0}).want(http.StatusNoContent)
}

// spied is a mount whose new passwords a test collects, by the one path that shows them.
type spied struct {
	mount
	mu   sync.Mutex
	seen map[string]bool
}

func (s *spied) collect(name string) string {
	s.t.Helper()
	password := s.read("creds/" + name).text("password")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[password] = true
	return password
}

// readAll asks for everything that tells of the integrations.
func (s *spied) readAll() {
	s.t.Helper()
	for _, path := range []string{"report", "config", "info"} {
		s.read(path).want(http.StatusOK)
	}
	for _, w := range ways() {
		for _, path := range []string{"status/", "history/", "integrations/"} {
			s.read(path + string(w)).want(http.StatusOK)
		}
		if w != byItself {
			s.read("directories/" + string(w)).want(http.StatusOK)
		}
		s.collect(string(w))
	}
	s.list("status").want(http.StatusOK)
}

// rotateThroughTrouble rotates one integration while what can be lost is lost, and says wrong things to it.
func (s *spied) rotateThroughTrouble(pod *oraclesim.Server, r rotating) {
	s.t.Helper()
	sets := oraclesim.Fault{Method: http.MethodPatch, Path: "/hcmRestApi/scim/", Count: 1}
	switch r.way {
	case throughFusion, asPair:
		sets.User = "ADMIN_" + strings.ToUpper(r.name)
	case byItself:
		sets.User = r.users[0]
	case throughDomain:
		sets = oraclesim.Fault{Domain: true, Method: http.MethodPut, Path: "/admin/v1/UserPasswordChanger", User: "client-" + r.name, Count: 1}
	}
	first := s.collect(r.name)
	s.write("rotate/"+r.name, nil).want(http.StatusOK)
	second := s.collect(r.name)
	if second == first || !oddRun.MatchString(second) {
		s.t.Errorf("%s: the password was not made by this test's policy", r.name)
	}
	for _, kind := range []oraclesim.FaultKind{oraclesim.FaultLostReply, oraclesim.FaultReset, oraclesim.FaultStatus} {
		fault := sets
		if fault.Kind = kind; kind == oraclesim.FaultStatus {
			fault.Status, fault.Body = http.StatusServiceUnavailable, oraclesim.BodyPlain
		}
		inject(s.t, pod, fault)
		s.write("rotate/"+r.name, nil).want(http.StatusOK)
		s.meddle(r, second)
		await(s.t, answerLimit, "the rotation to be settled", func() bool {
			status := s.read("status/" + r.name).want(http.StatusOK)
			return status.text("rotation_phase") == "idle" && status.text("state") == "ok"
		})
		s.collect(r.name)
		s.write("rotate/"+r.name, nil).want(http.StatusOK)
		second = s.collect(r.name)
	}
	s.write("reconcile/"+r.name, fields{"action": "adopt", "password": second}).want(http.StatusOK)
	if r.way == throughFusion {
		s.write("directories/"+r.name+"/rotate", nil).want(http.StatusOK)
		s.write("rotate/"+r.name, nil).want(http.StatusOK)
	}
}

// meddle says to a rotation under way whatever somebody might.
func (s *spied) meddle(r rotating, password string) {
	s.t.Helper()
	for _, path := range []string{"status/", "history/", "integrations/", "connector/"} {
		s.read(path + r.name).want(http.StatusOK)
	}
	s.read("report").want(http.StatusOK)
	s.write("rotate/"+r.name, nil).want(http.StatusOK)
	s.write("integrations/"+r.name, fields{"password": password})
	for _, action := range []string{"use_pending", "use_previous"} {
		s.write("reconcile/"+r.name, fields{"action": action, "password": password}).want(http.StatusBadRequest)
	}
	s.write("sweep", fields{"dry_run": true}).want(http.StatusOK)
	s.write("reconcile/"+r.name, fields{"action": "use_pending"}) // refused as long as the request may be under way
}

// echoed has Oracle repeat in its refusal the password that it refuses.
func (s *spied) echoed(pod *oraclesim.Server) {
	s.t.Helper()
	echo := startEcho(s.t, pod)
	admin, password := newPassword(), newPassword()
	mustDo(s.t, pod.Pod().AddUser(oraclesim.User{Name: "ADMIN_ECHO", Password: admin, IdentityAdmin: true}))
	mustDo(s.t, pod.Pod().AddUser(oraclesim.User{Name: "API_ECHO", Password: password}))
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: echo.Certificate().Raw}))
	at := fields{"url": echo.URL, "username": "ADMIN_ECHO", "ca_cert": ca}
	s.write("directories/echo", fusionDirectory(pod, admin).with(at)).want(http.StatusOK)
	s.write("integrations/echo", fields{
		"server_url": echo.URL, "ca_cert": ca, "username": "API_ECHO", "password": password, "directory": "echo",
	}).want(http.StatusOK)
	s.write("rotate/echo", nil).want(http.StatusOK).says("not rotated")
	for _, path := range []string{"status/echo", "history/echo", "directories/echo", "report"} {
		s.read(path).want(http.StatusOK)
	}
}

// startEcho is a pod that refuses every new password, and repeats it in its error, in several forms.
func startEcho(t *testing.T, pod *oraclesim.Server) *httptest.Server {
	t.Helper()
	target, err := url.Parse(pod.URL())
	mustDo(t, err)
	forward := httputil.NewSingleHostReverseProxy(target)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pod.CACertPEM())
	forward.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}
	echo := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPatch {
			forward.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		var sent struct{ Password string }
		_ = json.Unmarshal(body, &sent)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		said := fmt.Sprintf("The password %q cannot be used (%s); nor %s, sent by %s", sent.Password, body, url.QueryEscape(sent.Password), r.Header.Get("Authorization"))
		_ = json.NewEncoder(w).Encode(map[string]any{"Errors": []any{map[string]any{"description": said, "code": "400"}}})
	}))
	t.Cleanup(echo.Close)
	return echo
}

// killed ends the plugin in the middle of a rotation.
func (s *spied) killed(server *vaultdev.Server, pod *oraclesim.Server, r rotating) {
	s.t.Helper()
	inject(s.t, pod, oraclesim.Fault{Kind: oraclesim.FaultSlow, Delay: 20 * time.Second, Method: http.MethodPut, Domain: true, Path: "/admin/v1/UserPasswordChanger", Count: 1})
	var inFlight sync.WaitGroup
	inFlight.Go(func() { s.write("rotate/"+r.name, nil) })
	awaitRequest(s.t, pod, 10*time.Second, "the new password to be sent", setsPassword)
	killPlugin(s.t, server)
	inFlight.Wait()
	firstAfterKill(s.t, func() answer { return s.read("status/" + r.name) }).want(http.StatusOK).has(fields{"rotation_phase": "sent"})
}
