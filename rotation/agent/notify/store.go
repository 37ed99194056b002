package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

const (
	// storeLimit is how long a message waits to be stored before it is sent, and the end of the agent for the last write: a
	// disk that hangs delays nobody for longer.
	storeLimit = 5 * time.Second
	// storeCalm is how long it waits to be stored that a message was delivered: many are stored at once. A kill before that
	// repeats them with the same ids.
	storeCalm = 250 * time.Millisecond
	// storeShare is how many times the last write's duration that is at least: a large state must not be written all the time.
	storeShare = 4
)

var errDiskHangs = errors.New("the disk takes very long")

// store is how far what receivers are told is stored. One goroutine writes, always the newest state, so that nothing else
// waits for a disk.
type store struct {
	wanted int64                       // the newest state that is to be stored
	tried  int64                       // the newest of which the writing has ended, well or not
	ended  chan struct{}               // closed, and another made, at each end of a writing
	now    chan struct{}               // something is to be stored before it is sent
	soon   chan struct{}               // something is to be stored at some time
	fresh  map[string]map[string]added // by receiver and id: what is not stored yet
	fault  string                      // why it could not be stored; empty: it is
}

// added is with which state a message came, and when.
type added struct {
	state int64
	at    time.Time
}

func newStore() store {
	return store{ended: make(chan struct{}), now: make(chan struct{}, 1), soon: make(chan struct{}, 1), fresh: map[string]map[string]added{}}
}

// want has the newest state stored.
func (n *Notifier) want(urgent bool) {
	n.store.wanted++
	if urgent {
		signal(n.store.now)
	} else {
		signal(n.store.soon)
	}
}

// add remembers messages that came with the newest state.
func (s *store) add(receiver string, messages []receiver.Message, now time.Time) {
	if len(messages) > 0 && s.fresh[receiver] == nil {
		s.fresh[receiver] = map[string]added{}
	}
	for _, m := range messages {
		s.fresh[receiver][m.ID] = added{state: s.wanted, at: now}
	}
}

// writes stores what is wanted until ctx ends, and then what is left.
func (n *Notifier) writes(ctx context.Context) {
	var took time.Duration
	for ctx.Err() == nil {
		select {
		case <-n.store.now:
		case <-n.store.soon:
			pause(ctx, n.store.now, max(storeCalm, storeShare*took))
		case <-ctx.Done():
			continue
		}
		began := time.Now()
		n.write()
		took = time.Since(began)
	}
	n.write() // what came while it wrote
}

// write stores the newest state. What cannot be stored is delivered all the same.
func (n *Notifier) write() {
	n.mu.Lock()
	state, wanted := n.state, n.store.wanted
	due := n.store.tried < wanted
	n.mu.Unlock()
	if !due {
		return
	}
	data, err := state.encode()
	if err == nil {
		err = n.options.Disk.Write(data)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.store.tried = wanted
	if err == nil {
		n.store.forget(wanted)
	}
	n.faulty(err)
	close(n.store.ended)
	n.store.ended = make(chan struct{})
}

// forget forgets the messages that are stored with a state.
func (s *store) forget(state int64) {
	for _, messages := range s.fresh {
		for id, came := range messages {
			if came.state <= state {
				delete(messages, id)
			}
		}
	}
}

// faulty says that it is not stored, or again.
func (n *Notifier) faulty(err error) {
	before := n.store.fault
	n.store.fault = ""
	switch {
	case err != nil:
		n.store.fault = fmt.Sprintf("what receivers are told cannot be stored, so that a restart of the agent may lose it or tell it twice: look after state_dir: %v", err)
		if before == "" {
			n.options.Log.Error("notifications are not stored", "fault", n.store.fault)
		}
	case before != "":
		n.options.Log.Info("notifications are stored again")
	}
}

// awaitStored waits until a message is stored, or it is known that it cannot be, or for long enough.
func (n *Notifier) awaitStored(ctx context.Context, name, id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ctx.Err() == nil {
		came, fresh := n.store.fresh[name][id]
		left := time.Until(came.at.Add(storeLimit))
		hangs := n.store.tried < came.state
		switch {
		case !fresh:
			return
		case !hangs || left <= 0:
			delete(n.store.fresh[name], id)
			n.count(name, Unstored, 1)
			if hangs {
				n.faulty(errDiskHangs)
			}
			return
		}
		ended := n.store.ended
		n.mu.Unlock()
		pause(ctx, ended, left)
		n.mu.Lock()
	}
}
