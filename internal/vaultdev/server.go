package vaultdev

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"
)

// Server is one Vault process and what is needed to talk to it. Its methods may be called from several goroutines,
// those that start and stop it one at a time.
type Server struct {
	layout    layout
	binary    string
	args      []string
	env       []string
	address   string
	transport *http.Transport
	client    *api.Client

	mu        sync.Mutex
	process   *process
	rootToken string
	unsealKey string // empty for a dev server, which is never sealed
	member    bool   // of a cluster, where another may be the active one
	suspended bool
}

// newServer prepares a server that is not running yet.
func newServer(ctx context.Context, opts Options) (*Server, error) {
	binary := opts.Binary
	if binary == "" {
		found, err := Binary(ctx)
		if err != nil {
			return nil, err
		}
		binary = found
	}
	l, err := newLayout(opts.Dir)
	if err != nil {
		return nil, err
	}
	return &Server{
		layout:    l,
		binary:    binary,
		env:       append(childEnv(l.dir, opts.Env), "GORACE=log_path="+l.racePath()),
		transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second},
	}, nil
}

// Address is Vault's API address, with scheme.
func (s *Server) Address() string { return s.address }

// LogPath is the file with everything Vault and its plugins log.
func (s *Server) LogPath() string { return s.layout.logPath }

// PluginDir is the plugin directory: the binary of a plugin must be in it before it is registered.
func (s *Server) PluginDir() string { return s.layout.pluginDir }

// AuditDir is an empty directory meant for audit files.
func (s *Server) AuditDir() string { return s.layout.auditDir }

// Client returns the root client. It is shared: use NewClient to ask with another token. It does not retry.
func (s *Server) Client() *api.Client { return s.client }

// RootToken is the token that may do everything.
func (s *Server) RootToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rootToken
}

// PID is the process id of Vault, of the last one that ran if none does.
func (s *Server) PID() int { return s.current().vault.Process.Pid }

// Exited is closed when the Vault that now runs has ended, for whatever reason.
func (s *Server) Exited() <-chan struct{} { return s.current().exited }

// Close stops Vault and its plugins, by force if they don't stop by themselves, and removes a directory that Start made.
func (s *Server) Close() error {
	err := s.current().stop(stopGrace)
	s.transport.CloseIdleConnections()
	return errors.Join(err, s.layout.remove())
}

// Kill ends Vault and its plugins at once, as a power cut would, and keeps the files.
func (s *Server) Kill() error {
	err := s.current().kill()
	s.transport.CloseIdleConnections()
	return err
}

// RaceReport is what the race detector found in plugins built by BuildPluginRace; empty means nothing. It is kept apart
// from the log, where Vault would show it on level debug only.
func (s *Server) RaceReport() (string, error) {
	paths, err := filepath.Glob(s.layout.racePath() + ".*")
	if err != nil {
		return "", fmt.Errorf("look for race reports: %w", err)
	}
	var report strings.Builder
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read a race report: %w", err)
		}
		report.Write(raw)
	}
	return report.String(), nil
}

func (s *Server) current() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process
}

// launch starts the process; it does not wait for an answer.
func (s *Server) launch(ctx context.Context) error {
	p, err := startProcess(ctx, s.binary, s.args, s.env, s.layout.dir, s.layout.logPath)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.process, s.suspended = p, false
	s.mu.Unlock()
	return nil
}

// connect builds the root client for an address.
func (s *Server) connect(hostPort string) error {
	s.address = "http://" + hostPort
	client, err := newClient(s.address, "", s.transport)
	if err != nil {
		return err
	}
	s.client = client
	return nil
}

// setRootToken makes the client use the token.
func (s *Server) setRootToken(token string) {
	s.mu.Lock()
	s.rootToken = token
	s.mu.Unlock()
	s.client.SetToken(token)
}

// waitFor asks ready until it says yes, Vault ends, or the context does.
func (s *Server) waitFor(ctx context.Context, what string, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	p := s.current()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("vault ended before it was %s; the end of its log %s:\n%s", what, s.LogPath(), logTail(s.LogPath()))
		case <-ctx.Done():
			return fmt.Errorf("vault was not %s in time (%w): %w; see its log %s", what, ctx.Err(), err, s.LogPath())
		case <-tick.C:
		}
	}
}

// Reign is this node's, if it is the active one: since when it is.
func (s *Server) Reign(ctx context.Context) (Reign, error) {
	led, err := s.client.Sys().LeaderWithContext(ctx)
	if err != nil {
		return Reign{}, fmt.Errorf("ask for the leader: %w", err)
	}
	if !led.IsSelf {
		return Reign{}, errors.New("this node is a standby")
	}
	return Reign{Node: s, Since: led.ActiveTime}, nil
}

// active says whether Vault is unsealed, the leader, and knows our token. Health alone is not enough: a dev server is
// healthy a moment before its root token exists.
func (s *Server) active(ctx context.Context) error {
	health, err := s.client.Sys().HealthWithContext(ctx)
	if err != nil {
		return fmt.Errorf("ask vault's health: %w", err)
	}
	if !health.Initialized || health.Sealed || health.Standby {
		return fmt.Errorf("vault is initialized=%t sealed=%t standby=%t", health.Initialized, health.Sealed, health.Standby)
	}
	if _, err := s.client.Auth().Token().LookupSelfWithContext(ctx); err != nil {
		return fmt.Errorf("look up the root token: %w", err)
	}
	return nil
}
