package config

import (
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// ReceiverType is how somebody is told. The list is closed.
type ReceiverType string

// The types.
const (
	ReceiverWebhook      ReceiverType = "webhook" // CloudEvents, signed as Standard Webhooks
	ReceiverSlack        ReceiverType = "slack"
	ReceiverTeams        ReceiverType = "teams"        // a workflow's address
	ReceiverPagerDuty    ReceiverType = "pagerduty"    // Events v2
	ReceiverAlertmanager ReceiverType = "alertmanager" // API v2
)

// ReceiverTypes lists every type.
func ReceiverTypes() []ReceiverType {
	return []ReceiverType{ReceiverWebhook, ReceiverSlack, ReceiverTeams, ReceiverPagerDuty, ReceiverAlertmanager}
}

// PagerDutyURL is where PagerDuty takes events, unless the account is in another region.
const PagerDutyURL = "https://events.pagerduty.com/v2/enqueue"

// MinRepeat is the shortest repeat interval but never: a person reads what is repeated.
const MinRepeat = time.Minute

// Severities lists what min_severity may be, the least first.
func Severities() []rotation.Severity {
	return []rotation.Severity{rotation.SeverityOK, rotation.SeverityUnknown, rotation.SeverityWarning, rotation.SeverityCritical}
}

// Receiver is somebody who is told when a credential changes.
type Receiver struct {
	Name string       `yaml:"name"` // unique; a label of metrics, and what state_dir remembers it by
	Type ReceiverType `yaml:"type"`
	// URL holds no credentials: one that does is in the file that URLFile names. Of PagerDuty Load fills it in.
	URL            string `yaml:"url"`
	URLFile        string `yaml:"url_file"`
	SecretFile     string `yaml:"secret_file"`      // of a webhook: what signs it
	RoutingKeyFile string `yaml:"routing_key_file"` // of PagerDuty

	MinSeverity rotation.Severity `yaml:"min_severity"` // of Severities: what is less is not told
	// RepeatInterval is after how long the same trouble is told again; zero: never.
	RepeatInterval time.Duration `yaml:"repeat_interval"`
	QuietHours     []QuietHours  `yaml:"quiet_hours"`
	SendResolved   bool          `yaml:"send_resolved"` // tell as well when it is over
}

// setDefaults is what holds for a receiver that does not say otherwise.
func (r *Receiver) setDefaults() {
	r.MinSeverity, r.RepeatInterval, r.SendResolved = rotation.SeverityWarning, 24*time.Hour, true
}

// demand is whether a type of receiver takes a key.
type demand int

const (
	refused demand = iota
	optional
	required
)

// wants is what a type of receiver takes of the keys that not every type does.
type wants struct {
	url        demand // required: url or url_file
	urlFile    bool   // the address is a secret itself: url_file only
	secret     demand
	routingKey demand
}

func (t ReceiverType) wants() (wants, bool) {
	switch t {
	case ReceiverWebhook:
		return wants{url: required, secret: required}, true
	case ReceiverSlack, ReceiverTeams:
		return wants{url: required, urlFile: true}, true
	case ReceiverPagerDuty:
		return wants{url: optional, routingKey: required}, true
	case ReceiverAlertmanager:
		return wants{url: required}, true
	}
	return wants{}, false
}
