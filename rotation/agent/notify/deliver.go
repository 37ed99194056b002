package notify

import (
	"context"
	"reflect"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// sendLimit is how long one message may take; receivers have shorter limits of their own.
const sendLimit = 30 * time.Second

// Run tells until ctx ends, and returns when everything it started has ended, but for a write that hangs.
func (n *Notifier) Run(ctx context.Context) {
	writing, enough := context.WithCancel(context.WithoutCancel(ctx))
	written := make(chan struct{})
	go func() {
		n.writes(writing)
		close(written)
	}()
	running := map[string]delivery{}
	for ctx.Err() == nil {
		n.mu.Lock()
		t := n.term
		n.mu.Unlock()
		n.staff(ctx, running, t)
		n.watch(ctx, t)
	}
	for _, d := range running {
		<-d.ended
	}
	enough() // what was delivered last is stored now
	pause(context.WithoutCancel(ctx), written, storeLimit)
}

// delivery is the goroutine that sends one receiver what waits for it.
type delivery struct {
	settings config.Receiver
	end      context.CancelFunc
	ended    chan struct{}
}

// staff ends the deliveries to who is not in force any more, and begins those to who is new. Who stays as it was is not
// disturbed: a message on its way is not sent twice, and what it asked for holds on.
func (n *Notifier) staff(ctx context.Context, running map[string]delivery, t *term) {
	stays := map[string]bool{}
	for _, to := range t.to {
		name := to.Settings.Name
		stays[name] = reflect.DeepEqual(running[name].settings, to.Settings)
	}
	for name, d := range running {
		if !stays[name] {
			d.end()
		}
	}
	for name, d := range running {
		if !stays[name] {
			<-d.ended
			delete(running, name)
		}
	}
	for _, to := range t.to {
		name := to.Settings.Name
		if _, runs := running[name]; runs {
			continue
		}
		own, end := context.WithCancel(ctx)
		d := delivery{settings: to.Settings, end: end, ended: make(chan struct{})}
		running[name] = d
		go func() {
			defer close(d.ended)
			defer end()
			n.deliver(own, to, t.wake[name])
		}()
	}
}

// watch looks for what is new, for as long as a list of receivers is in force.
func (n *Notifier) watch(ctx context.Context, t *term) {
	ticker := time.NewTicker(n.options.Every)
	defer ticker.Stop()
	for {
		n.Look(time.Now())
		select {
		case <-ticker.C:
		case <-t.over:
			return
		case <-ctx.Done():
			return
		}
	}
}

// deliver sends one receiver what waits for it, one message after the other. Nobody else waits for that.
func (n *Notifier) deliver(ctx context.Context, to To, wake <-chan struct{}) {
	name := to.Settings.Name
	var l line
	again := newRefresh(to, time.Now())
	for ctx.Err() == nil {
		now := time.Now()
		pending := n.pending(name)
		l = l.of(pending)
		m, found, wait := l.next(pending, now)
		switch {
		case found:
			n.awaitStored(ctx, name, m.ID)
			if ctx.Err() != nil {
				return
			}
			err := n.send(ctx, to, m)
			if ctx.Err() != nil && err != nil {
				return // it is not the receiver's fault, and the message still waits
			}
			l = n.settle(name, l, m, err)
			continue
		case again.due(now):
			n.refresh(ctx, &again, pending) // and then it is looked for what came meanwhile
			continue
		}
		pause(ctx, wake, again.soonest(wait, now))
	}
}

// pause waits for so long, or until there is something new; zero: only for that.
func pause(ctx context.Context, wake <-chan struct{}, wait time.Duration) {
	var over <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
	case <-wake:
	case <-ctx.Done():
	}
}

func (n *Notifier) send(ctx context.Context, to To, m receiver.Message) error {
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	return to.Receiver.Send(ctx, m)
}

// settle takes over what became of a message.
func (n *Notifier) settle(name string, l line, m receiver.Message, err error) line {
	n.mu.Lock()
	defer n.mu.Unlock()
	l, news := l.after(m.ID, err, time.Now(), draw())
	log := n.options.Log.With("receiver", name)
	if err != nil {
		n.count(name, Failed, 1)
		if news {
			log.Warn("message not delivered, it is tried again", "id", m.ID, "error", err)
		}
		return l
	}
	n.count(name, Delivered, 1)
	if news {
		log.Info("messages are delivered again")
	}
	if box, known := n.state.Receivers[name]; known {
		n.state = n.state.only(namesOf(n.state))
		n.state.Receivers[name] = box.without(m.ID)
		n.want(false)
	}
	return l
}

func (n *Notifier) pending(name string) []receiver.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.state.Receivers[name].Pending // never changed in place
}

func namesOf(s State) []string {
	var names []string
	for name := range s.Receivers {
		names = append(names, name)
	}
	return names
}

// TestMessage is what tries whether messages arrive.
func TestMessage(now time.Time) receiver.Message {
	id := "test/" + now.UTC().Format(time.RFC3339Nano)
	return receiver.Message{
		ID: id, Key: id, Kind: receiver.Test, Severity: rotation.SeverityUnknown, Title: "messages of the Oracle Financials agent arrive here",
		Text: "Nothing is wrong, and nothing is to be done.", Time: now, Since: now,
	}
}
