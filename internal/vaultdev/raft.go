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
	return startRaftNode(ctx, s, opts, raftNode{id: "node1", api: addresses[0], cluster: addresses[1], advertised: addresses[1], patience: alone})
}

// raftNode is a Vault's place in its cluster. Addresses are without scheme, but for the leader's.
type raftNode struct {
	id         string
	api        string
	cluster    string // where it listens for the others
	advertised string // where it tells them to find it
	leader     string // which it joins; empty: it begins the cluster
	patience   string // by what raft's timeouts, of half a second and of a second, are multiplied
}

const (
	// alone is the patience of a node that waits for nobody. Vault's default of 5 makes every restart wait for it.
	alone = "1"
	// amongOthers is that of a node in a cluster: with less, a machine that is busy with tests loses its leader by itself.
	amongOthers = "4"
)

// launchRaftNode starts a node and returns when it answers, sealed.
func launchRaftNode(ctx context.Context, s *Server, opts Options, node raftNode) error {
	config, err := s.layout.writeConfig(raftConfig(s.layout, opts, node))
	if err != nil {
		return err
	}
	s.args = []string{"server", "-config=" + config}
	if err := s.connect(node.api); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return err
	}
	return s.waitFor(ctx, "listening", s.answering)
}

// startRaftNode begins a cluster.
func startRaftNode(ctx context.Context, s *Server, opts Options, node raftNode) error {
	if err := launchRaftNode(ctx, s, opts, node); err != nil {
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
func raftConfig(l layout, opts Options, node raftNode) map[string]any {
	config := l.baseConfig(opts)
	config["api_addr"] = "http://" + node.api
	config["cluster_addr"] = "https://" + node.advertised
	config["listener"] = map[string]any{"tcp": map[string]any{
		"address":         node.api,
		"cluster_address": node.cluster,
		"tls_disable":     true,
	}}
	raft := map[string]any{
		"path":                   l.dataDir,
		"node_id":                node.id,
		"performance_multiplier": node.patience,
	}
	if node.leader != "" {
		raft["retry_join"] = map[string]any{"leader_api_addr": node.leader}
	}
	config["storage"] = map[string]any{"raft": raft}
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

// Unseal unseals Vault with the key it was initialized with, and returns when it is the active node, or, in a cluster,
// a standby.
func (s *Server) Unseal(ctx context.Context) error {
	if err := s.needsRaft(); err != nil {
		return err
	}
	s.mu.Lock()
	key, member := s.unsealKey, s.member
	s.mu.Unlock()
	if _, err := s.client.Sys().UnsealWithContext(ctx, key); err != nil {
		return fmt.Errorf("unseal vault: %w", err)
	}
	if member {
		return s.waitFor(ctx, "unsealed", s.unsealed)
	}
	return s.waitFor(ctx, "active", s.active)
}

// StepDown makes the active node of a cluster hand over to another, and returns when it has said yes.
func (s *Server) StepDown(ctx context.Context) error {
	if _, err := s.client.Logical().WriteWithContext(ctx, "sys/step-down", nil); err != nil {
		return fmt.Errorf("step down: %w", err)
	}
	return nil
}

// initialized says whether Vault has something to unseal.
func (s *Server) initialized(ctx context.Context) error {
	health, err := s.client.Sys().HealthWithContext(ctx)
	if err != nil {
		return fmt.Errorf("ask vault's health: %w", err)
	}
	if !health.Initialized {
		return errors.New("vault is not initialized")
	}
	return nil
}

// unsealed says whether Vault is unsealed, active or not.
func (s *Server) unsealed(ctx context.Context) error {
	health, err := s.client.Sys().HealthWithContext(ctx)
	if err != nil {
		return fmt.Errorf("ask vault's health: %w", err)
	}
	if health.Sealed {
		return errors.New("vault is still sealed")
	}
	return nil
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
