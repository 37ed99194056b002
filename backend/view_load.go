package backend

import (
	"context"
	"crypto/rand"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// ensure reads the mount from storage if that has not been done.
func (v *view) ensure(ctx context.Context) error {
	v.mu.RLock()
	loaded := v.loaded
	v.mu.RUnlock()
	if loaded {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.loaded {
		return nil
	}
	v.policies, v.integrations = map[string]rotation.Policy{}, map[string]known{}
	v.ledgers, v.owners = map[rotation.Account]rotation.Ledger{}, map[rotation.Account]string{}
	v.epoch, v.revision, v.deleted = rand.Text()[:8], 0, map[string]int64{}
	for _, load := range []func(context.Context) error{v.loadConfig, v.loadPolicies, v.loadLedgers, v.loadIntegrations} {
		if err := load(ctx); err != nil {
			return err
		}
	}
	v.loaded = true
	return nil
}

// drop forgets everything; the next question reads storage again.
func (v *view) drop() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.loaded = false
}

func (v *view) loadConfig(ctx context.Context) error {
	v.config = defaultConfig()
	_, err := v.store.get(ctx, configKey, &v.config)
	return err
}

func (v *view) loadPolicies(ctx context.Context) error {
	names, err := v.store.list(ctx, policyPrefix)
	for _, name := range names {
		var entry policyEntry
		if _, err := v.store.get(ctx, policyPrefix+name, &entry); err != nil {
			return err
		}
		v.policies[name] = entry.Policy
	}
	return err
}

func (v *view) loadLedgers(ctx context.Context) error {
	keys, err := v.store.list(ctx, ledgerPrefix)
	for _, key := range keys {
		var entry ledgerEntry
		if _, err := v.store.get(ctx, ledgerPrefix+key, &entry); err != nil {
			return err
		}
		v.ledgers[entry.Account] = entry.Ledger
	}
	return err
}

func (v *view) loadIntegrations(ctx context.Context) error {
	names, err := v.store.list(ctx, integrationPrefix)
	for _, name := range names {
		var entry integrationEntry
		var record recordEntry
		found, err := v.store.get(ctx, integrationPrefix+name, &entry)
		if err != nil {
			return err
		}
		if _, err := v.store.get(ctx, recordPrefix+name, &record); err != nil {
			return err
		}
		if found {
			v.integrations[name] = known{entry: entry.withoutPassword(), record: record.Record}
			v.owners[rotation.AccountOf(entry.Username, entry.ServerURL)] = name
		}
	}
	return err
}
