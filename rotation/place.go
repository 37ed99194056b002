package rotation

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Place is one of the places of those that ask Oracle at once.
type Place interface {
	// Take waits for the place, once. An error says that none came free in time: nothing may be asked then.
	Take(ctx context.Context) error
	// Leave gives it to another one: nothing more is asked. Who never took it leaves nothing.
	Leave()
}

const (
	// maxAhead is how many jobs get ready while all places are taken, so that the next one is at hand when one comes
	// free: as many as a mount has places by default. Each waits with its login charged, so there shall not be many.
	maxAhead = 16
	// comesFree is for how long after a place came free another is expected to: while pods hang, nobody gets ready
	// and then waits with a login charged.
	comesFree = time.Second
	// maxPlaceWait is how long one waits that is ready. The login of a check has to have most of its time.
	maxPlaceWait = 5 * time.Second
)

// ErrNoPlace is said to whoever waited for a place in vain.
var ErrNoPlace = errors.New("too many logins are under way: no place came free")

// places count who asks Oracle, who gets ready to, and who stores what came of it. Its sweeper's lock guards it.
type places struct {
	ready   int // launched, without a place yet
	asking  int
	storing int
	freed   time.Time // when the last place came free
	waiting []chan struct{}
}

// admits says whether one more may be launched.
func (p *places) admits(total int, now time.Time) bool {
	if p.ready+p.asking+p.storing >= 2*total {
		return false
	}
	return p.ready+p.asking < total || p.ready < maxAhead && now.Sub(p.freed) < comesFree
}

// pass gives a place that comes free to the first who waits, unless there are to be fewer by now.
func (p *places) pass(total int, now time.Time) {
	p.freed = now
	p.storing++
	if len(p.waiting) == 0 || p.asking > total {
		p.asking--
		return
	}
	close(p.waiting[0])
	p.waiting = p.waiting[1:]
	p.ready--
}

// seat is the place of one job of a sweeper.
type seat struct {
	sweeper *Sweeper
	host    string
	take    sync.Mutex // held while it is waited for
	took    time.Time  // zero: not yet
	left    bool
}

// Take implements Place. Once the sweep ends nobody gets one: a login that began now would be called off on its way.
func (s *seat) Take(ctx context.Context) error {
	s.take.Lock()
	defer s.take.Unlock()
	if s.sweeper.ends() {
		return ErrNoPlace
	}
	free, turn := s.sweeper.seatOf(s)
	if free {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, maxPlaceWait)
	defer cancel()
	select {
	case <-turn:
	case <-limited.Done():
	case <-s.sweeper.ending:
	}
	if s.sweeper.gaveUp(turn) {
		return ErrNoPlace
	}
	s.sweeper.sits(s)
	if s.sweeper.ends() {
		return ErrNoPlace
	}
	return nil
}

// Leave implements Place.
func (s *seat) Leave() { s.sweeper.leave(s) }

// ends says whether the sweep was told to end.
func (s *Sweeper) ends() bool {
	select {
	case <-s.ending:
		return true
	default:
		return false
	}
}

// seatOf gives a job its place if one is free, else what is closed when its turn has come.
func (s *Sweeper) seatOf(of *seat) (free bool, turn chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !of.took.IsZero() {
		return true, nil
	}
	if s.places.asking < s.work.Limits().Total {
		of.took = time.Now()
		s.places.ready--
		s.places.asking++
		s.poke() // the next one may get ready
		return true, nil
	}
	turn = make(chan struct{})
	s.places.waiting = append(s.places.waiting, turn)
	return false, turn
}

// gaveUp takes one who waits out of the line; false: its turn came at the same instant.
func (s *Sweeper) gaveUp(turn chan struct{}) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.Index(s.places.waiting, turn)
	if at >= 0 {
		s.places.waiting = slices.Delete(s.places.waiting, at, at+1)
	}
	return at >= 0
}

func (s *Sweeper) sits(of *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of.took = time.Now()
}

// leave gives a job's place at its host to another one: storing what it found asks nothing of the pod.
func (s *Sweeper) leave(of *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if of.left {
		return
	}
	of.left = true
	now := time.Now()
	if of.took.IsZero() { // it asked for nothing, and says nothing of its host
		s.places.ready--
		s.places.storing++
	} else {
		if delete(s.slow, of.host); now.Sub(of.took) >= slowJob {
			s.slow[of.host] = true
		}
		s.places.pass(s.work.Limits().Total, now)
	}
	if s.running[of.host]--; s.running[of.host] == 0 {
		delete(s.running, of.host)
	}
	s.poke()
}
