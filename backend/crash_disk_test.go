package backend_test

import (
	"context"
	"sync"

	"github.com/hashicorp/vault/sdk/logical"
)

// mishap is what happens at one instant of a run. The list is closed.
type mishap string

// What happens at the n-th write of storage.
const (
	noMishap    mishap = ""
	writeFails  mishap = "the write fails"
	writeLies   mishap = "the write is made and fails"
	diesUnsaved mishap = "the process dies before the write"
	diesSaved   mishap = "the process dies after the write"
)

// storageMishaps lists what happens at a write.
func storageMishaps() []mishap { return []mishap{writeFails, writeLies, diesUnsaved, diesSaved} }

// disk is one process's way to the mount's storage. When its process is dead, nothing of it comes through any more;
// what it stored stays.
type disk struct {
	logical.Storage
	wrote func(key string) // called after every write that was made

	mu     sync.Mutex
	what   mishap
	left   int // writes until it happens
	dead   bool
	struck bool
}

// arm lets something happen at the n-th write from now on.
func (d *disk) arm(what mishap, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.what, d.left, d.struck = what, n, false
}

// disarm says whether it happened. From now on nothing does.
func (d *disk) disarm() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.what = noMishap
	return d.struck
}

// kill ends the process at once.
func (d *disk) kill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = true
}

func (d *disk) isDead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

// meets says what this write meets.
func (d *disk) meets() mishap {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return diesUnsaved
	}
	if d.what == noMishap {
		return noMishap
	}
	if d.left--; d.left > 0 {
		return noMishap
	}
	met := d.what
	d.what, d.struck = noMishap, true
	d.dead = met == diesUnsaved || met == diesSaved
	return met
}

func (d *disk) write(key string, act func() error) error {
	met := d.meets()
	if met == writeFails || met == diesUnsaved {
		return errDrive
	}
	if err := act(); err != nil {
		return err
	}
	d.wrote(key)
	if met != noMishap {
		return errDrive
	}
	return nil
}

// Put implements logical.Storage.
func (d *disk) Put(ctx context.Context, entry *logical.StorageEntry) error {
	return d.write(entry.Key, func() error { return d.Storage.Put(ctx, entry) })
}

// Delete implements logical.Storage.
func (d *disk) Delete(ctx context.Context, key string) error {
	return d.write(key, func() error { return d.Storage.Delete(ctx, key) })
}

// Get implements logical.Storage.
func (d *disk) Get(ctx context.Context, key string) (*logical.StorageEntry, error) {
	if d.isDead() {
		return nil, errDrive
	}
	return d.Storage.Get(ctx, key)
}

// List implements logical.Storage.
func (d *disk) List(ctx context.Context, prefix string) ([]string, error) {
	if d.isDead() {
		return nil, errDrive
	}
	return d.Storage.List(ctx, prefix)
}
