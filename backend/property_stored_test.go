package backend_test

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// What a mount's storage holds, read past the process: reading must not count as one of its operations.

// peeker reads an entry; nil when there is none.
func peeker(storage logical.Storage) func(key string) *logical.StorageEntry {
	return func(key string) *logical.StorageEntry {
		entry, _ := storage.Get(context.Background(), key) // memory does not fail
		return entry
	}
}

func (w *world) keys() []string {
	keys, err := logical.CollectKeys(context.Background(), w.storage)
	mustPlay(w.rt, err)
	return keys
}

func ledgerIn(entry *logical.StorageEntry) (rotation.Account, rotation.Ledger, bool) {
	var stored struct {
		Account rotation.Account `json:"account"`
		Ledger  rotation.Ledger  `json:"ledger"`
	}
	if !strings.HasPrefix(entry.Key, "ledger/") || entry.DecodeJSON(&stored) != nil {
		return "", rotation.Ledger{}, false
	}
	return stored.Account, stored.Ledger, true
}

func userOf(account rotation.Account) string {
	name, _, _ := strings.Cut(string(account), "@")
	return strings.ToUpper(name)
}

// ledgers reads every account of logins, by user.
func (w *world) ledgers() map[string]rotation.Ledger {
	all := map[string]rotation.Ledger{}
	for _, key := range w.keys() {
		if account, ledger, found := ledgerIn(w.peek(key)); found {
			all[userOf(account)] = ledger
		}
	}
	return all
}

// policy is the one in force.
func (w *world) policy() rotation.Policy {
	stored := struct {
		Policy rotation.Policy `json:"policy"`
	}{rotation.DefaultPolicy()}
	if entry := w.peek("policy/default"); entry != nil {
		_ = entry.DecodeJSON(&stored) // what cannot be read shows as a broken promise
	}
	return stored.Policy
}

// shiftTimes moves every time in storage, which is what setting the engine's clock the other way looks like
// to an engine.
func (w *world) shiftTimes(by time.Duration) {
	for _, key := range w.keys() {
		entry := w.peek(key)
		if !json.Valid(entry.Value) {
			continue // the key of fingerprints, of which a decoder may take the first digits for a number
		}
		var value any
		decoder := json.NewDecoder(strings.NewReader(string(entry.Value)))
		decoder.UseNumber()
		mustPlay(w.rt, decoder.Decode(&value))
		text, err := json.Marshal(shifted(value, by))
		mustPlay(w.rt, err)
		mustPlay(w.rt, w.storage.Put(context.Background(), &logical.StorageEntry{Key: key, Value: text}))
	}
}

func shifted(value any, by time.Duration) any {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			v[name] = shifted(inner, by)
		}
	case []any:
		for i, inner := range v {
			v[i] = shifted(inner, by)
		}
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil && !at.IsZero() {
			return at.Add(by).Format(time.RFC3339Nano)
		}
	}
	return value
}
