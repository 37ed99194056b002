package agent

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// term is the time that one configuration is in force.
type term struct {
	config config.Config
	files  string // what the certificates looked like that the connection was made with
	link   *link
	over   chan struct{} // closed when another configuration is in force
}

// link is a connection with an identity of its own: two terms may share one.
type link struct {
	Connection
	began time.Time // when its session did; Run sets it before the first visit
}

// Reload loads the configuration again. A good one is in force from now on, with what is known of the mounts that stay; the
// session with Vault begins anew. A bad one changes nothing, and the error says what is wrong with it. Either is logged here.
func (a *Agent) Reload() error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	before := a.current()
	loaded, err := a.open(before)
	if err != nil {
		a.mu.Lock()
		a.reloaded = false
		a.mu.Unlock()
		a.options.Log.Error("configuration not reloaded, the one before stays in force", "error", err)
		return fmt.Errorf("the configuration was not reloaded, and the one before stays in force: %w", err)
	}
	a.adopt(loaded)
	if a.options.Adopted != nil {
		a.options.Adopted(loaded.config)
	}
	facts := []any{"mounts", loaded.config.Mounts, "interval", loaded.config.Interval.String()}
	if waits := waitsForRestart(before.config, loaded.config); len(waits) > 0 {
		facts = append(facts, "needs_restart", waits)
	}
	a.options.Log.Info("configuration reloaded", facts...)
	if level := loaded.config.LogLevel; level != before.config.LogLevel {
		a.options.Log.SetLevel(hclog.LevelFromString(level))
	}
	return nil
}

// open loads a configuration, and connects as it says. The files that it names must be good where there is a configuration
// to keep if they are not; at the start a token may still be on its way.
func (a *Agent) open(before *term) (*term, error) {
	loaded, err := a.options.Load()
	if err != nil {
		return nil, err
	}
	opened := &term{config: loaded, files: looks(loaded.Vault), over: make(chan struct{})}
	if before != nil {
		if err := loaded.Validate(); err != nil {
			return nil, err
		}
		if keepsSession(before, opened) {
			opened.link = before.link
			return opened, nil
		}
	}
	connection, err := a.options.Connect(loaded)
	if err != nil {
		return nil, err
	}
	opened.link = &link{Connection: connection}
	return opened, nil
}

// adopt puts a configuration into force.
func (a *Agent) adopt(loaded *term) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.term
	stays := a.known
	if !sameVault(before.config.Vault, loaded.config.Vault) {
		stays = nil
	}
	now := time.Now()
	a.term, a.known = loaded, carry(stays, loaded.config.Mounts)
	a.reloaded, a.ticked, a.taken = true, now, now
	a.ready = a.ready || snapshot(a.known, a.taken).Read()
	close(before.over)
}

// keepsSession says whether a reload goes on with the session it has: where nothing about Vault has changed. Who reloads again
// and again must not make the agent log in again and again, nor forget how often it was refused. The session itself reads
// tokens and secrets anew where they change.
func keepsSession(before, after *term) bool {
	return before.config.Vault == after.config.Vault && before.files == after.files
}

// looks tells the certificates of one time from those of another.
func looks(v config.Vault) string {
	var text strings.Builder
	for _, file := range []string{v.CACert, v.Auth.ClientCert, v.Auth.ClientKey} {
		if info, err := os.Stat(file); err == nil { // what is not there is found by whoever needs it
			fmt.Fprintf(&text, "%d %s\n", info.Size(), info.ModTime())
		}
	}
	return text.String()
}

// sameVault says whether a mount of the same path is the same mount.
func sameVault(before, after config.Vault) bool {
	return before.Address == after.Address && before.Namespace == after.Namespace
}
