package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// startLimit bounds building a plugin or starting a Vault, on a busy machine.
const startLimit = 5 * time.Minute

// atOnce is how many tests run at once. They wait for schedules, timeouts and processes, so the number of processors,
// which is Go's choice, says nothing about how many fit.
const atOnce = "24"

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	code := m.Run()
	for _, fault := range shared.end() {
		fmt.Fprintln(os.Stderr, "FAIL: after all tests:", fault)
		code = 1
	}
	return code
}

// sharing is what several tests use and the first of them makes, so that listing tests starts nothing.
type sharing struct {
	mu    sync.Mutex
	dir   string           // of the binaries
	built map[string]build // by version
	vault *vaultdev.Server
}

// build is what building a version came to. A failure is remembered too: the next test would only wait for the same.
type build struct {
	binary string
	err    error
}

var shared = sharing{built: map[string]build{}}

// binary builds a version of the plugin once.
func (s *sharing) binary(version string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.build(version)
}

func (s *sharing) build(version string) (string, error) {
	done, found := s.built[version]
	if !found {
		done = s.buildNow(version)
		s.built[version] = done
	}
	return done.binary, done.err
}

func (s *sharing) buildNow(version string) build {
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "e2e-")
		if err != nil {
			return build{err: fmt.Errorf("make a directory for the plugins: %w", err)}
		}
		s.dir = dir
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	binary, err := buildPlugin(ctx, s.dir, version)
	return build{binary, err}
}

// server starts the Vault that most tests share, once.
func (s *sharing) server() (*vaultdev.Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.vault != nil {
		return s.vault, nil
	}
	binary, err := s.build(firstVersion)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	server, err := equipped(ctx, vaultdev.StartDev, binary)
	s.vault = server
	return server, err
}

// end stops what was shared and says what is wrong with what it left.
func (s *sharing) end() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var faults []string
	if s.vault != nil {
		faults = leftovers(s.vault)
		if err := s.vault.Close(); err != nil {
			faults = append(faults, err.Error())
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		faults = append(faults, err.Error())
	}
	return faults
}
