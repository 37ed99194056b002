package backend

import "sync"

// nameLocks let one read-modify-write of a name run at a time. They are held for storage operations only,
// never while Oracle is asked.
type nameLocks struct {
	mu    sync.Mutex
	locks map[string]*nameLock
}

type nameLock struct {
	sync.Mutex
	users int
}

func (l *nameLocks) lock(name string) (unlock func()) {
	l.mu.Lock()
	lock, found := l.locks[name]
	if !found {
		if l.locks == nil {
			l.locks = map[string]*nameLock{}
		}
		lock = &nameLock{}
		l.locks[name] = lock
	}
	lock.users++
	l.mu.Unlock()
	lock.Lock()
	return func() {
		lock.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if lock.users--; lock.users == 0 {
			delete(l.locks, name)
		}
	}
}
