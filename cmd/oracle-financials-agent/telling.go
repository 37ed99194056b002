package main

import (
	"context"
	"net/url"
	"reflect"
	"strings"
	"sync"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation/agent"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/metrics"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// telling is the daemon's receivers, with what they are told.
type telling struct {
	*agent.Agent // what metrics and page know is the daemon's

	notifier *notify.Notifier
	log      hclog.Logger

	mu   sync.Mutex
	made []notify.To // a receiver stays the same as long as its configuration does: it may remember what it sent
}

// newTelling gives the receivers of the configuration in force.
func newTelling(daemon *agent.Agent, log hclog.Logger) (*telling, error) {
	t := &telling{Agent: daemon, log: log}
	loaded := daemon.Config()
	to, err := t.receivers(loaded)
	if err != nil {
		return nil, err
	}
	t.notifier, err = notify.New(notify.Options{
		Source: daemon.Snapshot, Disk: diskOf(loaded.StateDir), Log: log, Link: t.link,
		Every: min(notify.LookEvery, loaded.Interval), // there is no news between two reports
	}, to)
	return t, err
}

func diskOf(dir string) notify.Disk {
	if dir == "" {
		return notify.Nowhere{}
	}
	return notify.Dir(dir)
}

// adopt puts the receivers of another configuration into force.
func (t *telling) adopt(c config.Config) {
	to, err := t.receivers(c)
	if err != nil { // of a type that the configuration would have refused
		t.log.Error("the receivers stay as they were", "error", err)
		return
	}
	t.notifier.Use(to)
}

func (t *telling) receivers(c config.Config) ([]notify.To, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []notify.To
	for _, settings := range c.Receivers {
		to, known := t.known(settings)
		if !known {
			made, err := receiver.New(settings, receiver.NewClient())
			if err != nil {
				return nil, err
			}
			to = notify.To{Settings: settings, Receiver: made}
		}
		all = append(all, to)
	}
	t.made = all
	return all, nil
}

func (t *telling) known(settings config.Receiver) (notify.To, bool) {
	for _, to := range t.made {
		if reflect.DeepEqual(to.Settings, settings) {
			return to, true
		}
	}
	return notify.To{}, false
}

// link is where people read more of an integration; of a directory, a mount or a group, where they read of all.
func (t *telling) link(mount, name string) string {
	base := t.Config().ExternalURL
	switch {
	case base == "":
		return ""
	case name == "" || strings.Contains(name, "/"):
		return base + "/"
	}
	at, err := url.JoinPath(base, "integrations", mount, name)
	if err != nil {
		return base + "/"
	}
	return at
}

// run tells until ctx ends.
func (t *telling) run(ctx context.Context) error {
	t.notifier.Run(ctx)
	return nil
}

// Notifications implements metrics.Source.
func (t *telling) Notifications() []metrics.Notification {
	var all []metrics.Notification
	for _, c := range t.notifier.Counts() {
		all = append(all, metrics.Notification{Receiver: c.Receiver, Result: string(c.Result), Count: c.Count})
	}
	return all
}
