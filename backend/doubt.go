package backend

import (
	"context"
	"maps"
	"slices"
	"time"
)

// doubtPause is after how long storage is asked once more about a write that failed: what was on its way then is made by
// now, or lost. Raft commits or gives up in seconds.
const doubtPause = time.Minute

// learn lets the sweep hear of what storage holds, where nobody tells it: when memory was dropped, it is read anew at
// once, and after a write that failed storage is asked a second time, because the write may have been made after the first.
// It ends with ctx.
func (b *backend) learn(ctx context.Context) {
	var again <-chan time.Time
	more := false // another write failed meanwhile: its minute is not over by then
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.view.dropped:
			b.loadForSweep(ctx)
		case <-b.served.doubts:
			if more = again != nil; !more {
				again = time.After(doubtPause)
			}
		case <-again:
			if again = nil; more {
				again, more = time.After(doubtPause), false
			}
			for _, name := range b.served.inDoubt() {
				b.catchUp(ctx, name)
			}
		}
	}
}

// inDoubt lists the integrations whose last write failed.
func (s *served) inDoubt() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.doubtful))
}

// signal leaves word for somebody who may be busy; word that is there already is enough.
func signal(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}
