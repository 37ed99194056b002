package stage_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/scripts/stage"
)

// childVariable makes the test binary open a stage, print the two addresses, and wait to be killed.
const childVariable = "STAGE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	s, err := stage.Open(context.Background(), "test")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n%s\n", s.VaultAddress(), s.OracleURL())
	os.Stdout.Close()
	select {}
}

// TestTwoAtOnce: whoever comes second finds the simulator's usual ports taken, and steers his own all the same.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	var urls []string
	for _, ahead := range []time.Duration{24 * time.Hour, 48 * time.Hour} {
		s, err := stage.Open(t.Context(), "test")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		urls = append(urls, s.OracleURL())
		result, err := s.Run(t.Context(), s.Oracle("clock advance "+ahead.String()))
		if err != nil || result.Code != 0 {
			t.Fatalf("%+v, %v", result, err)
		}
		shown, err := time.Parse(time.RFC3339, strings.TrimSpace(result.Stdout))
		if off := time.Until(shown) - ahead; err != nil || off.Abs() > time.Hour {
			t.Errorf("the pod's clock shows %s, want it %s ahead: it was moved before, or is another's", result.Stdout, ahead)
		}
	}
	if urls[0] == urls[1] {
		t.Errorf("both pods are %s", urls[0])
	}
}

func TestOpenFails(t *testing.T) {
	t.Setenv("VAULT_BIN", "/nowhere/vault")
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	if _, err := stage.Open(t.Context(), "test"); err == nil || !strings.Contains(err.Error(), "VAULT_BIN=/nowhere/vault") {
		t.Errorf("the error is %v, want one that names VAULT_BIN", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestKilled: a process that is killed cannot clean up; what it started ends all the same.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "stage") // short, because sockets are in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childVariable+"=1", "TMPDIR="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	addresses, err := io.ReadAll(out)
	if err != nil || strings.Count(string(addresses), "\n") != 2 {
		t.Fatalf("it printed %q, %v", addresses, err)
	}
	if err := child.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	for address := range strings.FieldsSeq(string(addresses)) {
		awaitClosed(t, address[strings.Index(address, "//")+2:])
	}
}

func awaitClosed(t *testing.T, hostPort string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", hostPort)
		if err != nil {
			return
		}
		conn.Close()
		if time.Now().After(deadline) {
			t.Fatalf("something still listens on %s", hostPort)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
