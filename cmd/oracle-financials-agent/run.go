package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"

	"vault-plugin-secrets-oracle-financials/rotation/agent"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
	"vault-plugin-secrets-oracle-financials/rotation/agent/metrics"
	"vault-plugin-secrets-oracle-financials/rotation/agent/page"
	"vault-plugin-secrets-oracle-financials/rotation/agent/web"
)

func runCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run as a daemon: sweep every interval, tell people, serve the page and metrics",
		Long: `Runs until it is told to end. Every interval it starts a sweep of each mount and reads what has
changed, and tells the configured receivers of it. Over HTTP it serves a page for people at /, and
/metrics, /-/healthy, /-/ready and /api/v1/report. While Vault is away it goes on, shows what it
knew, and says that the mount is not up.

SIGHUP, or a POST to /-/reload, loads the configuration again; the old one stays if the new one
is wrong. SIGTERM and SIGINT end it. Under systemd it tells when it is up, reloading and ending,
and keeps the watchdog fed as long as its loop ticks.`,
		Example: `  oracle-financials-agent run
  oracle-financials-agent run --config /etc/oracle-financials-agent/agent.yaml
  oracle-financials-agent run --listen 0.0.0.0:9720 --interval 5m --log-format json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.String("listen", "", "`ADDRESS` to serve HTTP on, or none (default 127.0.0.1:9720)")
	flags.String("external-url", "", "`URL` by which people reach that address, for the links in messages")
	flags.String("interval", "", "`TIME` between two sweeps, such as 30s or 5m (default 1m)")
	flags.String("web-config-file", "", "`FILE` with TLS and passwords of the HTTP server, as Prometheus exporters have it")
	flags.String("state-dir", "", "`DIRECTORY` to keep in it what receivers were told")
	return cmd
}

// run is the daemon with everything around it.
func (s *settings) run(ctx context.Context) error {
	loaded, err := s.load()
	if err != nil {
		return err
	}
	log := s.logger(loaded)
	var told *telling
	daemon, err := agent.New(agent.Options{
		Load: s.load, Connect: connect(log), Log: log, Adopted: func(c config.Config) { told.adopt(c) },
	})
	if err != nil {
		return err
	}
	if told, err = newTelling(daemon, log.Named("notify")); err != nil {
		return err
	}
	build := builtAs()
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		metrics.New(told, metrics.Version{Version: build.Version, Commit: build.Commit}),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	handler := web.New(daemon, page.New(daemon, daemon, log), registry, log)

	ctx, end := context.WithCancel(ctx)
	defer end()
	parts := []func(context.Context) error{daemon.Run, told.run}
	if loaded.Serves() {
		listener, err := web.Listen(ctx, loaded.Listen, loaded.WebConfigFile)
		if err != nil {
			return err // before systemd is told that all is well, and before Vault is asked for a token
		}
		parts = append(parts, func(ctx context.Context) error {
			return web.Serve(ctx, listener, loaded.WebConfigFile, handler, log)
		})
	}
	log.Info("started", "version", build.Version, "mounts", loaded.Mounts, "interval", loaded.Interval.String(), "receivers", receiverNames(loaded.Receivers))
	under := systemd{log: log}
	go under.watch(ctx, daemon.Healthy)
	go under.reloads(ctx, hangups(ctx), daemon.Reload)
	under.tell(ready)
	err = together(ctx, end, parts, func() { under.tell(stopping) })
	if err != nil {
		return fmt.Errorf("the agent ended: %w", err)
	}
	log.Info("ended")
	return nil
}

// connect gives the daemon its way to Vault under a configuration.
func connect(log hclog.Logger) func(config.Config) (agent.Connection, error) {
	return func(c config.Config) (agent.Connection, error) {
		session, err := login.New(c.Vault, log.Named("login"))
		if err != nil {
			return agent.Connection{}, err
		}
		return agent.Connection{Engine: engine.New(session), Run: session.Run, Expiry: session.Expiry}, nil
	}
}

// together runs the parts until the context ends or one of them does, tells that it is ending, and waits for all. The error
// is that of the part that ended by itself.
func together(ctx context.Context, end context.CancelFunc, parts []func(context.Context) error, ending func()) error {
	ended := make(chan error, len(parts))
	var running sync.WaitGroup
	for _, part := range parts {
		running.Go(func() { ended <- part(ctx) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	ending()
	end()
	running.Wait()
	return err
}

// hangups are the SIGHUPs until the context ends.
func hangups(ctx context.Context) <-chan os.Signal {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	context.AfterFunc(ctx, func() { signal.Stop(signals) })
	return signals
}
