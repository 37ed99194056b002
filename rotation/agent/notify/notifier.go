package notify

import (
	"errors"
	"fmt"
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

	mu     sync.Mutex
	term   *term
	state  State
	fault  string // why it could not be stored; empty: it is
	counts map[string]map[Result]int64
	open   map[string][]receiver.Message // by receiver: what stands, for one that wants it again and again
	full   map[string]bool               // receivers for which too many messages wait
	down   Outages
}

// term is the time that one list of receivers is in force.
type term struct {
	to   []To
	wake map[string]chan struct{} // by receiver: something was put into its box
	over chan struct{}
}

func newTerm(to []To) *term {
	t := &term{to: slices.Clone(to), wake: map[string]chan struct{}{}, over: make(chan struct{})}
	for _, one := range to {
		t.wake[one.Settings.Name] = make(chan struct{}, 1)
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
		options: options, term: newTerm(to), counts: map[string]map[Result]int64{}, open: map[string][]receiver.Message{}, full: map[string]bool{}, down: Outages{},
	}
	state, said, aside := load(options.Disk)
	n.options.Disk = &keeping{Disk: options.Disk, aside: aside}
	if said != "" {
		options.Log.Error("receivers may be told things twice", "fault", said)
	}
	n.state = state
	if len(to) > 0 {
		n.store() // a folder that may not be written to is said now, and not at the first trouble
	}
	return n, nil
}

// Use puts another list of receivers in force. What waits for one that stays goes on waiting for it.
func (n *Notifier) Use(to []To) {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.term.over)
	n.term = newTerm(to)
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
	return n.fault
}

// Look looks once for something to tell, stores it and hands it over.
func (n *Notifier) Look(now time.Time) {
	snapshot := n.options.Source()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = n.down.After(snapshot, now)
	seen := Look(snapshot, n.down, now)
	var names, fresh []string
	for _, to := range n.term.to {
		names = append(names, to.Settings.Name)
	}
	next := n.state.only(names)
	for _, to := range n.term.to {
		name := to.Settings.Name
		box := next.Receivers[name]
		messages, told := Next(box.Told, seen, to.Settings, now)
		n.link(messages)
		box.Told = told
		box, replaced, lost := box.with(messages)
		n.count(name, Dropped, replaced+lost)
		n.overflow(name, len(box.Pending), lost)
		next.Receivers[name] = box
		for range messages {
			fresh = append(fresh, name)
		}
		if _, refreshes := to.Receiver.(receiver.Refresher); refreshes {
			n.open[name] = Open(told, seen, now)
			n.link(n.open[name])
		}
	}
	if n.fault != "" || !reflect.DeepEqual(n.state, next) {
		n.state = next
		n.store()
	}
	for _, name := range fresh {
		if n.fault != "" {
			n.count(name, Unstored, 1)
		}
		signal(n.term.wake[name])
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

// store stores the state. What cannot be stored is delivered all the same.
func (n *Notifier) store() {
	data, err := n.state.encode()
	if err == nil {
		err = n.options.Disk.Write(data)
	}
	before := n.fault
	n.fault = ""
	switch {
	case err != nil:
		n.fault = fmt.Sprintf("what receivers are told cannot be stored, so that a restart of the agent may lose it or tell it twice: look after state_dir: %v", err)
		if before == "" {
			n.options.Log.Error("notifications are not stored", "fault", n.fault)
		}
	case before != "":
		n.options.Log.Info("notifications are stored again")
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
