package backend

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// hungStorage answers reads once it is released.
type hungStorage struct {
	logical.InmemStorage
	released chan struct{}
}

func (s *hungStorage) Get(ctx context.Context, key string) (*logical.StorageEntry, error) {
	<-s.released
	return s.InmemStorage.Get(ctx, key) //nolint:wrapcheck // a double of storage
}

// Storage that hangs for one who reads the key of fingerprints holds nobody else up for longer than he wants to wait.
func TestNobodyWaitsForAnothersReadOfTheKeyForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		storage := &hungStorage{released: make(chan struct{})}
		f := &fingerprints{store: store{storage: storage}, reading: make(chan struct{}, 1)}
		first := make(chan rotation.Fingerprint, 1)
		go func() {
			mark, _ := f.of(t.Context(), "A@pod", "Some-Horse-1")
			first <- mark
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := f.of(ctx, "B@pod", "Some-Horse-1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
		f.drop() // what the first reads now may be old
		close(storage.released)
		again, err := f.of(t.Context(), "A@pod", "Some-Horse-1")
		if mark := <-first; err != nil || mark == "" || mark != again {
			t.Errorf("%q and %q, %v: two keys were made", mark, again, err)
		}
	})
}
