package backend_test

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/vault/sdk/logical"
)

// trouble is what the storage does to a process at one of its operations. The list is closed.
type trouble string

const (
	noTrouble  trouble = ""
	stopBefore trouble = "the process dies before it"
	stopAfter  trouble = "the process dies after it"
	losePut    trouble = "the write is lost and fails"
	liePut     trouble = "the write is made and fails"
)

var errDrive = errors.New("the storage does not answer")

// drive is one process's way to the mount's storage. When its process dies, nothing of it comes through any
// more; what it stored stays.
type drive struct {
	logical.Storage
	seen func(entry *logical.StorageEntry) // every write that was made

	mu      sync.Mutex
	trouble trouble
	left    int // operations until the trouble
	dead    bool
	struck  int // troubles so far
}

// arm lets the n-th operation from now on fail; of a kind that concerns writes, the n-th write.
func (d *drive) arm(what trouble, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trouble, d.left = what, n
}

func (d *drive) kill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = true
}

func (d *drive) isDead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

func (d *drive) troubles() (struck int, armed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.struck, d.trouble != noTrouble
}

// next says what this operation meets.
func (d *drive) next(isWrite bool) (trouble, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.dead:
		return noTrouble, errDrive
	case d.trouble == noTrouble, (d.trouble == losePut || d.trouble == liePut) && !isWrite:
		return noTrouble, nil
	}
	if d.left--; d.left > 0 {
		return noTrouble, nil
	}
	met := d.trouble
	d.trouble = noTrouble
	d.struck++
	d.dead = met == stopBefore || met == stopAfter
	if met == stopBefore || met == losePut {
		return met, errDrive
	}
	return met, nil
}

// do makes an operation, unless the trouble comes before it.
func (d *drive) do(isWrite bool, operation func() error) error {
	met, err := d.next(isWrite)
	if err != nil {
		return err
	}
	if err := operation(); err != nil {
		return err
	}
	if met != noTrouble {
		return errDrive
	}
	return nil
}

// Put implements logical.Storage.
func (d *drive) Put(ctx context.Context, entry *logical.StorageEntry) error {
	return d.do(true, func() error {
		d.seen(entry)
		return d.Storage.Put(ctx, entry)
	})
}

// Delete implements logical.Storage.
func (d *drive) Delete(ctx context.Context, key string) error {
	return d.do(true, func() error { return d.Storage.Delete(ctx, key) })
}

// Get implements logical.Storage.
func (d *drive) Get(ctx context.Context, key string) (entry *logical.StorageEntry, err error) {
	err = d.do(false, func() error {
		entry, err = d.Storage.Get(ctx, key)
		return err
	})
	return entry, err
}

// List implements logical.Storage.
func (d *drive) List(ctx context.Context, prefix string) (keys []string, err error) {
	err = d.do(false, func() error {
		keys, err = d.Storage.List(ctx, prefix)
		return err
	})
	return keys, err
}
