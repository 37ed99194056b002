package metrics

import (
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// Source is what the metrics are made of; the daemon is one.
type Source interface {
	Snapshot() estate.Snapshot
	ReloadedOK() bool
	TokenExpiry() (at time.Time, known bool)
	Notifications() []Notification
}

// Notification counts what became of the messages to one receiver.
type Notification struct {
	Receiver string
	Result   string
	Count    int64 // since the agent started
}

// Version is what was built.
type Version struct {
	Version string
	Commit  string
}

// New gives the collector of everything the agent shows.
func New(source Source, version Version) prometheus.Collector {
	// In the order in which a scrape is answered: what comes sorted costs no sorting, 130,000 series of it.
	return &collector{source: source, version: version, descs: newDescs(), states: slices.Sorted(slices.Values(rotation.States()))}
}

type collector struct {
	source  Source
	version Version
	descs   descs
	states  []rotation.State
}

// Describe names every metric, also those that have no series at the moment.
func (c *collector) Describe(into chan<- *prometheus.Desc) {
	for _, d := range c.descs.all() {
		into <- d
	}
}

// Collect makes every series anew, from one snapshot.
func (c *collector) Collect(into chan<- prometheus.Metric) {
	now := time.Now()
	s := scrape{collector: c, into: into, now: now}
	mounts := labels{}
	for _, mount := range c.source.Snapshot().Mounts {
		if label, fresh := mounts.add(mount.Path); fresh {
			s.mount(label, mount)
		}
	}
	s.notifications(c.source.Notifications())
	if at, known := c.source.TokenExpiry(); known {
		s.timestamp(c.descs.tokenExpiry, &at)
	}
	s.gauge(c.descs.reloaded, number(c.source.ReloadedOK()))
	s.gauge(c.descs.build, 1, valid(c.version.Version), valid(c.version.Commit), runtime.Version())
}

// scrape is one answer to Prometheus.
type scrape struct {
	*collector
	into chan<- prometheus.Metric
	now  time.Time
}

func (s scrape) mount(label string, mount estate.Mount) {
	s.gauge(s.descs.sourceUp, number(mount.Up), label)
	if lag, known := sweepLag(mount, s.now); known {
		s.gauge(s.descs.sweepLag, lag.Seconds(), label)
	}
	names := labels{}
	for _, status := range mount.Statuses {
		if name, fresh := names.add(status.Name); fresh {
			s.credential(label, name, status)
		}
	}
}

func (s scrape) credential(mount, name string, status estate.Status) {
	for _, state := range s.states {
		s.gauge(s.descs.state, number(status.State == state), mount, name, string(state))
	}
	s.timestamp(s.descs.expiry, status.Expiry, mount, name)
	s.timestamp(s.descs.lastCheck, status.LastCheck, mount, name)
	s.timestamp(s.descs.lastSuccess, status.LastSuccess, mount, name)
	s.timestamp(s.descs.nextCheck, status.NextCheck, mount, name)
	s.timestamp(s.descs.lastRotation, status.LastRotation, mount, name)
	s.timestamp(s.descs.rotationDue, status.NextRotation, mount, name)
	s.gauge(s.descs.held, number(held(status, s.now)), mount, name)
	modules := labels{}
	for code, module := range status.Modules {
		if label, fresh := modules.add(code); fresh {
			s.gauge(s.descs.module, number(module.Accessible()), mount, name, label)
		}
	}
}

func (s scrape) notifications(all []Notification) {
	type series struct{ receiver, result string }
	counts := map[series]int64{}
	for _, n := range all {
		counts[series{valid(n.Receiver), valid(n.Result)}] += n.Count
	}
	for of, count := range counts {
		s.into <- prometheus.MustNewConstMetric(s.descs.notifications, prometheus.CounterValue, float64(count), of.receiver, of.result)
	}
}

// timestamp shows a time that is known.
func (s scrape) timestamp(d *prometheus.Desc, at *time.Time, labelValues ...string) {
	if at != nil && !at.IsZero() {
		s.gauge(d, float64(at.Unix()), labelValues...)
	}
}

func (s scrape) gauge(d *prometheus.Desc, value float64, labelValues ...string) {
	s.into <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labelValues...)
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
