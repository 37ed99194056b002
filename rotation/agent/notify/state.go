package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// schema names the form of what is stored. Another one is not read.
const schema = "oracle-financials.notify/v1"

// MaxPending bounds what waits for a receiver that does not take anything: more than an estate has that needs a hand. Beyond
// it the oldest goes that is not critical.
const MaxPending = 5000

// State is all that is stored: what each receiver was told, and what is still on its way there. It is a value.
// Neither a map nor a list in it is changed once others may see it.
type State struct {
	Receivers map[string]Box `json:"receivers"` // by name
}

// Box is one receiver's.
type Box struct {
	Told    Ledger             `json:"told"`
	Pending []receiver.Message `json:"pending,omitempty"` // the oldest first
}

// with is the box with further messages, and how many of those that waited are not worth sending any more: of one key the
// newest trouble is, and its end.
func (b Box) with(messages []receiver.Message) (next Box, dropped int) {
	before := len(b.Pending) + len(messages)
	pending := slices.Clone(b.Pending)
	for _, m := range messages {
		pending = slices.DeleteFunc(pending, func(waits receiver.Message) bool { return replaces(m, waits) })
		pending = append(pending, m)
	}
	for len(pending) > MaxPending {
		oldest := max(slices.IndexFunc(pending, func(m receiver.Message) bool { return m.Severity != rotation.SeverityCritical }), 0)
		pending = slices.Delete(pending, oldest, oldest+1)
	}
	b.Pending = pending
	return b, before - len(pending)
}

// replaces says whether a message that waits says nothing any more beside a newer one. A trouble that was never heard of
// stays beside its own end: it was one.
func replaces(m, waits receiver.Message) bool {
	if m.Key != waits.Key {
		return false
	}
	switch m.Kind {
	case receiver.Trouble:
		return true
	case receiver.Reminder, receiver.Expiry, receiver.Resolved:
		return waits.Kind == receiver.Reminder || waits.Kind == receiver.Expiry && m.Kind != receiver.Resolved
	case receiver.Test:
	}
	return false
}

// without is the box after a message was taken.
func (b Box) without(id string) Box {
	b.Pending = slices.DeleteFunc(slices.Clone(b.Pending), func(m receiver.Message) bool { return m.ID == id })
	return b
}

// only is the state with the boxes of these receivers: who is not in the configuration any more is told nothing.
func (s State) only(names []string) State {
	next := State{Receivers: maps.Clone(s.Receivers)}
	if next.Receivers == nil {
		next.Receivers = map[string]Box{}
	}
	maps.DeleteFunc(next.Receivers, func(name string, _ Box) bool { return !slices.Contains(names, name) })
	return next
}

// encode is the state as it is stored.
func (s State) encode() ([]byte, error) {
	data, err := json.Marshal(struct {
		Schema string `json:"schema"`
		State
	}{schema, s})
	if err != nil {
		return nil, fmt.Errorf("encode what receivers were told: %w", err)
	}
	return data, nil
}

// decode reads what was stored.
func decode(data []byte) (State, error) {
	var stored struct {
		Schema string `json:"schema"`
		State
	}
	if err := json.Unmarshal(data, &stored); err != nil {
		return State{}, fmt.Errorf("it is not what this agent writes: %w", err)
	}
	if stored.Schema != schema {
		return State{}, errors.New("another version of the agent, or another program, wrote it")
	}
	return stored.State, nil
}
