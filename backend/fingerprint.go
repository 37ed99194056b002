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
	store   store
	reading chan struct{} // one place: who is in it reads storage, or makes the key

	mu    sync.Mutex
	key   *salt.Salt // nil until it was read
	drops int
}

// of stands for a user's password. The account is part of it, so that two users with the same password do
// not show that they have.
func (f *fingerprints) of(ctx context.Context, account rotation.Account, password string) (rotation.Fingerprint, error) {
	key, err := f.keyed(ctx)
	if err != nil {
		return "", err
	}
	return rotation.Fingerprint(key.GetHMAC(string(account) + "\x00" + password)), nil
}

// keyed gives the key. Nobody waits longer than ctx for another's read.
func (f *fingerprints) keyed(ctx context.Context) (*salt.Salt, error) {
	if key, _ := f.known(); key != nil {
		return key, nil
	}
	select {
	case f.reading <- struct{}{}:
		defer func() { <-f.reading }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the key of fingerprints: %w", context.Cause(ctx))
	}
	key, drops := f.known()
	if key != nil {
		return key, nil
	}
	key, err := salt.NewSalt(ctx, f.store.storage, &salt.Config{
		Location: fingerprintKey, HashFunc: salt.SHA256Hash, HMAC: sha256.New, HMACType: "hmac-sha256",
	})
	if err != nil {
		return nil, fmt.Errorf("read the key of fingerprints: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.drops == drops {
		f.key = key
	}
	return key, nil
}

func (f *fingerprints) known() (key *salt.Salt, drops int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.key, f.drops
}

// drop forgets the key; another node may have made it.
func (f *fingerprints) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.key = nil
	f.drops++
}
