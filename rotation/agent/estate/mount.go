package estate

import (
	"maps"
	"slices"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// Mount is one mount of the engine, as far as the agent has read it. It is a value: With gives another.
type Mount struct {
	Path        string // without a slash at its end; on Vault Enterprise the namespace stands before it
	Statuses    []Status
	Directories []Directory
	Counts      map[rotation.State]int
	Sweep       Sweep
	Revision    string // empty: never read to its end
	Version     string
	Generated   time.Time // of the last report, by the engine's clock
	ReadAt      time.Time // when the last report was read to its end, by the agent's own clock; zero: never
	// Up: the last attempt to read it succeeded. What is shown stays what was known when it does not.
	Up    bool
	Fault string // why not, for people
	// SweepFault is why no sweep could be started although the report could be read, for people.
	SweepFault string
}

// With is the mount after a report was read to its end, all its pages in their order.
func (m Mount) With(pages ...Report) Mount {
	first, last := pages[0], pages[len(pages)-1]
	known := map[string]Status{}
	if !first.Full {
		for _, status := range m.Statuses {
			known[status.Name] = status
		}
	}
	for _, page := range pages {
		for _, name := range page.Deleted {
			delete(known, name)
		}
		for _, status := range page.Statuses {
			known[status.Name] = status
		}
	}
	m.Statuses = slices.SortedFunc(maps.Values(known), func(a, z Status) int { return strings.Compare(a.Name, z.Name) })
	m.Directories, m.Counts, m.Sweep, m.Version, m.Generated = last.Directories, last.Counts, last.Sweep, last.Version, last.Generated
	m.Revision, m.Up, m.Fault = first.Revision, true, ""
	return m
}

// Down is the mount after an attempt to read it that failed: what was known stands.
func (m Mount) Down(fault string) Mount {
	m.Up, m.Fault = false, fault
	return m
}

// Snapshot is the whole estate at one time. It is never changed: readers keep it as long as they like.
type Snapshot struct {
	Mounts []Mount // in the order of the configuration
	Taken  time.Time
}

// All gives every integration of every mount, by mount and name.
func (s Snapshot) All() []Status {
	var all []Status
	for _, mount := range s.Mounts {
		all = append(all, mount.Statuses...)
	}
	return all
}

// Read says whether every mount has been read at least once.
func (s Snapshot) Read() bool {
	return len(s.Mounts) > 0 && !slices.ContainsFunc(s.Mounts, func(m Mount) bool { return m.Revision == "" })
}

// severities orders them by what an exit code speaks of first: critical, warning, unknown, ok.
var severities = []rotation.Severity{rotation.SeverityCritical, rotation.SeverityWarning, rotation.SeverityUnknown, rotation.SeverityOK}

// Worst is the worst severity of several; ok of none.
func Worst(statuses []Status) rotation.Severity {
	worst := len(severities) - 1
	for _, status := range statuses {
		if at := rank(status.Severity); at < worst {
			worst = at
		}
	}
	return severities[worst]
}

// rank orders severities, the worst first. One that this agent does not know counts as unknown.
func rank(severity rotation.Severity) int {
	if at := slices.Index(severities, severity); at >= 0 {
		return at
	}
	return slices.Index(severities, rotation.SeverityUnknown)
}

// ByUrgency orders what needs a hand first: by severity, then by expiry, then by mount and name.
func ByUrgency(statuses []Status) []Status {
	return slices.SortedStableFunc(slices.Values(statuses), func(a, z Status) int {
		if d := rank(a.Severity) - rank(z.Severity); d != 0 {
			return d
		}
		if d := byExpiry(a.Expiry, z.Expiry); d != 0 {
			return d
		}
		if d := strings.Compare(a.Mount, z.Mount); d != 0 {
			return d
		}
		return strings.Compare(a.Name, z.Name)
	})
}

// byExpiry puts what expires first first, and what never does last.
func byExpiry(a, z *time.Time) int {
	switch {
	case a == nil && z == nil:
		return 0
	case a == nil:
		return 1
	case z == nil:
		return -1
	}
	return a.Compare(*z)
}
