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
// it the oldest goes, what is critical last; an end stays, since what was told of it would stand for ever.
const MaxPending = 20_000

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

// with is the box with further messages; how many of those that waited are not worth sending any more: of one key the newest
// trouble is, and its end; and how many are lost because too many wait.
func (b Box) with(messages []receiver.Message) (next Box, replaced, lost int) {
	if len(messages) == 0 {
		return b, 0, 0
	}
	pending := slices.Concat(b.Pending, messages)
	gone := make([]bool, len(pending))
	at := map[string][]int{} // by key
	for i, m := range pending {
		if i >= len(b.Pending) {
			for _, earlier := range at[m.Key] {
				if !gone[earlier] && replaces(m, pending[earlier]) {
					gone[earlier] = true
					replaced++
				}
			}
		}
		at[m.Key] = append(at[m.Key], i)
	}
	pending = kept(pending, gone)
	b.Pending = bounded(pending)
	return b, replaced, len(pending) - len(b.Pending)
}

// bounded is what may wait.
func bounded(pending []receiver.Message) []receiver.Message {
	excess := len(pending) - MaxPending
	if excess <= 0 {
		return pending
	}
	ended := map[string]bool{}
	for _, m := range pending {
		if m.Kind == receiver.Resolved {
			ended[m.Key] = true
		}
	}
	gone := make([]bool, len(pending))
	for _, goes := range []func(receiver.Message) bool{
		func(m receiver.Message) bool { return m.Severity != rotation.SeverityCritical },
		func(m receiver.Message) bool { return ended[m.Key] }, // it was critical, and is over
		func(receiver.Message) bool { return true },
	} {
		for i, m := range pending {
			if excess > 0 && !gone[i] && m.Kind != receiver.Resolved && goes(m) {
				gone[i] = true
				excess--
			}
		}
	}
	return kept(pending, gone)
}

func kept(pending []receiver.Message, gone []bool) []receiver.Message {
	stay := make([]receiver.Message, 0, len(pending))
	for i, m := range pending {
		if !gone[i] {
			stay = append(stay, m)
		}
	}
	return stay
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
