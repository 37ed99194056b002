package notify

import (
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// What a trouble is when it is not an integration's: the State of its messages, next to the states of integrations and
// directories.
const (
	StateSourceDown = "source_down" // a mount cannot be read
	StateSweepLate  = "sweep_late"  // a mount's own clock is behind
	StateExpiry     = "expiry"      // a password ends soon, and nothing else is wrong
)

// Incident is one thing that is wrong now, whoever is told of it.
type Incident struct {
	Key      string // what it is about; the same for as long as it is about that
	Event    string // names the change that led here; empty where the engine numbers none
	State    string
	Reason   string
	Severity rotation.Severity
	Title    string
	Text     string
	Since    time.Time // zero: not known
	Mount    string
	Name     string // empty of a group and of a mount
	URL      string // of the server
	Expiry   *time.Time
	Members  []Member // of a group, by name
	// Alike: many of the same kind that begin together are told together.
	Alike bool
}

// Member is an integration or directory in a group.
type Member struct {
	Key string
	receiver.Member
}

// group says whether it is one trouble of several integrations.
func (i Incident) group() bool { return len(i.Members) > 0 }

// facts is what makes it another trouble when it changes. Who belongs to a group, and why each of them fails, is not part
// of it: they come and go while a pod is down.
func (i Incident) facts() string {
	if i.group() {
		return i.State + "/" + string(i.Severity)
	}
	return i.State + "/" + i.Reason + "/" + string(i.Severity)
}

// counted says whether reminders by the date take the place of those by the clock.
func (i Incident) counted() bool {
	return i.State == string(rotation.StateExpiring) && i.Severity != rotation.SeverityCritical && i.Expiry != nil
}

// Expiring is a password that ends soon.
type Expiring struct {
	Key       string
	At        time.Time
	Threshold int // in days: the smallest of Thresholds that it has come to
	Mount     string
	Name      string
	URL       string
}

// day names the date: one that is known to the second by another way is the same date.
func (e Expiring) day() string { return e.At.UTC().Format(time.DateOnly) }

// Picture is what there is to tell now.
type Picture struct {
	Incidents []Incident // by key
	Expiries  []Expiring // by key
	// Covered are the keys of those whose own trouble stands still because they are in a group: nothing is known of it.
	Covered map[string]string
	// Unread are mounts of which nothing is known yet: what was told of them stands.
	Unread map[string]bool
	// Mounts are those that are watched.
	Mounts map[string]bool
	// States are the states of all integrations and directories that exist, by key.
	States map[string]string
}

// weight orders severities. One that this agent does not know counts as unknown.
func weight(severity rotation.Severity) int {
	switch severity {
	case rotation.SeverityOK:
		return 0
	case rotation.SeverityWarning:
		return 2
	case rotation.SeverityCritical:
		return 3
	case rotation.SeverityUnknown:
	}
	return 1
}
