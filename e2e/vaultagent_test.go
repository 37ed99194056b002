package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	// renderInterval is what the tests put in place of the minute of the examples, and asInExamples that minute.
	renderInterval = `static_secret_render_interval = "2s"`
	asInExamples   = `static_secret_render_interval = "1m"`
	// renderLimit is renderInterval, and what a busy machine takes to write a file and start a program.
	renderLimit = 2*time.Second + 30*time.Second
)

// held is the credential that a consumer has handed to an application.
type held struct {
	URL      string `json:"rest_api_url"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// heldIn reads it from the file that docs/examples/vault-agent/gl-prod.ctmpl makes. Until there is one, it is empty.
func heldIn(t *testing.T, path string) (h held) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return held{}
	}
	// A file that is written whole is never half.
	if err := json.Unmarshal(raw, &h); err != nil {
		t.Errorf("%s is no whole JSON: %v", filepath.Base(path), err)
	}
	return h
}

// worker logs in to Oracle with what it was handed, without a pause, and asks nobody whether that is still good.
type worker struct {
	t      *testing.T
	pod    *oraclesim.Server
	client *http.Client
	now    func() held

	mu      sync.Mutex
	logins  int
	refused []string // user names
}

// work starts a worker, until the test ends. now is what it holds.
func work(t *testing.T, pod *oraclesim.Server, now func() held) *worker {
	t.Helper()
	w := &worker{t: t, pod: pod, client: podClient(t, pod), now: now}
	var running sync.WaitGroup
	done := make(chan struct{})
	running.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(readEvery):
				if h := now(); h.Password != "" {
					w.login(h)
				}
			}
		}
	})
	t.Cleanup(func() {
		close(done)
		running.Wait()
	})
	return w
}

func (w *worker) login(h held) {
	request, err := http.NewRequest(http.MethodGet, h.URL+"ledgersLOV?limit=1", nil)
	if err != nil {
		w.t.Error(err)
		return
	}
	request.SetBasicAuth(h.Username, h.Password)
	response, err := w.client.Do(request)
	if err != nil {
		return
	}
	_ = response.Body.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logins++
	if response.StatusCode != http.StatusOK {
		w.refused = append(w.refused, h.Username)
	}
}

// awaitCurrent waits until the worker holds what creds serves.
func (w *worker) awaitCurrent(m mount, limit time.Duration) {
	w.t.Helper()
	want := m.read("creds/gl").want(http.StatusOK)
	await(w.t, limit, "the application to hold version "+want.text("credential_version"), func() bool {
		h := w.now()
		return h.Username == want.text("username") && h.Password == want.text("password")
	})
}

// wantNoneRefused fails if Oracle refused a login, or saw none.
func (w *worker) wantNoneRefused() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.refused) > 0 || w.logins == 0 {
		w.t.Errorf("of %d logins of the application %d were refused, want none: %q", w.logins, len(w.refused), w.refused)
	}
	w.t.Logf("%d logins, none refused", w.logins)
}

// rotateUnderWorker rotates so many times, each time after the worker holds what the rotation before brought.
func (m mount) rotateUnderWorker(w *worker, rotations int) {
	m.t.Helper()
	w.awaitCurrent(m, startLimit)
	for n := range rotations {
		began := time.Now()
		m.write("rotate/gl", nil).want(http.StatusOK).has(fields{"credential_version": n + 2, "rotation_phase": "idle"})
		w.awaitCurrent(m, renderLimit)
		m.t.Logf("rotation %d was with the application after %s", n+1, time.Since(began).Round(time.Millisecond))
	}
}

// A pair's credential stays good until the rotation after the one that replaces it, so that a file which is written again
// in between never holds a dead password.
func TestVaultAgentRendersAPairAndNeverADeadPassword(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	m, pod := newMount(t, server, ""), startRotatingPod(t, oraclesim.Switches{})
	m.addRotating(pod, "gl", asPair)
	p := newVaultProgram(m)
	p.example(server, "vault-agent/gl-prod.ctmpl")
	p.start("agent", p.example(server, "vault-agent/agent.hcl", asInExamples, renderInterval))
	w := work(t, pod, func() held { return heldIn(t, filepath.Join(p.dir, "credential.json")) })
	m.rotateUnderWorker(w, rounds(t, "SOAK_ROTATIONS", 5))
	w.wantNoneRefused()
}

// A supervised program is started once with each credential. Here it is a shell that notes what it was started with.
func TestVaultAgentRestartsAProgramWithTheNewCredential(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	m, pod := newMount(t, server, ""), startRotatingPod(t, oraclesim.Switches{})
	m.addRotating(pod, "gl", asPair)
	p := newVaultProgram(m)
	const rotations = 3
	notes := filepath.Join(p.dir, "notes")
	program := p.keep("application", "#!/bin/sh\n"+
		`echo "$ORACLE_FINANCIALS_SERVER_URL $ORACLE_FINANCIALS_USERNAME $ORACLE_FINANCIALS_PASSWORD" >>`+notes+"\nexec sleep 3600\n")
	mustDo(t, os.Chmod(program, 0o700))
	p.start("agent", p.example(server, "vault-agent/supervisor.hcl", asInExamples, renderInterval, "/usr/local/bin/gl-application", program))
	starts := func() []string {
		raw, _ := os.ReadFile(notes) // none before the first start
		return strings.FieldsFunc(string(raw), func(r rune) bool { return r == '\n' })
	}
	w := work(t, pod, func() held {
		all := starts()
		if len(all) == 0 {
			return held{}
		}
		handed := strings.Fields(all[len(all)-1])
		if len(handed) != 3 {
			return held{} // being written
		}
		return held{URL: handed[0] + "/fscmRestApi/resources/latest/", Username: handed[1], Password: handed[2]}
	})
	m.rotateUnderWorker(w, rotations)
	w.wantNoneRefused()
	if n := len(starts()); n != 1+rotations {
		t.Errorf("the program was started %d times, want once and once for each of %d rotations", n, rotations)
	}
}

// With a schedule, the credential's ttl says when to read again, whatever the configuration does: here an hour, in which
// the engine rotates dozens of times. The shortest ttl is a minute, so this takes two.
func TestVaultAgentFollowsTheScheduleByTTL(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	m, pod := newMount(t, server, ""), startRotatingPod(t, oraclesim.Switches{})
	m.addRotating(pod, "gl", asPair)
	m.write("policies/minutely", fields{"rotation_period": "1m"}).want(http.StatusNoContent)
	m.patch("integrations/gl", fields{"policy": "minutely"}).want(http.StatusOK)
	p := newVaultProgram(m)
	p.example(server, "vault-agent/gl-prod.ctmpl")
	p.start("agent", p.example(server, "vault-agent/agent.hcl", asInExamples, `static_secret_render_interval = "1h"`))
	w := work(t, pod, func() held { return heldIn(t, filepath.Join(p.dir, "credential.json")) })
	await(t, startLimit, "the first file", func() bool { return w.now().Password != "" })
	for first, n := w.now(), 0; n < 2; n++ {
		await(t, 2*time.Minute+renderLimit, "the file after a scheduled rotation", func() bool { return w.now() != first })
		first = w.now()
	}
	w.wantNoneRefused()
}

// consul-template panics on a ttl that is a text. Everything that creds and connector answer is shown by a template
// here, with a schedule and without, and with a password that means something to JSON, templates and shells.
func TestVaultAgentTakesEveryFieldType(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	m := newMount(t, server, "")
	odd := newPassword() + "'$%{{x}}\"\\<&>`#"
	pod := startRotatingPod(t, oraclesim.Switches{})
	mustDo(t, pod.Pod().AddUser(oraclesim.User{Name: user, Password: odd}))
	m.write("integrations/gl", integration(pod, user, odd)).want(http.StatusOK).has(fields{"state": "ok"})
	m.addRotating(pod, "scheduled", throughFusion)
	m.write("policies/weekly", fields{"rotation_schedule": "0 3 * * 0"}).want(http.StatusNoContent)
	m.patch("integrations/scheduled", fields{"policy": "weekly"}).want(http.StatusOK)

	p := newVaultProgram(m, "scheduled")
	var config strings.Builder
	for _, path := range []string{"creds/gl", "creds/scheduled", "connector/gl"} {
		name := strings.ReplaceAll(path, "/", "-")
		config.WriteString("template {\n  contents = \"{{ with secret \\\"" + m.path + "/" + path + "\\\" }}{{ .Data | toJSON }}" +
			"{{ range $name, $value := .Data }}{{ $name | len }}{{ printf \\\"%v\\\" $value | len }}{{ end }}{{ end }}\"\n" +
			"  destination = \"" + filepath.Join(p.dir, name) + "\"\n}\n")
	}
	p.example(server, "vault-agent/gl-prod.ctmpl")
	p.start("agent", p.example(server, "vault-agent/agent.hcl", asInExamples, renderInterval), p.keep("every-field.hcl", config.String()))
	for _, path := range []string{"creds/gl", "creds/scheduled", "connector/gl"} {
		want, file := m.read(path).want(http.StatusOK), filepath.Join(p.dir, strings.ReplaceAll(path, "/", "-"))
		await(t, startLimit, "the file of "+path, func() bool { _, err := os.Stat(file); return err == nil })
		var got map[string]any
		mustDo(t, json.NewDecoder(strings.NewReader(string(readAll(t, file)))).Decode(&got))
		for name := range want.Data {
			if _, found := got[name]; !found {
				t.Errorf("the template of %s does not show %s", path, name)
			}
		}
	}
	await(t, startLimit, "the file of the example", func() bool { return heldIn(t, filepath.Join(p.dir, "credential.json")).Password == odd })
}
