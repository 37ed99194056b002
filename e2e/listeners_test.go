package e2e_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver/receiverfake"
)

// agentPage is where people reach the agent, as its configuration says.
const agentPage = "https://agent.example.com"

// listeners are one receiver of each type, outside of the agent's process.
type listeners struct {
	t     *testing.T
	fakes map[string]*receiverfake.Fake
	yaml  string // how the agent is told of them
}

func listenerTypes() []string {
	return []string{"webhook", "slack", "teams", "pagerduty", "alertmanager"}
}

// listens starts them, and writes the secrets by which the agent speaks to them. Each address holds the mark, as one that is
// a secret does; a log that shows it is found.
func (a *agentProcess) listens() *listeners {
	a.t.Helper()
	signing, routing := "a signing secret of "+mark, strings.Repeat("0123456789abcdef", 2)
	l := &listeners{t: a.t, fakes: map[string]*receiverfake.Fake{}}
	var text strings.Builder
	fmt.Fprintf(&text, "external_url: %s\nstate_dir: ./state\nreceivers:\n", agentPage)
	for _, kind := range listenerTypes() {
		fake := &receiverfake.Fake{Type: kind, Secrets: []string{signing}, RoutingKey: routing}
		server := httptest.NewServer(fake)
		a.t.Cleanup(server.Close)
		l.fakes[kind] = fake
		fmt.Fprintf(&text, "  - name: %s\n    type: %s\n", kind, kind)
		switch kind {
		case "webhook":
			fmt.Fprintf(&text, "    url_file: %s\n    secret_file: %s\n", a.keep("webhook-url", server.URL+"/"+mark), a.keep("webhook-secret", signing))
		case "slack", "teams":
			fmt.Fprintf(&text, "    url_file: %s\n", a.keep(kind+"-url", server.URL+"/"+mark))
		case "pagerduty":
			fmt.Fprintf(&text, "    url: %s\n    routing_key_file: %s\n", server.URL, a.keep("pagerduty-key", routing))
		case "alertmanager":
			fmt.Fprintf(&text, "    url: %s\n", server.URL)
		}
	}
	l.yaml = text.String()
	return l
}

// tells adds them to the agent's configuration.
func (a *agentProcess) tells(l *listeners) {
	a.t.Helper()
	a.keep("agent.yaml", string(readAll(a.t, a.dir+"/agent.yaml"))+l.yaml)
}

// heard is what a receiver took of one title, of its begin or its end, each once however often it was repeated: of a webhook
// by its id, of PagerDuty and Alertmanager by their key, of a chat by nothing, for it shows what it gets.
func (l *listeners) heard(kind, title string, resolved bool) []receiverfake.Delivery {
	var heard []receiverfake.Delivery
	for _, d := range l.fakes[kind].Delivered() {
		same := func(other receiverfake.Delivery) bool { return identity(d) != "" && identity(other) == identity(d) }
		if d.Resolved == resolved && l.isOf(kind, d, title) && !slices.ContainsFunc(heard, same) {
			heard = append(heard, d)
		}
	}
	return heard
}

// isOf says whether a message is about a title. The end at PagerDuty has a key and nothing else.
func (l *listeners) isOf(kind string, d receiverfake.Delivery, title string) bool {
	if kind != "pagerduty" || !d.Resolved {
		return strings.Contains(d.Title, title)
	}
	return slices.ContainsFunc(l.heard(kind, title, false), func(begun receiverfake.Delivery) bool { return begun.Key == d.Key })
}

func identity(d receiverfake.Delivery) string {
	if d.ID != "" {
		return d.ID
	}
	return d.Key
}

// await waits until everybody has heard of something.
func (l *listeners) await(title string, resolved bool) {
	l.t.Helper()
	for _, kind := range listenerTypes() {
		defer func() {
			if l.t.Failed() {
				l.t.Logf("%s took %s", kind, l.titles(kind))
			}
		}()
		await(l.t, tellLimit, fmt.Sprintf("%s to be told of %q (over: %v)", kind, title, resolved), func() bool {
			return len(l.heard(kind, title, resolved)) > 0
		})
	}
}

func (l *listeners) titles(kind string) (all []string) {
	for _, d := range l.fakes[kind].Delivered() {
		all = append(all, fmt.Sprintf("%q (over: %v)", d.Title, d.Resolved))
	}
	return all
}

// wantOnce holds that everybody heard of it once, but for whom it may be more.
func (l *listeners) wantOnce(title string, resolved bool, twice ...string) {
	l.t.Helper()
	for _, kind := range listenerTypes() {
		if heard := l.heard(kind, title, resolved); len(heard) != 1 && !slices.Contains(twice, kind) {
			l.t.Errorf("%s heard %d times of %q (over: %v)", kind, len(heard), title, resolved)
		}
	}
}

// wantWell holds that every message was as its receiver wants it.
func (l *listeners) wantWell() {
	l.t.Helper()
	for kind, fake := range l.fakes {
		for _, problem := range fake.Problems() {
			l.t.Errorf("%s: %s", kind, problem)
		}
		for _, title := range l.titles(kind) {
			if strings.Count(title, "Resolved") > 1 {
				l.t.Errorf("%s says twice that it is over: %s", kind, title)
			}
		}
	}
}
