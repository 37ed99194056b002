package notify

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

const (
	// SourceDownAfter is how long a mount cannot be read before that is a trouble: Vault hands over in less.
	SourceDownAfter = 5 * time.Minute

	// SweepLateAfter is how long the longest overdue has waited when the engine's own clock counts as late. The alert rules
	// have the same figure.
	SweepLateAfter = 15 * time.Minute
)

// Thresholds are the days before an expiry at which people are reminded, each once, the first ones first.
func Thresholds() []int { return []int{30, 14, 7, 3, 1} }

// Outages are since when mounts cannot be read, as the agent saw it.
type Outages map[string]time.Time

// After is the outages with what a snapshot shows.
func (o Outages) After(snapshot estate.Snapshot, now time.Time) Outages {
	next := Outages{}
	for _, mount := range snapshot.Mounts {
		if mount.Up {
			continue
		}
		next[mount.Path] = now
		if since, known := o[mount.Path]; known && since.Before(now) {
			next[mount.Path] = since
		}
	}
	return next
}

// Look sees what is wrong. What a mount that cannot be read last said still holds.
func Look(snapshot estate.Snapshot, down Outages, now time.Time) Picture {
	seen := Picture{Covered: map[string]string{}, Unread: map[string]bool{}, Mounts: map[string]bool{}, States: map[string]string{}}
	for _, mount := range snapshot.Mounts {
		seen.Mounts[mount.Path] = true
		if mount.Revision == "" {
			seen.Unread[mount.Path] = true
		}
		seen.mount(mount, down, now)
		hosts := map[string][]Incident{}
		for _, status := range mount.Statuses {
			seen.integration(status, hosts, now)
		}
		for _, directory := range mount.Directories {
			seen.directory(directory, hosts)
		}
		for _, host := range slices.Sorted(maps.Keys(hosts)) {
			seen.host(mount.Path, host, hosts[host])
		}
	}
	slices.SortFunc(seen.Incidents, func(a, z Incident) int { return strings.Compare(a.Key, z.Key) })
	slices.SortFunc(seen.Expiries, func(a, z Expiring) int { return strings.Compare(a.Key, z.Key) })
	return seen
}

func (p *Picture) mount(mount estate.Mount, down Outages, now time.Time) {
	lag := time.Duration(mount.Sweep.Lag) * time.Second
	since, known := down[mount.Path]
	switch {
	case !mount.Up && known && now.Sub(since) >= SourceDownAfter:
		p.Incidents = append(p.Incidents, Incident{
			Key: keyOf("source", mount.Path), State: StateSourceDown, Severity: rotation.SeverityCritical, Mount: mount.Path,
			Title: mount.Path + ": cannot be read", Since: since,
			Text: "Nothing is known of its integrations since then. " + mount.Fault,
		})
	case mount.Up && mount.Revision != "" && lag > SweepLateAfter:
		text := fmt.Sprintf("The longest overdue check or rotation has waited for %s.", lag)
		if mount.SweepFault != "" {
			text += " No sweep can be started: " + mount.SweepFault
		}
		p.Incidents = append(p.Incidents, Incident{
			Key: keyOf("sweep", mount.Path), State: StateSweepLate, Severity: rotation.SeverityWarning, Mount: mount.Path,
			Title: mount.Path + ": sweep is late", Since: now.Add(-lag), Text: text,
		})
	}
}

func (p *Picture) integration(status estate.Status, hosts map[string][]Incident, now time.Time) {
	key := keyOf("integration", status.Mount, status.Name)
	p.States[key] = string(status.State)
	if threshold, near := nearest(status.Expiry, now); near && status.State != rotation.StatePaused {
		p.Expiries = append(p.Expiries, Expiring{
			Key: key, At: *status.Expiry, Threshold: threshold, Mount: status.Mount, Name: status.Name, URL: status.ServerURL,
		})
	}
	if status.Severity == rotation.SeverityOK {
		return
	}
	incident := Incident{
		Key: key, Event: strconv.FormatInt(status.Seq, 10), State: string(status.State), Reason: string(status.Reason),
		Severity: status.Severity, Title: titleOf(status.Name, string(status.State)), Text: status.Message,
		Mount: status.Mount, Name: status.Name, URL: status.ServerURL, Expiry: status.Expiry, Alike: true,
	}
	if status.Since != nil {
		incident.Since = *status.Since
	}
	if status.State == rotation.StateOK { // it works, and something is wrong beside it
		incident.Title = titleOf(status.Name, string(status.Reason))
	}
	if status.Reason == rotation.ReasonForeignFailures && status.AttemptsLeft != nil {
		incident.Text += fmt.Sprintf(" Logins that may still be refused before Oracle locks the account: %d.", *status.AttemptsLeft)
	}
	if status.State == rotation.StateUnreachable {
		host := hostOf(status.ServerURL)
		hosts[host] = append(hosts[host], incident)
		return
	}
	p.Incidents = append(p.Incidents, incident)
}

// directory: that one cannot be asked is the same trouble as that its pod's integrations cannot.
func (p *Picture) directory(directory estate.Directory, hosts map[string][]Incident) {
	name := "directories/" + directory.Name
	key := keyOf("directory", directory.Mount, directory.Name)
	p.States[key] = string(directory.State)
	incident := Incident{
		Key: key, State: string(directory.State), Severity: rotation.SeverityWarning, Title: titleOf(name, string(directory.State)),
		Text: directory.Message, Mount: directory.Mount, Name: name, URL: directory.URL,
	}
	if directory.HeldSince != nil {
		incident.Since = *directory.HeldSince
	}
	switch {
	case directory.Phase == rotation.PhaseUnresolved:
		incident.State, incident.Severity = string(rotation.StateUnresolved), rotation.SeverityCritical
		incident.Title = titleOf(name, incident.State)
	case directory.State == rotation.DirectoryOK, directory.State == rotation.DirectoryUnchecked:
		return
	case directory.State == rotation.DirectoryUnreachable:
		host := hostOf(directory.URL)
		hosts[host] = append(hosts[host], incident)
		return
	}
	p.Incidents = append(p.Incidents, incident)
}

// host is the one trouble of everything on a server that cannot be asked.
func (p *Picture) host(mount, host string, troubled []Incident) {
	first := troubled[0]
	group := Incident{
		Key: keyOf("host", mount, host), State: string(rotation.StateUnreachable), Reason: first.Reason, Severity: first.Severity,
		Title: first.Title, Text: first.Text, Since: first.Since, Mount: mount, URL: first.URL,
	}
	for _, member := range troubled {
		group.Members = append(group.Members, memberOf(member))
		p.Covered[member.Key] = group.Key
		if member.Reason != group.Reason {
			group.Reason = ""
		}
		if weight(member.Severity) > weight(group.Severity) {
			group.Severity = member.Severity
		}
		if group.Since.IsZero() || !member.Since.IsZero() && member.Since.Before(group.Since) {
			group.Since = member.Since
		}
	}
	if n := len(troubled); n > 1 {
		group.Title = fmt.Sprintf("%s: %d unreachable", host, n)
	}
	p.Incidents = append(p.Incidents, group)
}

func memberOf(i Incident) Member {
	return Member{Key: i.Key, Member: receiver.Member{Name: i.Name, State: i.State, Reason: i.Reason}}
}

// nearest is the smallest threshold that an expiry has come to.
func nearest(expiry *time.Time, now time.Time) (days int, near bool) {
	if expiry == nil || !now.Before(*expiry) {
		return 0, false
	}
	for _, threshold := range Thresholds() {
		if expiry.Sub(now) <= time.Duration(threshold)*rotation.Day {
			days, near = threshold, true
		}
	}
	return days, near
}

// keyOf keeps the kinds apart: a name has no slash in it.
func keyOf(kind, mount string, name ...string) string {
	return strings.Join(append([]string{kind, mount}, name...), "/")
}

func titleOf(name, state string) string { return name + ": " + strings.ReplaceAll(state, "_", " ") }

// hostOf is a server's name and port, and what was said where there is none.
func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.ToLower(cmp.Or(parsed.Host, address))
}
