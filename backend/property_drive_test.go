package backend_test

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/vault/sdk/logical"
)

// trouble is what befalls a process at one of its operations on the storage, or of its calls of Oracle. The list is
// closed.
type trouble string

const (
	noTrouble  trouble = ""
	stopBefore trouble = "the process dies before it"
	stopAfter  trouble = "the process dies after it"
	losePut    trouble = "the write is lost and fails"
	liePut     trouble = "the write is made and fails"
	haltBefore trouble = "a signal stops the process before it"
	haltAfter  trouble = "a signal stops the process after it"
)

var errDrive = errors.New("the storage does not answer")

// drive is one process's way to the mount's storage. When its process dies, nothing of it comes through any
// more; what it stored stays.
type drive struct {
	logical.Storage
	seen   func(entry *logical.StorageEntry) // every write that was made
	halted chan struct{}                     // closed when a signal stops the process

	mu       sync.Mutex
	trouble  trouble
	left     int // operations until the trouble
	dead     bool
	demoted  bool          // its writes fail: another process is the active one
	gate     chan struct{} // closed when a stopped process goes on; nil while none is stopped
	struck   int           // troubles so far
	takeover halt
}

func newDrive(storage logical.Storage, seen func(*logical.StorageEntry)) *drive {
	return &drive{Storage: storage, seen: seen, halted: make(chan struct{})}
}

// arm lets the n-th operation from now on fail; of a kind that concerns writes, the n-th write.
func (d *drive) arm(what trouble, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trouble, d.left = what, n
}

// kill ends the process, also one that is stopped.
func (d *drive) kill() {
	d.mu.Lock()
	d.dead = true
	d.mu.Unlock()
	d.goOn(true)
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

// next says what this operation meets. It waits as long as the process is stopped.
func (d *drive) next(of kindOfOperation) (trouble, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.gate != nil {
		d.mu.Unlock()
		d.wait()
		d.mu.Lock()
	}
	switch {
	case d.dead:
		return noTrouble, errDrive
	case d.demoted && of == aWrite:
		return noTrouble, errDrive
	case !d.trouble.concerns(of):
		return noTrouble, nil
	}
	if d.left--; d.left > 0 {
		return noTrouble, nil
	}
	met := d.trouble
	d.trouble = noTrouble
	d.struck++
	switch met {
	case stopBefore, stopAfter:
		d.dead = true
	case haltBefore, haltAfter:
		d.gate = make(chan struct{})
		close(d.halted)
	case noTrouble, losePut, liePut:
	}
	if met == stopBefore || met == losePut {
		return met, errDrive
	}
	return met, nil
}

// kindOfOperation is what a trouble may befall.
type kindOfOperation int

const (
	aRead kindOfOperation = iota
	aWrite
	aCall
)

func (t trouble) concerns(of kindOfOperation) bool {
	switch t {
	case losePut, liePut:
		return of == aWrite
	case stopBefore, stopAfter:
		return of != aCall
	case haltBefore, haltAfter:
		return true
	case noTrouble:
	}
	return false
}

// do makes an operation, unless the trouble comes before it.
func (d *drive) do(ctx context.Context, of kindOfOperation, operation func() error) error {
	met, err := d.next(of)
	if err != nil {
		return err
	}
	if met == haltBefore {
		d.wait()
		if d.isDead() || of == aWrite && d.isDemoted() {
			return errDrive
		}
	}
	if err := ctx.Err(); err != nil { // as Vault's storage refuses, too
		return err //nolint:wrapcheck // a double of storage
	}
	if err := operation(); err != nil {
		return err
	}
	switch met {
	case haltAfter:
		d.wait()
	case stopAfter, liePut:
		return errDrive
	case noTrouble, haltBefore, stopBefore, losePut:
	}
	return nil
}

// Put implements logical.Storage.
func (d *drive) Put(ctx context.Context, entry *logical.StorageEntry) error {
	return d.do(ctx, aWrite, func() error {
		d.seen(entry)
		return d.Storage.Put(ctx, entry)
	})
}

// Delete implements logical.Storage.
func (d *drive) Delete(ctx context.Context, key string) error {
	return d.do(ctx, aWrite, func() error { return d.Storage.Delete(ctx, key) })
}

// Get implements logical.Storage.
func (d *drive) Get(ctx context.Context, key string) (entry *logical.StorageEntry, err error) {
	err = d.do(ctx, aRead, func() error {
		entry, err = d.Storage.Get(ctx, key)
		return err
	})
	return entry, err
}

// List implements logical.Storage.
func (d *drive) List(ctx context.Context, prefix string) (keys []string, err error) {
	err = d.do(ctx, aRead, func() error {
		keys, err = d.Storage.List(ctx, prefix)
		return err
	})
	return keys, err
}
