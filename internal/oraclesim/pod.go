package oraclesim

import (
	"errors"
	"sync"
	"time"
)

// Pod is the state of one Fusion pod: users, resources, clients of the domain, clock, faults and logs. It does no I/O of its own; the
// Server asks it. All methods are safe for concurrent use. A Pod comes from Server.Pod.
type Pod struct {
	mu            sync.Mutex
	base          func() time.Time
	offset        time.Duration
	switches      Switches // defaults filled in
	domainRules   DomainRules
	accounts      map[string]*account
	resources     map[string]Resource
	created       int            // users ever made
	generations   map[string]int // users ever made by name
	clients       map[string]*client
	tokens        map[digest]token
	faults        []*armedFault
	late          []func() // requests that FaultLate holds back
	counted       counter  // requests to the pod
	countedDomain counter
	requests      ring[*Request]
	changed       chan struct{}         // closed and renewed whenever the request log changes
	setDown       func(down bool) error // the server's listener
	setDomainDown func(down bool) error
}

func newPod(base func() time.Time, s Switches) (*Pod, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	if base == nil {
		base = time.Now
	}
	p := &Pod{
		base:          base,
		switches:      s.withDefaults(),
		accounts:      make(map[string]*account),
		resources:     make(map[string]Resource),
		generations:   make(map[string]int),
		clients:       make(map[string]*client),
		tokens:        make(map[digest]token),
		changed:       make(chan struct{}),
		setDown:       func(bool) error { return errors.New("the pod is not served") },
		setDomainDown: func(bool) error { return errors.New("the pod has no identity domain") },
	}
	for _, r := range standardResources() {
		p.resources[r.Name] = r
	}
	return p, nil
}

// Now is the pod's clock, in UTC.
func (p *Pod) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now()
}

// now needs the lock.
func (p *Pod) now() time.Time { return p.base().Add(p.offset).UTC() }

// AdvanceClock moves the pod's clock by d for all that follows; a negative d moves it back. What has happened
// already stays: a lock that ended does not come back.
func (p *Pod) AdvanceClock(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// What the passing time ends must end at its own time, before a later call could see it otherwise.
	for _, a := range p.accounts {
		p.settle(a, p.now())
	}
	p.offset += d
}

// Switches returns the switches in force, with their defaults filled in.
func (p *Pod) Switches() Switches {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.switches
}

// SetSwitches replaces all the switches; zero fields are defaults again. Locks and lags that are running keep
// the length they began with.
func (p *Pod) SetSwitches(s Switches) error {
	if err := s.validate(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.switches = s.withDefaults()
	return nil
}

// SetDown closes the pod's port, so that connections are refused and open ones break, or opens the same port
// again. The control port and the identity domain are not touched. Setting what is already so does nothing.
func (p *Pod) SetDown(down bool) error {
	p.mu.Lock()
	setDown := p.setDown
	p.mu.Unlock()
	return setDown(down)
}

// SetDomainDown does the same to the identity domain's port.
func (p *Pod) SetDomainDown(down bool) error {
	p.mu.Lock()
	setDown := p.setDomainDown
	p.mu.Unlock()
	return setDown(down)
}
