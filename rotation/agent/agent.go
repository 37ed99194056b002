package agent

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// Engine is what the daemon asks of a mount.
type Engine interface {
	// Report reads one page: of everything where since is empty, else of what changed since that revision.
	Report(ctx context.Context, mount, since, after string) (estate.Report, error)
	Sweep(ctx context.Context, mount string, request engine.SweepRequest) (estate.Progress, error)
	History(ctx context.Context, mount, name string) ([]estate.Event, error)
}

// Connection is one Vault as one configuration reaches it. All of it is required.
type Connection struct {
	Engine Engine
	Run    func(context.Context)             // keeps a token until its context ends
	Expiry func() (at time.Time, known bool) // of the present token
}

// Options is what an agent needs. All of it but Adopted is required.
type Options struct {
	Load    func() (config.Config, error)
	Connect func(config.Config) (Connection, error) // asks nothing over the network
	Log     hclog.Logger
	Adopted func(config.Config) // told of each configuration that a reload puts in force
}

// Agent is the daemon. It is safe for use by several goroutines.
type Agent struct {
	options Options
	phase   float64 // this process's share of the spread between agents, 0 to 1

	reloading sync.Mutex // one reload at a time

	mu       sync.Mutex
	term     *term
	known    []known // in the order of the configuration; what leaves here is a copy
	taken    time.Time
	ticked   time.Time // when the last tick began, on the clock that nobody sets
	ready    bool
	reloaded bool // the last reload was good, or there was none
}

// New loads the configuration once. It asks nothing over the network.
func New(options Options) (*Agent, error) {
	if options.Load == nil || options.Connect == nil || options.Log == nil {
		return nil, errors.New("an agent needs to know how to load, how to connect and where to log")
	}
	a := &Agent{options: options, phase: rand.Float64(), reloaded: true} //nolint:gosec // G404: spreading load needs no cryptographic randomness
	loaded, err := a.open(nil)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	a.term, a.known, a.taken, a.ticked = loaded, carry(nil, loaded.config.Mounts), now, now
	return a, nil
}

// Snapshot is the estate as it is known now. What it gives is never changed afterwards.
func (a *Agent) Snapshot() estate.Snapshot {
	a.mu.Lock()
	defer a.mu.Unlock()
	return snapshot(a.known, a.taken)
}

// History asks the engine, now, for the last events of one integration. Nothing of it is kept.
func (a *Agent) History(ctx context.Context, mount, name string) ([]estate.Event, error) {
	return a.current().link.Engine.History(ctx, mount, name)
}

// Healthy says whether the loop ticks. What Vault or Oracle do has no part in it: whoever restarts an agent because Vault is
// down loses the one who says so.
func (a *Agent) Healthy() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return healthy(a.ticked, a.term.config.Interval, time.Now())
}

// Ready says whether every mount has been read once, which takes a login. It stays true.
func (a *Agent) Ready() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ready
}

// Config is the configuration in force.
func (a *Agent) Config() config.Config {
	a.mu.Lock()
	defer a.mu.Unlock()
	given := a.term.config
	given.Mounts, given.Receivers = slices.Clone(given.Mounts), slices.Clone(given.Receivers)
	return given
}

// ReloadedOK says whether the last reload was good; true when there was none.
func (a *Agent) ReloadedOK() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.reloaded
}

// TokenExpiry is when the present Vault token ends, where that is known.
func (a *Agent) TokenExpiry() (at time.Time, known bool) {
	return a.current().link.Expiry()
}

func (a *Agent) current() *term {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.term
}
