package notify_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// reader is somebody who believes what was told last.
type reader struct {
	t    *testing.T
	to   config.Receiver
	open map[string]receiver.Message // by key
	last map[string]receiver.Message // by key
	ids  map[string]bool
	// grave is who was last told to be critical, by key, alone or in a group: that it is over may be told at night.
	grave map[string]bool
}

func newReader(t *testing.T, to config.Receiver) *reader {
	return &reader{t: t, to: to, open: map[string]receiver.Message{}, last: map[string]receiver.Message{}, ids: map[string]bool{}, grave: map[string]bool{}}
}

// same says whether two messages tell the same thing.
func same(a, z receiver.Message) bool {
	return (a.Kind == receiver.Resolved) == (z.Kind == receiver.Resolved) && a.Kind != receiver.Expiry && z.Kind != receiver.Expiry &&
		a.State == z.State && a.Reason == z.Reason && a.Severity == z.Severity
}

func (r *reader) read(m receiver.Message) {
	if r.ids[m.ID] && !strings.Contains(m.ID, "/expiry/") { // a date that comes back is the same date
		r.t.Errorf("the id %s was used for two messages", m.ID)
	}
	r.ids[m.ID] = true
	before, told := r.last[m.Key]
	if told && same(before, m) && m.Time.Sub(before.Time) < r.to.RepeatInterval {
		r.t.Errorf("%s is told again after %s", m.ID, m.Time.Sub(before.Time))
	}
	_, open := r.open[m.Key]
	switch {
	case m.Kind == receiver.Resolved && !open:
		r.t.Errorf("%s ends what was not told", m.ID)
	case m.Kind == receiver.Reminder && !open:
		r.t.Errorf("%s reminds of what was not told", m.ID)
	}
	if quiet := notify.Quiet(r.to.QuietHours, m.Time); quiet && m.Severity != rotation.SeverityCritical && (m.Kind != receiver.Resolved || !r.grave[m.Key]) {
		r.t.Errorf("%s disturbs at night", m.ID)
	}
	r.grave[m.Key] = m.Severity == rotation.SeverityCritical
	if strings.HasPrefix(m.Key, "together/") && m.Kind == receiver.Trouble {
		for _, member := range m.Members {
			key := "integration/m/" + member.Name
			r.grave[key] = m.Severity == rotation.SeverityCritical
			delete(r.last, key) // what was told last of it was told in the group
		}
	}
	r.last[m.Key], r.open[m.Key] = m, m
	if m.Kind == receiver.Resolved {
		delete(r.open, m.Key)
	}
}

// knows says whether the reader believes that an integration is in its state.
func (r *reader) knows(s estate.Status) bool {
	for _, m := range r.open {
		named := m.Name == s.Name || slices.ContainsFunc(m.Members, func(member receiver.Member) bool { return member.Name == s.Name })
		if named && m.State == string(s.State) && m.Severity == s.Severity {
			return true
		}
	}
	return false
}

func TestWhateverHappensTheLastWordIsTrue(t *testing.T) {
	t.Parallel()
	night := []config.QuietHours{{From: 22 * 60, To: 7 * 60, TimeZone: "Europe/Berlin"}}
	states := []rotation.State{ok, ok, ok, locked, rejected, limited, expiring, unreachable, paused, rotation.StateUnchecked}
	for seed := range uint64(300) {
		draw := rand.New(rand.NewPCG(seed, 6))
		to := everything()
		if seed%3 == 1 {
			to.QuietHours = night
		}
		if seed%5 == 2 {
			to.MinSeverity = rotation.SeverityCritical
		}
		r := newReader(t, to)
		all := many(30, ok, 1, expires(start.Add(20*day)))
		for i := range all {
			all[i].ServerURL = []string{pod, "https://other.example.com"}[i%2]
		}
		var told notify.Ledger
		now := start
		look := func() {
			var messages []receiver.Message
			messages, told = notify.Next(told, notify.Look(estateOf(all...), nil, now), to, now)
			for _, m := range messages {
				r.read(m)
			}
		}
		become := func(i int, state rotation.State) {
			all[i] = one(all[i].Name, state, all[i].Seq+1, on(all[i].ServerURL), expires(*all[i].Expiry))
		}
		for range 150 {
			switch state := states[draw.IntN(len(states))]; draw.IntN(10) {
			case 0: // a whole pod
				for i := range all {
					if i%2 == 0 {
						become(i, state)
					}
				}
			case 1, 2, 3, 4: // one
				become(draw.IntN(len(all)), state)
			case 5:
				i := draw.IntN(len(all))
				all[i].Expiry = new(now.Add(time.Duration(draw.IntN(50*24)) * time.Hour))
			}
			now = now.Add(time.Duration(1+draw.IntN(200)) * time.Minute)
			look()
		}
		for range 30 { // it stays as it is for more than a day, so that every night has an end
			now = now.Add(time.Hour)
			look()
		}
		for _, s := range all {
			if s.Severity == rotation.SeverityCritical && !r.knows(s) {
				t.Errorf("seed %d: nobody knows that %s is %s", seed, s.Name, s.State)
			}
		}
		for i := range all {
			all[i] = one(all[i].Name, ok, all[i].Seq+1, on(all[i].ServerURL))
		}
		for range 60 { // what is over is forgotten after a day
			now = now.Add(time.Hour)
			look()
		}
		if len(r.open) > 0 || len(told.Entries) > 0 || len(told.Expiries) > len(all) {
			t.Errorf("seed %d: all is well, and somebody believes %v; %d entries are left", seed, keys(r.open), len(told.Entries))
		}
		if t.Failed() {
			t.Fatalf("seed %d, receiver %+v", seed, to)
		}
	}
}

func keys(open map[string]receiver.Message) []string {
	var all []string
	for _, m := range open {
		all = append(all, fmt.Sprintf("%s (%s)", m.Key, m.ID))
	}
	return all
}
