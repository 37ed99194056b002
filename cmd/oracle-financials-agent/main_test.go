package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the program says into the scripts, to be read before it is kept")

// canary is the token of every script: it must not come out anywhere.
const canary = "hvs.canaryOfTheScripts"

// patience is how long a script waits for something that the program does by itself.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){program: main})
}

// TestScripts runs the program as a process of its own, against a Vault that answers from the files of the script.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Setup:         setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"agent": agentExits, "dated": dated, "asked": asked, "get": get, "signal": signalled, "told": told, "quiet": quiet,
			"filled": filled, "taken": taken, "fails": fails,
		},
	})
}

// setUp gives a script its Vault, and an environment that says nothing but where that is.
func setUp(env *testscript.Env) error {
	vault := newVault(filepath.Join(env.WorkDir, "vault"))
	env.Defer(vault.Close)
	env.Values[vaultKey{}] = vault
	env.Setenv("VAULT_ADDR", vault.URL)
	env.Setenv("VAULT_TOKEN", canary)
	env.Setenv("CANARY", canary)
	shipped, err := filepath.Abs(filepath.Join("..", "..", "deploy", "policies", "agent.hcl"))
	if err != nil {
		return err
	}
	env.Setenv("SHIPPED", shipped)
	home := filepath.Join(env.WorkDir, "home")
	env.Setenv("HOME", home)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	env.Setenv("LISTEN", listener.Addr().String())
	if err := listener.Close(); err != nil {
		return err
	}
	listenAsReceivers(env)
	return errors.Join(os.MkdirAll(home, 0o700), listenAsSystemd(env))
}

// agentExits runs the program and wants an exit code: agent 2 status. Neither output may hold the token.
func agentExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(program, args[1:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if strings.Contains(ts.ReadFile(stream), canary) {
			ts.Fatalf("%s has the token", stream)
		}
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d\nstdout: %s\nstderr: %s", code, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

var (
	stamps = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	dates  = regexp.MustCompile(`\d{4}-\d\d-\d\d`)
)

// dated writes an output into the file said, with YYYY-MM-DD for every date, so that it can be compared.
func dated(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	text = strings.ReplaceAll(text, ts.Getenv("VAULT_ADDR"), "VAULT")
	text = dates.ReplaceAllString(stamps.ReplaceAllString(text, "STAMP"), "YYYY-MM-DD")
	ts.Check(os.WriteFile(ts.MkAbs("said"), []byte(text), 0o600))
}

// quiet wants an output to be empty.
func quiet(ts *testscript.TestScript, _ bool, args []string) {
	if text := ts.ReadFile(args[0]); text != "" {
		ts.Fatalf("%s is not empty: %s", args[0], text)
	}
}

// asked wants that Vault was asked, or with ! was not, for what a pattern fits; with a number first, so often.
func asked(ts *testscript.TestScript, neg bool, args []string) {
	vault, _ := ts.Value(vaultKey{}).(*vault)
	requests := vault.requests()
	times := len(regexp.MustCompile("(?m)"+args[len(args)-1]).FindAllString(requests, -1))
	switch {
	case len(args) == 2 && args[0] != strconv.Itoa(times):
		ts.Fatalf("asked %d times, want %s:\n%s", times, args[0], requests)
	case len(args) == 1 && neg == (times > 0):
		ts.Fatalf("asked %d times:\n%s", times, requests)
	}
}

// get waits until the daemon answers a path with a status, and, where texts are given, with them in the answer, which it
// keeps as the file got.
func get(ts *testscript.TestScript, _ bool, args []string) {
	until(ts, "GET "+args[0]+" answers "+args[1], func() bool {
		answer, err := http.Get("http://" + ts.Getenv("LISTEN") + args[0])
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		ts.Check(os.WriteFile(ts.MkAbs("got"), body, 0o600))
		lacks := func(text string) bool { return !strings.Contains(string(body), text) }
		return err == nil && strconv.Itoa(answer.StatusCode) == args[1] && !slices.ContainsFunc(args[2:], lacks)
	})
}

// signalled sends the program in the background a signal.
func signalled(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]syscall.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM, "INT": syscall.SIGINT}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(signals[args[0]]))
	}
}

type systemdKey struct{}

func listenUnixgram(path string) (*net.UnixConn, error) {
	return net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
}

// listenAsSystemd gives the script a socket as systemd has it; what arrives can be asked for with told.
func listenAsSystemd(env *testscript.Env) error {
	folder, err := os.MkdirTemp("", "sd") // the path of a socket has to be short
	if err != nil {
		return err
	}
	path := filepath.Join(folder, "notify")
	socket, err := listenUnixgram(path)
	if err != nil {
		return err
	}
	env.Defer(func() { socket.Close(); _ = os.RemoveAll(folder) })
	env.Values[systemdKey{}] = socket
	env.Setenv("SYSTEMD", path)
	return nil
}

// told waits for a message to systemd that a pattern fits.
func told(ts *testscript.TestScript, _ bool, args []string) {
	socket, _ := ts.Value(systemdKey{}).(*net.UnixConn)
	pattern := regexp.MustCompile(args[0])
	heard := ""
	until(ts, fmt.Sprintf("systemd is told %s", args[0]), func() bool {
		buffer := make([]byte, 4096)
		ts.Check(socket.SetReadDeadline(time.Now().Add(patience)))
		n, err := socket.Read(buffer)
		heard += string(buffer[:n]) + "\n"
		return err == nil && pattern.Match(buffer[:n])
	})
}

// until waits for something that the program does by itself.
func until(ts *testscript.TestScript, what string, is func() bool) {
	for deadline := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("waited in vain: %s", what)
		}
	}
}
