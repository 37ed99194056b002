package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	mebibyte = 1 << 20
	// agentInterval is how often the agents that are measured read the report: more often than the minute that they
	// would, so that a short time shows what a long one does.
	agentInterval = 5 * time.Second
	// scrapeEvery is how often a Prometheus asks such an agent.
	scrapeEvery = 5 * time.Second
	// agentWatched is for how long an agent is watched.
	agentWatched = 45 * time.Second
)

// measureMemory watches the resident memory of the plugin and of agents that are scraped.
func (b *bench) measureMemory(ctx context.Context) error {
	e, err := b.build(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(e.checkAll(ctx), e.checkSmall(ctx)); err != nil {
		return err
	}
	program, err := buildAgent(ctx, b.binaries)
	if err != nil {
		return err
	}
	small, _, err := e.watch(ctx, program, smallMount, b.length(agentWatched))
	if err != nil {
		return err
	}
	large, plugin, err := e.watch(ctx, program, engineName, b.length(agentWatched))
	if err != nil {
		return err
	}
	b.found.add(
		judged(fmt.Sprintf("resident memory of the plugin at %d integrations, while an agent reads them", e.size), "–", atMost(128, " MiB"), once(plugin), " MiB"),
		judged(fmt.Sprintf("resident memory of the agent at %d integrations, while scraped", min(e.size, smallSize)), "–", atMost(64, " MiB"), once(small), " MiB"),
		judged(fmt.Sprintf("resident memory of the agent at %d integrations, while scraped", e.size), "–", atMost(384, " MiB"), once(large), " MiB"),
	)
	b.found.say("Memory is the highest of all samples, four in a second, of what Linux says is resident (VmRSS). The plugin's process",
		fmt.Sprintf("serves both mounts here, %d integrations in all. The agents read the report every %s and are scraped as often.", e.size+min(e.size, smallSize), agentInterval))
	return nil
}

// checkSmall sweeps the small mount.
func (e *estate) checkSmall(ctx context.Context) error {
	if err := e.awaitDue(ctx, smallMount, min(e.size, smallSize)); err != nil {
		return err
	}
	before := e.pods.count()
	if err := e.write(ctx, smallMount+"/sweep", nil); err != nil {
		return err
	}
	return e.pods.await(ctx, podCount, int64(min(e.size, smallSize)), before)
}

// watch runs an agent for a mount, scrapes it, and gives the most that it and the plugin had resident, in MiB.
func (e *estate) watch(ctx context.Context, program, mount string, length time.Duration) (agent, plugin float64, err error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return 0, 0, err
	}
	stop, pid, err := e.startAgent(ctx, program, mount, address)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	plugins, err := e.PluginPIDs(ctx)
	if err != nil {
		return 0, 0, err //nolint:wrapcheck // it says all there is
	}
	began, scraped := time.Now(), time.Time{}
	for time.Since(began) < length || scraped.IsZero() {
		agent = max(agent, resident(pid))
		for _, p := range plugins {
			plugin = max(plugin, resident(p))
		}
		if time.Since(scraped) > scrapeEvery {
			if err := e.scrape(ctx, address, mount); err == nil {
				scraped = time.Now()
			} else if time.Since(began) > time.Minute {
				return 0, 0, err
			}
		}
		select {
		case <-ctx.Done():
			return 0, 0, fmt.Errorf("watch the agent: %w", ctx.Err())
		case <-time.After(250 * time.Millisecond):
		}
	}
	return agent, plugin, nil
}

// startAgent starts an agent with a token of its own making.
func (e *estate) startAgent(ctx context.Context, program, mount, address string) (stop func() error, pid int, err error) {
	dir, err := os.MkdirTemp("", "bench-agent-")
	if err != nil {
		return nil, 0, fmt.Errorf("make a directory for the agent: %w", err)
	}
	config := fmt.Sprintf("vault:\n  address: %s\nmounts: [%s]\ninterval: %s\nlisten: %s\n", e.Address(), mount, agentInterval, address)
	path := filepath.Join(dir, "agent.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, 0, fmt.Errorf("write the agent's configuration: %w", err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, "run", "--config", path)
	cmd.Env = []string{"HOME=" + dir, "VAULT_TOKEN=" + e.RootToken()}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, 0, fmt.Errorf("start the agent: %w", err)
	}
	return func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // how it ends is the tests' concern
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove the agent's directory: %w", err)
		}
		return nil
	}, cmd.Process.Pid, nil
}

// scrape reads the metrics of an agent that has read its mount.
func (e *estate) scrape(ctx context.Context, address, mount string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return fmt.Errorf("make a request: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the agent: %w", err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read the agent's answer: %w", err)
	}
	if !strings.Contains(string(said), fmt.Sprintf("credential_state{mount=%q", mount)) {
		return fmt.Errorf("the agent has not read %s yet", mount)
	}
	return nil
}

// resident is how much memory of a process is resident, in MiB; 0 of one that is gone.
func resident(pid int) float64 {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return float64(pages*os.Getpagesize()) / mebibyte
}
