package vaultdev

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
)

// startAttempts is how often a new port is tried: between finding a free one and Vault's taking it, another may.
const startAttempts = 3

// StartDev starts a Vault in dev mode: unsealed, in memory, ready in about a second. The context bounds the start; the
// server then runs until Close.
func StartDev(ctx context.Context, opts Options) (*Server, error) {
	return startAnyPort(ctx, opts, startDev)
}

func startDev(ctx context.Context, s *Server, opts Options) error {
	addresses, err := freeAddresses(ctx, 1)
	if err != nil {
		return err
	}
	config, err := s.layout.writeConfig(s.layout.baseConfig(opts))
	if err != nil {
		return err
	}
	token := "root-" + rand.Text()
	s.args = []string{
		"server", "-dev", "-dev-no-store-token", "-dev-no-kv", "-config=" + config,
		"-dev-listen-address=" + addresses[0], "-dev-root-token-id=" + token,
	}
	if err := s.connect(addresses[0]); err != nil {
		return err
	}
	s.setRootToken(token)
	if err := s.launch(ctx); err != nil {
		return err
	}
	return s.waitFor(ctx, "ready", s.active)
}

// startAnyPort runs start, and once more with other ports if one was taken meanwhile.
func startAnyPort(ctx context.Context, opts Options, start func(context.Context, *Server, Options) error) (*Server, error) {
	for attempt := 1; ; attempt++ {
		s, err := newServer(ctx, opts)
		if err != nil {
			return nil, err
		}
		err = start(ctx, s, opts)
		if err == nil {
			return s, nil
		}
		if s.current() != nil {
			err = errors.Join(err, s.Kill())
		}
		log, _ := os.ReadFile(s.LogPath()) // without one the error has to do
		err = errors.Join(err, s.layout.remove())
		if attempt == startAttempts || !strings.Contains(err.Error()+string(log), "address already in use") {
			return nil, fmt.Errorf("start vault: %w", err)
		}
	}
}
