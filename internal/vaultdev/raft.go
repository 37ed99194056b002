package vaultdev

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/vault/api"
)

// StartRaft starts a Vault that keeps its state on disk in a raft cluster of one, initializes it and unseals it. The
// context bounds the start; the server then runs until Close, through any number of Kill and Restart.
func StartRaft(ctx context.Context, opts Options) (*Server, error) {
	return startAnyPort(ctx, opts, startRaft)
}

func startRaft(ctx context.Context, s *Server, opts Options) error {
	addresses, err := freeAddresses(ctx, 2)
	if err != nil {
		return err
	}
	config, err := s.layout.writeConfig(raftConfig(s.layout, opts, addresses[0], addresses[1]))
	if err != nil {
		return err
	}
	s.args = []string{"server", "-config=" + config}
	if err := s.connect(addresses[0]); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return err
	}
	if err := s.waitFor(ctx, "listening", s.answering); err != nil {
		return err
	}
	keys, err := s.client.Sys().InitWithContext(ctx, &api.InitRequest{SecretShares: 1, SecretThreshold: 1})
	if err != nil {
		return fmt.Errorf("initialize vault: %w", err)
	}
	s.mu.Lock()
	s.unsealKey = keys.KeysB64[0]
	s.mu.Unlock()
	s.setRootToken(keys.RootToken)
	return s.Unseal(ctx)
}

// raftConfig is the configuration of one node.
func raftConfig(l layout, opts Options, apiAddress, clusterAddress string) map[string]any {
	config := l.baseConfig(opts)
	config["api_addr"] = "http://" + apiAddress
	config["cluster_addr"] = "https://" + clusterAddress
	config["listener"] = map[string]any{"tcp": map[string]any{
		"address":         apiAddress,
		"cluster_address": clusterAddress,
		"tls_disable":     true,
	}}
	config["storage"] = map[string]any{"raft": map[string]any{
		"path":    l.dataDir,
		"node_id": "node1",
		// Vault's default of 5 is for slow networks and makes every restart wait for it.
		"performance_multiplier": "1",
	}}
	return config
}

// Restart stops Vault if it runs, starts it again on the same files and ports, and unseals it.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.needsRaft(); err != nil {
		return err
	}
	if err := s.current().stop(stopGrace); err != nil {
		return err
	}
	s.transport.CloseIdleConnections()
	if err := s.launch(ctx); err != nil {
		return err
	}
	if err := s.waitFor(ctx, "listening", s.answering); err != nil {
		return err
	}
	return s.Unseal(ctx)
}

// Seal seals Vault, which ends its plugins, and returns when it is sealed.
func (s *Server) Seal(ctx context.Context) error {
	if err := s.needsRaft(); err != nil {
		return err
	}
	if err := s.client.Sys().SealWithContext(ctx); err != nil {
		return fmt.Errorf("seal vault: %w", err)
	}
	return s.waitFor(ctx, "sealed", func(ctx context.Context) error {
		health, err := s.client.Sys().HealthWithContext(ctx)
		if err != nil {
			return fmt.Errorf("ask vault's health: %w", err)
		}
		if !health.Sealed {
			return errors.New("vault is still unsealed")
		}
		return nil
	})
}

// Unseal unseals Vault with the key it was initialized with, and returns when it is the active node.
func (s *Server) Unseal(ctx context.Context) error {
	if err := s.needsRaft(); err != nil {
		return err
	}
	s.mu.Lock()
	key := s.unsealKey
	s.mu.Unlock()
	if _, err := s.client.Sys().UnsealWithContext(ctx, key); err != nil {
		return fmt.Errorf("unseal vault: %w", err)
	}
	return s.waitFor(ctx, "active", s.active)
}

// answering says whether Vault listens, sealed or not.
func (s *Server) answering(ctx context.Context) error {
	if _, err := s.client.Sys().HealthWithContext(ctx); err != nil {
		return fmt.Errorf("ask vault's health: %w", err)
	}
	return nil
}

func (s *Server) needsRaft() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsealKey == "" {
		return errors.New("a dev server keeps nothing and is never sealed: use StartRaft")
	}
	return nil
}
