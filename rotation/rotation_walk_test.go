package rotation_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// walk is a sequence of what can happen to a holder, with two processes of the engine on one storage.
type walk struct {
	*world
	dice      *rand.Rand
	processes [2]*process
	busy      [2]chan struct{} // closed when what a stopped process did has ended
	strangers bool             // people and other programs make mistakes, and set passwords by hand
	byHand    int
}

func newWalk(w *world, dice *rand.Rand) *walk {
	one := &walk{world: w, dice: dice, strangers: dice.IntN(2) == 0}
	w.fences = true
	for i := range one.processes {
		one.processes[i] = w.process()
	}
	p := &w.holding.Policy
	p.CheckPeriod = 7 * time.Hour
	p.LoginFailureBudget = 1 + dice.IntN(2)
	p.HoldPeriod = []time.Duration{24 * time.Hour, time.Hour, 0}[dice.IntN(3)]
	p.RotationPeriod = []time.Duration{0, 2 * time.Hour, 30 * time.Hour}[dice.IntN(3)]
	w.counts, w.undated, w.byToken = dice.IntN(2) == 0 && w.byToken, dice.IntN(4) == 0, w.byToken && dice.IntN(3) > 0
	for _, user := range w.users {
		user.lag = time.Duration(dice.IntN(2)) * 40 * time.Minute
	}
	if dice.IntN(2) == 0 {
		proven(w)
	}
	return one
}

// answers are what can become of a request that sets a password.
var answers = []setAnswer{
	setsIt, setsIt, lost, lost, lostButSet, lostButSet, setsLater(3 * time.Second), setsLater(10 * time.Minute), setsLater(20 * time.Hour),
	hangs, hangsButSet, saysSo, lags, breaksRule, denies, forbids, didNothing, unreached,
}

// happens is one thing that happens.
func (o *walk) happens() {
	waits := []time.Duration{0, 0, time.Second, 6 * time.Second, 50 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 3 * time.Hour, 25 * time.Hour}
	time.Sleep(waits[o.dice.IntN(len(waits))])
	o.carriesOutLocked()
	o.chance()
	i := o.dice.IntN(2)
	if o.busy[i] != nil {
		if o.dice.IntN(2) == 0 {
			o.goesOn(i)
		}
		i = 1 - i
		if o.busy[i] != nil {
			return
		}
	}
	if o.processes[i].isDead() {
		o.say("process %d begins anew", i)
		o.processes[i] = o.process()
	}
	o.does(i)
}

func (o *walk) carriesOutLocked() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.carriesOut()
}

// chance changes how requests travel, and what Oracle makes of them.
func (o *walk) chance() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sets, o.travels = nil, nil
	for range o.dice.IntN(3) {
		o.sets = append(o.sets, answers[o.dice.IntN(len(answers))])
	}
	for range o.dice.IntN(3) {
		if way := network(o.dice.IntN(int(networks))); way != stopsAfter && way != stopsBefore && o.dice.IntN(2) == 0 {
			o.travels = append(o.travels, way)
		}
	}
	switch o.dice.IntN(12) {
	case 0:
		o.podDown = !o.podDown
	case 1:
		o.doorDown = !o.doorDown
	case 2:
		o.maintained = !o.maintained
	case 3:
		o.forbidden = !o.forbidden
	case 4:
		o.users[gl].unlock()
		o.user().unlock()
		o.say("unlocked")
	case 5:
		if o.strangers {
			o.user().try("somebody's", "")
			o.say("somebody else's login is refused")
		}
	case 6:
		if o.strangers {
			o.setByHand()
		}
	}
}

// setByHand is a person who sets a password in Oracle, and tells nobody.
func (o *walk) setByHand() {
	o.byHand++
	user := o.user()
	user.password, user.set = fmt.Sprintf("%s %d", byHand, o.byHand), time.Now()
	o.say("somebody sets %q", user.password)
}

// does lets a process do something, of which it may die, or in which it may be stopped.
func (o *walk) does(i int) {
	p := o.processes[i]
	act, name := o.act(p)
	p.runsFreely()
	stops := false
	switch o.dice.IntN(6) {
	case 0:
		p.diesAfter(1 + o.dice.IntN(20))
	case 1:
		p.haltsAfter(1 + o.dice.IntN(20))
		stops = true
	}
	o.say("%s: process %d: %s", time.Now().Format(time.DateTime), i, name)
	if !stops {
		act()
		return
	}
	done := make(chan struct{})
	go func() {
		act()
		close(done)
	}()
	select {
	case <-done:
	case <-p.reached:
		o.say("process %d is stopped", i)
		o.busy[i] = done
	}
}

// goesOn continues a stopped process to the end of what it did.
func (o *walk) goesOn(i int) {
	o.say("%s: process %d goes on", time.Now().Format(time.DateTime), i)
	close(o.processes[i].halted)
	<-o.busy[i]
	o.busy[i] = nil
	o.processes[i].runsFreely()
}

func (o *walk) act(p *process) (act func(), name string) {
	side := []rotation.Side{rotation.SideCurrent, rotation.SideStandby}[o.dice.IntN(2)]
	switch o.dice.IntN(10) {
	case 0, 1:
		return func() { _, _ = p.rotate(rotation.ByPerson) }, "a person rotates"
	case 2:
		statement := rotation.Statements()[o.dice.IntN(4)]
		password := o.user().password
		if o.strangers && o.dice.IntN(2) == 0 {
			password = "a typing error"
		}
		options := rotation.ReconcileOptions{Statement: statement, Side: side, Password: secret.New(password)}
		return func() { _, _ = p.reconcile(options) }, string(statement)
	case 3:
		if o.holding.Standby == nil {
			side = rotation.SideCurrent
		}
		return func() { p.check(side, rotation.ByPerson) }, "a person checks"
	}
	return func() { p.sweepsUntilDone() }, "the sweep"
}

// sweepsUntilDone sweeps as long as something is due, as the engine's loop does.
func (p *process) sweepsUntilDone() {
	for n := 0; p.sweep() && !p.isDead(); n++ {
		if n > 8 {
			p.t.Errorf("the sweep runs in a loop: %s", p.inStore())
			return
		}
	}
}

// holds fails where a promise is broken.
func (o *walk) holds() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.carriesOut()
	for name, user := range o.users {
		if !strings.HasPrefix(user.password, byHand) && !o.stored(name, user.password) {
			o.t.Errorf("the live password %q of %s is not stored: %s", user.password, name, o.inStore())
		}
		if user.alone > 0 {
			o.t.Errorf("the engine alone locked %s", name)
		}
		if user.engine > o.holding.Policy.LoginFailureBudget {
			o.t.Errorf("%d logins of %s in a row were refused by the engine alone", user.engine, name)
		}
	}
	if h := o.holding; h.Standby != nil && !h.Current.LoggedIn {
		o.t.Errorf("an unproved password of a pair is served: %s", o.inStore())
	}
}

// recovers makes all well again: then the engine, and a person who says which password is live, come back to it.
func (o *walk) recovers() {
	o.say("%s: all is well again", time.Now().Format(time.DateTime))
	for i := range o.processes {
		if o.busy[i] != nil {
			o.goesOn(i)
		}
	}
	o.podDown, o.doorDown, o.maintained, o.forbidden, o.sets, o.travels = false, false, false, false, nil, nil
	o.holding.Policy.RotationPeriod = 0
	p := o.process()
	if p.runs(time.Hour); o.isRight() && len(o.queue) == 0 {
		return
	}
	time.Sleep(20 * time.Hour) // nobody looks, until whatever Oracle had to do is done
	for _, user := range o.users {
		user.unlock()
	}
	p.runs(3 * time.Hour)
	for range 3 {
		if o.isRight() {
			return
		}
		for _, user := range o.users {
			user.unlock()
		}
		time.Sleep(2 * time.Hour)
		o.user().try(o.user().password, "") // somebody signs in, so that the directory warns no more
		_, _ = p.reconcile(o.rightStatement())
	}
	if !o.isRight() {
		o.t.Errorf("all is well, and a person cannot settle it: %s; %q is live; %v", o.inStore(), o.user().password, o.user())
	}
}

// rightStatement is what a person says who has looked.
func (o *walk) rightStatement() rotation.ReconcileOptions {
	o.carriesOut()
	h, keys, live := o.holding, *o.target(), secret.New(o.user().password)
	options := rotation.ReconcileOptions{Side: rotation.SideStandby}
	switch {
	case live.Equal(keys.Password):
		options.Statement = rotation.UseCurrent
	case live.Equal(h.Turn.Password):
		options.Statement = rotation.UsePending
	case live.Equal(keys.Previous):
		options.Statement = rotation.UsePrevious
	default:
		options.Statement, options.Password = rotation.Adopt, live
	}
	return options
}
