package receiver

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// alertsPath is where Alertmanager's API v2 takes alerts.
const alertsPath = "/api/v2/alerts"

const (
	// refreshEvery is how often what stands is sent again.
	refreshEvery = 2 * time.Minute
	// firesFor is how long an alert fires that is not sent again: longer than it takes to replace the agent.
	firesFor = 5 * refreshEvery
	// reminderFiresFor is how long an expiry reminder or a test fires, which are told once: it is below Alertmanager's usual
	// repeat interval of four hours.
	reminderFiresFor = time.Hour
)

// The names of alerts.
const (
	alertTrouble = "OracleFinancialsTrouble"
	alertExpiry  = "OracleFinancialsExpiryReminder"
	alertTest    = "OracleFinancialsTest"
)

// alert is one of Alertmanager's API v2. Its labels are what it is: the same ones again mean the same alert.
type alert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     string            `json:"startsAt"`
	EndsAt       string            `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// alertmanager ends what it told of a trouble under another severity, since that is a label: routes are chosen by it.
type alertmanager struct {
	*sender
	mu   sync.Mutex
	told map[string]rotation.Severity // by key, of what stands
}

var (
	_ Receiver  = (*alertmanager)(nil)
	_ Refresher = (*alertmanager)(nil)
)

func newAlertmanager(to *sender) *alertmanager {
	return &alertmanager{sender: to, told: map[string]rotation.Severity{}}
}

// Every implements Refresher.
func (*alertmanager) Every() time.Duration { return refreshEvery }

// Send implements Receiver.
func (a *alertmanager) Send(ctx context.Context, m Message) error {
	a.mu.Lock()
	before := a.told[m.Key]
	a.mu.Unlock()
	err := a.sendWith(ctx, m, func(m Message, _ secret.Value, now time.Time) (letter, error) {
		return writeAlerts(alerts(m, before, now))
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch m.Kind {
	case Trouble, Reminder:
		a.told[m.Key] = m.Severity
	case Resolved:
		delete(a.told, m.Key)
	case Expiry, Test:
	}
	return nil
}

// Refresh implements Refresher.
func (a *alertmanager) Refresh(ctx context.Context, standing []Message) error {
	before := map[string]rotation.Severity{}
	a.mu.Lock()
	for _, m := range standing {
		before[m.Key] = a.told[m.Key]
	}
	a.mu.Unlock()
	err := a.sendWith(ctx, Message{}, func(_ Message, _ secret.Value, now time.Time) (letter, error) {
		var all []alert
		for _, m := range standing {
			all = append(all, alerts(m.plain(), before[m.Key], now)...)
		}
		return writeAlerts(all)
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range standing {
		a.told[m.Key] = m.Severity
	}
	return nil
}

func writeAlerts(all []alert) (letter, error) {
	body, err := json.Marshal(all)
	if err != nil {
		return letter{}, fmt.Errorf("write the alerts: %w", err)
	}
	return letter{body: body, header: map[string]string{"Content-Type": "application/json; charset=utf-8"}}, nil
}

// alerts is the alert, and the end of the one that told the trouble with another severity before.
func alerts(m Message, before rotation.Severity, now time.Time) []alert {
	switch m.Kind {
	case Expiry, Test:
		return []alert{newAlert(m, m.Severity, now, now.Add(reminderFiresFor))}
	case Resolved:
		var ended []alert
		for _, severity := range endedSeverities(m, before) {
			ended = append(ended, newAlert(m, severity, now, now))
		}
		return ended
	case Trouble, Reminder:
	}
	said := []alert{newAlert(m, m.Severity, now, now.Add(firesFor))}
	if before != "" && before != m.Severity {
		said = append(said, newAlert(m, before, now, now))
	}
	return said
}

// endedSeverities is with which severity a trouble was told. Who does not remember ends it with each: what does not fire
// is not told.
func endedSeverities(m Message, before rotation.Severity) []rotation.Severity {
	if before != "" {
		return []rotation.Severity{before}
	}
	all := []rotation.Severity{rotation.SeverityCritical, rotation.SeverityWarning, rotation.SeverityUnknown}
	if slices.Contains(all, m.Severity) {
		return []rotation.Severity{m.Severity}
	}
	return all
}

func newAlert(m Message, severity rotation.Severity, now, ends time.Time) alert {
	starts := m.Since
	if starts.IsZero() || m.Kind == Expiry || m.Kind == Test {
		starts = m.Time
	}
	if starts.IsZero() || starts.After(now) {
		starts = now // an alert that begins after its end is refused, and the engine's clock is not ours
	}
	said := alert{
		// The key tells troubles of the same place apart; its sum is as stable, and has no markup in it.
		Labels:      map[string]string{"alertname": alertName(m.Kind), "severity": string(severity), "mount": m.Mount, "name": m.Name, "trouble": dedupKey(m.Key)[:16]},
		Annotations: map[string]string{"summary": m.heading(), "description": m.Text, "integrations": strings.Join(m.memberLines(MaxMembers), "\n")},
		StartsAt:    instant(starts), EndsAt: instant(ends), GeneratorURL: m.Link,
	}
	for _, fact := range m.facts() {
		said.Annotations[strings.ReplaceAll(strings.ToLower(fact.label), " ", "_")] = fact.value
	}
	delete(said.Annotations, "severity") // a label already
	dropEmpty(said.Labels)
	dropEmpty(said.Annotations)
	return said
}

// dropEmpty leaves out what is not known: Alertmanager takes an empty label for none.
func dropEmpty(values map[string]string) {
	for name, value := range values {
		if value == "" {
			delete(values, name)
		}
	}
}

func alertName(kind Kind) string {
	switch kind {
	case Expiry:
		return alertExpiry
	case Test:
		return alertTest
	case Trouble, Reminder, Resolved:
	}
	return alertTrouble
}
