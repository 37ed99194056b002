package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// start is a Monday, at noon in Berlin.
var start = time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// pod is the server of every integration that does not say otherwise.
const pod = "https://pod.example.com"

// short is an id without since when the trouble holds, which is the same in every scene.
func short(id string) string {
	return strings.ReplaceAll(id, fmt.Sprintf("/%d", start.Add(-time.Minute).Unix()), "")
}

// one is an integration in a state, with the reason and severity that the engine gives it.
func one(name string, state rotation.State, seq int64, change ...func(*estate.Status)) estate.Status {
	reasons := map[rotation.State]rotation.Reason{
		rotation.StateOK: rotation.ReasonLoggedIn, rotation.StateLocked: rotation.ReasonLocked, rotation.StateRejected: rotation.ReasonRefused,
		rotation.StateExpired: rotation.ReasonExpired, rotation.StateUnreachable: rotation.ReasonTimeout, rotation.StateExpiring: rotation.ReasonExpiring,
		rotation.StateLimited: rotation.ReasonModuleForbidden, rotation.StateUnchecked: rotation.ReasonNeverChecked, rotation.StatePaused: rotation.ReasonPaused,
	}
	severities := map[rotation.State]rotation.Severity{
		rotation.StateOK: rotation.SeverityOK, rotation.StatePaused: rotation.SeverityOK, rotation.StateUnchecked: rotation.SeverityUnknown,
		rotation.StateUnreachable: rotation.SeverityWarning, rotation.StateExpiring: rotation.SeverityWarning, rotation.StateLimited: rotation.SeverityWarning,
		rotation.StateLocked: rotation.SeverityCritical, rotation.StateRejected: rotation.SeverityCritical, rotation.StateExpired: rotation.SeverityCritical,
	}
	since := start.Add(-time.Minute)
	status := estate.Status{
		Mount: "m", Name: name, State: state, Severity: severities[state], Reason: reasons[state], Seq: seq, Since: &since,
		Message: "What to do about " + name + ".", ServerURL: pod,
	}
	for _, c := range change {
		c(&status)
	}
	return status
}

func expires(at time.Time) func(*estate.Status) { return func(s *estate.Status) { s.Expiry = &at } }
func on(server string) func(*estate.Status)     { return func(s *estate.Status) { s.ServerURL = server } }

// many are n integrations in the same state.
func many(n int, state rotation.State, seq int64, change ...func(*estate.Status)) []estate.Status {
	var all []estate.Status
	for i := range n {
		all = append(all, one(fmt.Sprintf("i%03d", i), state, seq, change...))
	}
	return all
}

// estateOf is one mount that can be read.
func estateOf(statuses ...estate.Status) estate.Snapshot {
	return estate.Snapshot{Mounts: []estate.Mount{{Path: "m", Revision: "r", Up: true, Statuses: statuses}}}
}

// everything is a receiver that is told from warnings on.
func everything() config.Receiver {
	return config.Receiver{Name: "a", MinSeverity: rotation.SeverityWarning, RepeatInterval: day, SendResolved: true}
}

// step is what is the case at a time, and what a receiver is told then: "kind id".
type step struct {
	at   time.Duration // after start
	now  estate.Snapshot
	says []string
}

// play plays steps, and gives every message.
func play(t *testing.T, to config.Receiver, steps []step) (all []receiver.Message, told notify.Ledger) {
	t.Helper()
	down := notify.Outages{}
	for _, s := range steps {
		now := start.Add(s.at)
		down = down.After(s.now, now)
		var messages []receiver.Message
		messages, told = notify.Next(told, notify.Look(s.now, down, now), to, now)
		says := []string{}
		for _, m := range messages {
			says = append(says, string(m.Kind)+" "+short(m.ID))
		}
		if s.says == nil {
			s.says = []string{}
		}
		if diff := cmp.Diff(s.says, says); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", s.at, diff)
		}
		all = append(all, messages...)
	}
	return all, told
}
