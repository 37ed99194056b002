package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"
)

const (
	// agentInterval is the shortest that the agent's configuration takes.
	agentInterval = time.Second
	// tellLimit is several intervals on a busy machine: within it, what the engine knows has to be in the metrics.
	tellLimit = 3 * time.Minute
	// askLimit is for one answer of the agent, which has it in memory.
	askLimit = 10 * time.Second
)

// agentProgram builds the agent once.
func (s *sharing) agentProgram(t *testing.T) string {
	t.Helper()
	binary, err := shared.binary(firstVersion) // makes the directory
	mustDo(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	done, found := s.built["agent"]
	if !found {
		done.binary = filepath.Join(filepath.Dir(binary), "oracle-financials-agent")
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), startLimit)
		defer cancel()
		args := append(append([]string{"build"}, raceFlag...), "-o", done.binary, "../cmd/oracle-financials-agent")
		if said, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
			done.err = fmt.Errorf("build the agent: %w\n%s", err, said)
		}
		s.built["agent"] = done
	}
	mustDo(t, done.err)
	return done.binary
}

// agentProcess is an agent that runs.
type agentProcess struct {
	t      *testing.T
	dir    string // of its configuration, secrets and log
	url    string
	mount  string
	cmd    *exec.Cmd
	exited chan error

	logFile *os.File
}

// agentFor is the configuration of an agent, without how it logs in, and the directory for its files.
func agentFor(m mount) *agentProcess {
	m.t.Helper()
	shared.agentProgram(m.t) // it may take minutes, in which the address below would be somebody else's
	return &agentProcess{t: m.t, dir: m.t.TempDir(), mount: m.path, url: "http://" + freeAddress(m.t)}
}

// configure writes its configuration file.
func (a *agentProcess) configure(address, auth string) {
	a.t.Helper()
	a.keep("agent.yaml", fmt.Sprintf("vault:\n  address: %s\n  auth: %s\nmounts: [%s]\ninterval: %s\nlisten: %s\n",
		address, auth, a.mount, agentInterval, strings.TrimPrefix(a.url, "http://")))
}

// keep writes a file of the agent, at once as a whole.
func (a *agentProcess) keep(name, text string) (path string) {
	a.t.Helper()
	path = filepath.Join(a.dir, name)
	mustDo(a.t, os.WriteFile(path+".new", []byte(text), 0o600))
	mustDo(a.t, os.Rename(path+".new", path))
	return path
}

// start runs the daemon until the test ends. Its log must hold no password and no token.
func (a *agentProcess) start() {
	a.t.Helper()
	log, err := os.Create(filepath.Join(a.dir, "log"))
	mustDo(a.t, err)
	a.launch(log)
	a.t.Cleanup(func() { a.end(log) })
}

func (a *agentProcess) launch(log *os.File) {
	a.t.Helper()
	a.logFile = log
	a.cmd = exec.Command(shared.agentProgram(a.t), "run", "--config", filepath.Join(a.dir, "agent.yaml"))
	a.cmd.Env, a.cmd.Stdout, a.cmd.Stderr = []string{"HOME=" + a.dir}, log, log
	a.exited = make(chan error, 1)
	mustDo(a.t, a.cmd.Start())
	exited := a.exited
	go func(cmd *exec.Cmd) { exited <- cmd.Wait() }(a.cmd)
}

// kill ends it at once, and launches it again after what happens meanwhile.
func (a *agentProcess) kill(meanwhile func()) {
	a.t.Helper()
	mustDo(a.t, a.cmd.Process.Kill())
	if err := <-a.exited; err == nil {
		a.t.Error("the agent ended by itself before it was killed")
	}
	meanwhile()
	a.launch(a.logFile)
}

func (a *agentProcess) end(log *os.File) {
	_ = a.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-a.exited:
		if err != nil {
			a.t.Errorf("the agent ended with %v", err)
		}
	case <-time.After(tellLimit):
		a.t.Error("the agent does not end when it is told to")
		_ = a.cmd.Process.Kill()
	}
	_ = log.Close()
	said := a.log()
	for _, found := range append(sightings([]byte(said), mark), sightings([]byte(said), "hvs.")...) {
		a.t.Errorf("the agent's log shows a secret: %s", found)
	}
	if strings.Contains(said, "DATA RACE") {
		a.t.Errorf("the race detector found, in the agent:\n%s", said)
	}
	if a.t.Failed() {
		a.t.Logf("the agent's log:\n%s", said)
	}
}

func (a *agentProcess) log() string { return string(readAll(a.t, filepath.Join(a.dir, "log"))) }

// command runs one command of the agent as a scheduler would, and gives its exit code and output.
func (a *agentProcess) command(args ...string) (code int, stdout string) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), startLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, shared.agentProgram(a.t), append(args, "--config", filepath.Join(a.dir, "agent.yaml"))...)
	var out, complaint bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = []string{"HOME=" + a.dir}, &out, &complaint
	err := cmd.Run()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		a.t.Fatalf("run the agent: %v", err)
	}
	for _, found := range sightings(append(out.Bytes(), complaint.Bytes()...), mark) {
		a.t.Errorf("%q shows a password: %s", args, found)
	}
	return cmd.ProcessState.ExitCode(), out.String() + complaint.String()
}

// wantExit runs a command and holds its exit code.
func (a *agentProcess) wantExit(want int, args ...string) (output string) {
	a.t.Helper()
	code, output := a.command(args...)
	if code != want {
		a.t.Errorf("%q exits with %d, want %d:\n%s", args, code, want, output)
	}
	return output
}

// get asks the agent over HTTP. No answer is status 0.
func (a *agentProcess) get(path string) (status int, body string) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), askLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+path, nil)
	mustDo(a.t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	mustDo(a.t, err)
	return response.StatusCode, string(read)
}

// wantShown holds that a page shows all of this, in whatever case.
func (a *agentProcess) wantShown(path string, want ...string) {
	a.t.Helper()
	status, body := a.get(path)
	for _, text := range want {
		if status != http.StatusOK || !strings.Contains(strings.ToLower(body), strings.ToLower(text)) {
			a.t.Errorf("%s answers %d and does not show %q:\n%s", path, status, text, body)
		}
	}
}

// awaitMetric waits for a sample: a metric with its labels but the mount, and its value.
func (a *agentProcess) awaitMetric(name, labels, value string) {
	a.t.Helper()
	line := fmt.Sprintf("oracle_financials_%s{mount=%q%s} %s\n", name, a.mount, labels, value)
	var last string
	defer func() {
		if !strings.Contains(last, line) {
			a.t.Logf("the agent's metrics were:\n%s", last)
		}
	}()
	await(a.t, tellLimit, "the metric "+line, func() bool {
		_, last = a.get("/metrics")
		return strings.Contains(last, line)
	})
}

// awaitState waits until the metrics show an integration in this state and in no other.
func (a *agentProcess) awaitState(name, state string) {
	a.t.Helper()
	a.awaitMetric("credential_state", fmt.Sprintf(`,name=%q,state=%q`, name, state), "1")
	_, all := a.get("/metrics")
	in := 0
	for line := range strings.Lines(all) {
		if strings.HasPrefix(line, "oracle_financials_credential_state{") && strings.Contains(line, fmt.Sprintf(`name=%q`, name)) && strings.HasSuffix(line, " 1\n") {
			in++
		}
	}
	if in != 1 {
		a.t.Errorf("%s is in %d states at once", name, in)
	}
}

// awaitLog waits for a line of the agent's log.
func (a *agentProcess) awaitLog(text string) {
	a.t.Helper()
	await(a.t, tellLimit, "the log to say "+text, func() bool { return strings.Contains(a.log(), text) })
}

// appRole lets the agent log in with the shipped policy, and returns its configuration of that.
func (a *agentProcess) appRole(m mount) string {
	a.t.Helper()
	ctx, logical, path := a.t.Context(), m.client.Logical(), m.path+"-approle"
	mustDo(a.t, m.client.Sys().EnableAuthWithOptionsWithContext(ctx, path, &api.EnableAuthOptions{Type: "approle"}))
	mustDo(a.t, m.client.Sys().PutPolicyWithContext(ctx, path, m.shipped(agentPolicy)))
	role := "auth/" + path + "/role/agent"
	_, err := logical.WriteWithContext(ctx, role, fields{"token_policies": path, "token_no_default_policy": false, "token_ttl": "1h"})
	mustDo(a.t, err)
	id, err := logical.ReadWithContext(ctx, role+"/role-id")
	mustDo(a.t, err)
	secret, err := logical.WriteWithContext(ctx, role+"/secret-id", nil)
	mustDo(a.t, err)
	file := a.keep("secret-id", fmt.Sprint(secret.Data["secret_id"]))
	return fmt.Sprintf("{method: approle, mount: %s, role_id: %s, secret_id_file: %s}", path, id.Data["role_id"], file)
}

// freeAddress is one on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	mustDo(t, err)
	defer listener.Close()
	return listener.Addr().String()
}
