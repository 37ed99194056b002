package notify_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// year is what a thousand integrations on twenty pods live through.
type year struct {
	mu      sync.Mutex
	events  []event // by time
	all     []estate.Status
	vault   bool                  // it can be asked
	graves  []grave               // what was critical, and for how long
	current map[int]*grave        // by integration
	down    map[int]bool          // by pod
	under   map[int]estate.Status // what is the case below a pod that is down
}

type event struct {
	at time.Time
	do func(y *year)
}

type grave struct {
	name     string
	state    rotation.State
	from, to time.Time
}

const (
	integrations = 1000
	pods         = 20
	maxAge       = 90 * day
)

func podOf(i int) int                             { return i % pods }
func serverOf(i int) string                       { return fmt.Sprintf("https://pod%02d.example.com", podOf(i)) }
func nameOf(i int) string                         { return fmt.Sprintf("i%04d", i) }
func (y *year) at(at time.Time, do func(y *year)) { y.events = append(y.events, event{at, do}) }

// become puts an integration into a state; below a pod that is down it shows later.
func (y *year) become(i int, at time.Time, state rotation.State, change ...func(*estate.Status)) {
	before := y.under[i]
	next := one(nameOf(i), state, y.all[i].Seq+1, append([]func(*estate.Status){on(serverOf(i)), func(s *estate.Status) {
		s.Expiry, s.Since = before.Expiry, &at
	}}, change...)...)
	y.under[i] = next
	y.show(i, at)
}

// show makes visible what the engine can see.
func (y *year) show(i int, at time.Time) {
	next := y.under[i]
	if y.down[podOf(i)] {
		next = one(nameOf(i), unreachable, y.all[i].Seq+1, on(serverOf(i)), func(s *estate.Status) { s.Expiry = next.Expiry })
	}
	next.Seq = y.all[i].Seq + 1
	y.all[i] = next
	if g := y.current[i]; g != nil {
		g.to = at
		y.graves = append(y.graves, *g)
		delete(y.current, i)
	}
	if next.Severity == rotation.SeverityCritical {
		y.current[i] = &grave{name: next.Name, state: next.State, from: at}
	}
}

func newYear(from time.Time) *year {
	y := &year{vault: true, current: map[int]*grave{}, down: map[int]bool{}, under: map[int]estate.Status{}}
	draw := rand.New(rand.NewPCG(2026, 6))
	hours := func(n int) time.Duration { return time.Duration(n) * time.Hour }
	end := from.Add(365 * day)
	for i := range integrations {
		y.all = append(y.all, one(nameOf(i), ok, 1, on(serverOf(i)), expires(from.Add(hours(31*24+draw.IntN(59*24))))))
		y.under[i] = y.all[i]
		for due := *y.all[i].Expiry; due.Before(end.Add(60 * day)); due = due.Add(maxAge - 10*day) {
			y.password(i, due, draw)
		}
		if draw.IntN(50) == 0 { // somebody else's old password: first a warning, then it is locked, then somebody comes
			at := from.Add(hours(draw.IntN(364 * 24)))
			y.at(at, func(y *year) {
				y.become(i, at, ok, func(s *estate.Status) {
					s.Severity, s.Reason = rotation.SeverityWarning, rotation.ReasonForeignFailures
				})
			})
			y.at(at.Add(hours(3)), func(y *year) { y.become(i, at.Add(hours(3)), locked) })
			y.at(at.Add(hours(9)), func(y *year) { y.become(i, at.Add(hours(9)), ok) })
		}
	}
	for pod := range pods { // maintenance by night each month, and an outage by day each quarter
		for month := range 12 {
			y.outage(pod, from.Add(hours(month*30*24+9*24+11+pod)), hours(4))
		}
		for quarter := range 4 {
			y.outage(pod, from.Add(hours(quarter*91*24+draw.IntN(80*24))), hours(1+draw.IntN(3)))
		}
	}
	for turn := range 240 { // one whose role comes and goes, for a month; each state is seen, for it is looked at every two hours
		state := []rotation.State{limited, ok}[turn%2]
		at := from.Add(200*day + hours(3*turn))
		y.at(at, func(y *year) { y.become(7, at, state) })
	}
	y.at(from.Add(100*day), func(y *year) { y.vault = false })
	y.at(from.Add(100*day+hours(3)), func(y *year) { y.vault = true })
	slices.SortStableFunc(y.events, func(a, z event) int { return a.at.Compare(z.at) })
	return y
}

// password is one life of a password: the engine renews nine of ten itself, and the rest is a person's, who forgets it now
// and then.
func (y *year) password(i int, due time.Time, draw *rand.Rand) {
	renew := func(at time.Time) {
		y.at(at, func(y *year) { y.become(i, at, ok, expires(due.Add(maxAge-10*day))) })
	}
	if i%10 != 0 {
		renew(due.Add(-30*day - time.Hour))
		return
	}
	y.at(due.Add(-14*day), func(y *year) { y.become(i, due.Add(-14*day), expiring) })
	if draw.IntN(20) != 0 {
		renew(due.Add(-time.Duration(1+draw.IntN(13*24)) * time.Hour))
		return
	}
	y.at(due, func(y *year) { y.become(i, due, rotation.StateExpired) })
	renew(due.Add(time.Duration(3+draw.IntN(60)) * time.Hour))
}

func (y *year) outage(pod int, from time.Time, lasts time.Duration) {
	for _, end := range []bool{false, true} {
		at := from
		if end {
			at = from.Add(lasts)
		}
		y.at(at, func(y *year) {
			y.down[pod] = !end
			for i := pod; i < integrations; i += pods {
				y.show(i, at)
			}
		})
	}
}

// snapshot is the estate as it is now.
func (y *year) snapshot() estate.Snapshot {
	y.mu.Lock()
	defer y.mu.Unlock()
	for now := time.Now(); len(y.events) > 0 && !y.events[0].at.After(now); y.events = y.events[1:] {
		y.events[0].do(y)
	}
	return estate.Snapshot{Mounts: []estate.Mount{{Path: "m", Revision: "r", Up: y.vault, Statuses: slices.Clone(y.all)}}}
}

func TestAYearOfAThousandIntegrations(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a year takes seconds")
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		y := newYear(began)
		chat, pager := &fakeReceiver{began: began}, &fakeReceiver{began: began}
		chatting, paging := to("chat", chat), to("pager", pager)
		chatting.Settings.QuietHours = []config.QuietHours{{From: 20 * 60, To: 7 * 60, TimeZone: "Europe/Berlin"}}
		paging.Settings.MinSeverity = rotation.SeverityCritical
		n, err := notify.New(notify.Options{
			Source: y.snapshot, Disk: notify.Nowhere{}, Log: hclog.NewNullLogger(), Every: 2 * time.Hour,
		}, []notify.To{chatting, paging})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 365*day)
		defer cancel()
		n.Run(ctx)

		changes := y.all[0].Seq
		for _, s := range y.all[1:] {
			changes += s.Seq
		}
		t.Logf("a year, %d integrations, %d changes of state, %d of them critical", integrations, changes, len(y.graves))
		for _, person := range []struct {
			name string
			to   notify.To
			got  []receiver.Message
		}{{"chat (from warnings on, quiet at night)", chatting, chat.messages()}, {"pager (critical only)", paging, pager.messages()}} {
			kinds := map[receiver.Kind]int{}
			busiest := map[int]int{}
			r := newReader(t, person.to.Settings)
			for _, m := range person.got {
				kinds[m.Kind]++
				busiest[int(m.Time.Sub(began)/day)]++
				r.read(m)
			}
			restless := 0
			for _, m := range person.got {
				if at := m.Time.Sub(began); m.Name == nameOf(7) && at > 200*day && at < 231*day {
					restless++
				}
			}
			if restless > 50 { // the repeat interval, a date now and then, and its first day
				t.Errorf("%s: %d messages of the one that comes and goes 120 times in a month", person.name, restless)
			}
			most := 0
			for _, n := range busiest {
				most = max(most, n)
			}
			t.Logf("%s: %d messages, %.1f a day, %d on the busiest: %v", person.name, len(person.got), float64(len(person.got))/365, most, kinds)
			for _, g := range y.graves {
				if g.to.Sub(g.from) >= 2*time.Hour && !heard(person.got, g) {
					t.Errorf("%s never heard that %s was %s from %s to %s", person.name, g.name, g.state, g.from, g.to)
				}
			}
		}
	})
}

// heard says whether a message told of it while it lasted, or it had been told before and never been over.
func heard(got []receiver.Message, g grave) bool {
	for _, m := range got {
		named := m.Name == g.name || slices.ContainsFunc(m.Members, func(member receiver.Member) bool { return member.Name == g.name })
		if named && m.Kind != receiver.Resolved && m.State == string(g.state) && !m.Time.After(g.to) && m.Time.After(g.from.Add(-5*day)) {
			return true
		}
	}
	return false
}
