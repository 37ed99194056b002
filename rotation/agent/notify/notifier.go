package notify

import (
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// Result is what became of a message. The list is closed.
type Result string

// The results.
const (
	Delivered Result = "delivered" // the receiver took it
	Failed    Result = "failed"    // an attempt came to nothing; it is tried again
	Dropped   Result = "dropped"   // it was never sent: a newer one says more, or too many waited
	Unstored  Result = "unstored"  // it could not be stored before it was sent: a kill of the agent could lose it
)

// Results lists every result.
func Results() []Result { return []Result{Delivered, Failed, Dropped, Unstored} }

// Count is how many messages to a receiver came to a result since the agent started.
type Count struct {
	Receiver string
	Result   Result
	Count    int64
}

// LookEvery is how often it is looked for something to tell, unless Options say otherwise.
const LookEvery = 10 * time.Second

// To is somebody who is told.
type To struct {
	Settings config.Receiver
	Receiver receiver.Receiver
}

// Options is what a Notifier needs.
type Options struct {
	Source func() estate.Snapshot
	Disk   Disk
	Log    hclog.Logger
	Link   func(mount, name string) string // to the page of an integration; name empty: to all. Nil: no links
	Every  time.Duration                   // zero: LookEvery
}

// Notifier tells receivers. It is safe for use by several goroutines.
type Notifier struct {
	options Options

	looking sync.Mutex // held for a look; never within mu
	down    Outages

	mu     sync.Mutex // never held while something is computed, stored or sent
	term   *term
	state  State
	store  store
	counts map[string]map[Result]int64
	open   map[string][]receiver.Message // by receiver: what stands, for one that wants it again and again
	full   map[string]bool               // receivers for which too many messages wait
}

// term is the time that one list of receivers is in force.
type term struct {
	to   []To
	wake map[string]chan struct{} // by receiver: something was put into its box
	over chan struct{}
}

// newTerm is a term after another. The same name keeps its channel, since its delivery may go on.
func newTerm(to []To, before map[string]chan struct{}) *term {
	t := &term{to: slices.Clone(to), wake: map[string]chan struct{}{}, over: make(chan struct{})}
	for _, one := range to {
		name := one.Settings.Name
		if t.wake[name] = before[name]; t.wake[name] == nil {
			t.wake[name] = make(chan struct{}, 1)
		}
	}
	return t
}

// New reads what receivers were told before. That it cannot be read is logged, and no reason not to tell them anything.
func New(options Options, to []To) (*Notifier, error) {
	if options.Source == nil || options.Disk == nil || options.Log == nil {
		return nil, errors.New("a notifier needs to know what there is to tell, where to store and where to log")
	}
	if options.Every == 0 {
		options.Every = LookEvery
	}
	n := &Notifier{
		options: options, term: newTerm(to, nil), counts: map[string]map[Result]int64{}, open: map[string][]receiver.Message{}, full: map[string]bool{}, down: Outages{}, store: newStore(),
	}
	state, said, aside := load(options.Disk)
	n.options.Disk = &keeping{Disk: options.Disk, aside: aside}
	if said != "" {
		options.Log.Error("receivers may be told things twice", "fault", said)
	}
	n.state = state
	if len(to) > 0 {
		n.want(true) // a folder that may not be written to is said at the start, and not at the first trouble
	}
	return n, nil
}

// Use puts another list of receivers in force. What waits for one that stays goes on waiting for it; one whose settings are
// the same is the same receiver, and its delivery goes on.
func (n *Notifier) Use(to []To) {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.term.over)
	n.term = newTerm(to, n.term.wake)
}

// Counts gives what became of messages, zeros included, by receiver.
func (n *Notifier) Counts() []Count {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []Count
	names := slices.Collect(maps.Keys(n.counts))
	for _, to := range n.term.to {
		names = append(names, to.Settings.Name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		for _, result := range Results() {
			all = append(all, Count{Receiver: name, Result: result, Count: n.counts[name][result]})
		}
	}
	return all
}

// Fault is why what receivers were told cannot be stored, for people; empty where it can.
func (n *Notifier) Fault() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.store.fault
}

// sight is what one receiver is to be told at a look.
type sight struct {
	name    string
	told    Ledger
	fresh   []receiver.Message
	open    []receiver.Message
	changed bool // it was told otherwise before
}

// Look looks once for something to tell, and hands it over.
func (n *Notifier) Look(now time.Time) {
	n.looking.Lock()
	defer n.looking.Unlock()
	n.mu.Lock()
	t, state := n.term, n.state
	n.mu.Unlock()
	snapshot := n.options.Source()
	n.down = n.down.After(snapshot, now)
	seen := Look(snapshot, n.down, now)
	var all []sight
	for _, to := range t.to {
		all = append(all, n.see(to, state, seen, now))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.term == t { // or it is looked at once for those who are in force now
		n.hand(all, now)
	}
}

// see is what one receiver is to be told. Nobody else changes what is known of what it was told.
func (n *Notifier) see(to To, state State, seen Picture, now time.Time) sight {
	box, known := state.Receivers[to.Settings.Name]
	s := sight{name: to.Settings.Name}
	s.fresh, s.told = Next(box.Told, seen, to.Settings, now)
	s.changed = !known || !reflect.DeepEqual(box.Told, s.told)
	n.link(s.fresh)
	if _, refreshes := to.Receiver.(receiver.Refresher); refreshes {
		s.open = Open(s.told, seen, now)
		n.link(s.open)
	}
	return s
}

// hand puts into the boxes what is to be told, to be stored and sent.
func (n *Notifier) hand(all []sight, now time.Time) {
	var names []string
	for _, s := range all {
		names = append(names, s.name)
	}
	next := n.state.only(names)
	changed, urgent := n.store.fault != "" || len(next.Receivers) != len(n.state.Receivers), false
	for _, s := range all {
		box := next.Receivers[s.name]
		box.Told = s.told
		box, replaced, lost := box.with(s.fresh)
		n.count(s.name, Dropped, replaced+lost)
		n.overflow(s.name, len(box.Pending), lost)
		next.Receivers[s.name] = box
		n.open[s.name] = s.open
		changed, urgent = changed || s.changed, urgent || len(s.fresh) > 0
	}
	if !changed && !urgent {
		return
	}
	n.state = next
	n.want(urgent)
	for _, s := range all {
		n.store.add(s.name, s.fresh, now)
		if len(s.fresh) > 0 {
			signal(n.term.wake[s.name])
		}
	}
}

// overflow logs that messages are lost: once until there is room again.
func (n *Notifier) overflow(name string, waiting, lost int) {
	switch {
	case lost > 0 && !n.full[name]:
		n.full[name] = true
		n.options.Log.Error("too many messages wait, and the oldest are not sent any more: look why the receiver does not take them",
			"receiver", name, "waiting", waiting, "lost", lost)
	case waiting < MaxPending:
		delete(n.full, name)
	}
}

// link adds where the page has more of it.
func (n *Notifier) link(messages []receiver.Message) {
	if n.options.Link == nil {
		return
	}
	for i, m := range messages {
		messages[i].Link = n.options.Link(m.Mount, m.Name)
	}
}

func (n *Notifier) count(name string, result Result, by int) {
	if n.counts[name] == nil {
		n.counts[name] = map[Result]int64{}
	}
	n.counts[name][result] += int64(by)
}

func signal(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

func draw() float64 { return rand.Float64() } //nolint:gosec // G404: spreading load needs no cryptographic randomness
