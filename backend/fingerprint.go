package backend

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/hashicorp/vault/sdk/helper/salt"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// fingerprints make keyed hashes of passwords, with a key of the mount's own in storage. Whoever reads a
// ledger without that key can't tell whether a guess is right.
type fingerprints struct {
	store store

	mu  sync.Mutex
	key *salt.Salt // nil until it was read
}

// of stands for a user's password. The account is part of it, so that two users with the same password do
// not show that they have.
func (f *fingerprints) of(ctx context.Context, account rotation.Account, password string) (rotation.Fingerprint, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.key == nil {
		key, err := salt.NewSalt(ctx, f.store.storage, &salt.Config{
			Location: fingerprintKey, HashFunc: salt.SHA256Hash, HMAC: sha256.New, HMACType: "hmac-sha256",
		})
		if err != nil {
			return "", fmt.Errorf("read the key of fingerprints: %w", err)
		}
		f.key = key
	}
	return rotation.Fingerprint(f.key.GetHMAC(string(account) + "\x00" + password)), nil
}

// drop forgets the key; another node may have made it.
func (f *fingerprints) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.key = nil
}
