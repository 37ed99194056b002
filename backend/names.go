package backend

import (
	"context"
	"fmt"
	"sync"
)

// nameLocks let one read-modify-write of a name run at a time. They are held for storage operations only,
// never while Oracle is asked. Its zero value is ready.
type nameLocks struct {
	mu    sync.Mutex
	locks map[string]*nameLock
}

// nameLock is a channel of one place, so that waiting for it can end with a context.
type nameLock struct {
	place chan struct{}
	users int
}

// lock waits for its turn, or for the end of ctx.
func (l *nameLocks) lock(ctx context.Context, name string) (unlock func(), err error) {
	l.mu.Lock()
	lock, found := l.locks[name]
	if !found {
		if l.locks == nil {
			l.locks = map[string]*nameLock{}
		}
		lock = &nameLock{place: make(chan struct{}, 1)}
		l.locks[name] = lock
	}
	lock.users++
	l.mu.Unlock()
	select {
	case lock.place <- struct{}{}:
		return func() {
			<-lock.place
			l.leave(name, lock)
		}, nil
	case <-ctx.Done():
		l.leave(name, lock)
		return nil, fmt.Errorf("wait for another write of the same name: %w", context.Cause(ctx))
	}
}

func (l *nameLocks) leave(name string, lock *nameLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lock.users--; lock.users == 0 {
		delete(l.locks, name)
	}
}
