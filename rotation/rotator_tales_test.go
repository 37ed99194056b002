package rotation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// story is a rotation, told line by line: what left and what was stored, what came of it when it was due again, and
// what is stored at the end.
func (p *process) story(by rotation.Initiator) []string {
	outcome, err := p.rotate(by)
	lines := []string{p.took() + ended(outcome, err)}
	for range 4 {
		action, at := p.due()
		phase := p.holding.Turn.InPhase()
		if at.IsZero() || phase == rotation.PhaseIdle || phase == rotation.PhaseUnresolved {
			break
		}
		delay := time.Until(at).Round(time.Second)
		time.Sleep(time.Until(at))
		if action == rotation.ActionCheck {
			p.sweep()
			lines = append(lines, fmt.Sprintf("%v later: %s", delay, p.took()))
			continue
		}
		outcome, err := p.rotate(rotation.ByEngine)
		lines = append(lines, fmt.Sprintf("%v later: %s%s", delay, p.took(), ended(outcome, err)))
	}
	return append(lines, p.inStore())
}

// ended is what a call of the rotator came to.
func ended(o rotation.Outcome, err error) string {
	var words []string
	if o.Error != rotation.NoFailure {
		words = append(words, string(o.Error))
	}
	if o.Denial != rotation.Allowed {
		words = append(words, string(o.Denial))
	}
	if err != nil {
		words = append(words, err.Error())
	}
	if len(words) == 0 {
		return ""
	}
	return " -> " + strings.Join(words, ", ")
}

// tale is a rotation and how it has to go.
type tale struct {
	kind  kind
	alter []func(*world)
	by    rotation.Initiator // the engine, when empty
	want  []string
}

func tellAll(t *testing.T, tales map[string]tale) {
	t.Helper()
	for name, tt := range tales {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, tt.kind, tt.alter...)
				if tt.by == "" {
					tt.by = rotation.ByEngine
				}
				if got := w.process().story(tt.by); !slices.Equal(got, tt.want) {
					t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(tt.want, "\n\t"))
				}
				w.livePasswordIsStored()
			})
		})
	}
}

// byHand is a password that a person set in Oracle, and told nobody.
const byHand = "by hand"

// livePasswordIsStored fails where Oracle has a password that nobody could find in storage.
func (w *world) livePasswordIsStored() {
	w.t.Helper()
	w.carriesOut()
	for name, user := range w.users {
		if !strings.HasPrefix(user.password, byHand) && !w.stored(name, user.password) {
			w.t.Errorf("the live password %q of %s is not stored: %s", user.password, name, w.inStore())
		}
	}
}

func (w *world) stored(name, password string) bool {
	keys := w.holding.Current
	if other := w.holding.Standby; other != nil && other.Username == name {
		keys = *other
	}
	texts := []string{keys.Password.Reveal(), keys.Previous.Reveal()}
	for _, c := range keys.Candidates {
		texts = append(texts, c.Password.Reveal())
	}
	if w.target().Username == name {
		texts = append(texts, w.holding.Turn.Password.Reveal())
	}
	return slices.Contains(texts, password)
}

// ledgerWith gives the account that a rotation changes these charges.
func ledgerWith(charges ...rotation.Charge) func(*world) {
	return func(w *world) {
		var l rotation.Ledger
		for i, c := range charges {
			c.ID, c.Time = fmt.Sprint("before ", i), time.Now().Add(time.Duration(i)*time.Second-10*time.Minute)
			c.Deadline = c.Time.Add(30 * time.Second)
			l = l.Charged(c).Kept(c, c.State, c.Time)
		}
		w.ledgers[w.account()] = l
	}
}

// keeping gives the account that a rotation changes passwords that Oracle may still set, the oldest first; the last
// was sent an hour ago.
func keeping(passwords ...string) func(*world) {
	return func(w *world) {
		for i, password := range passwords {
			sent := time.Now().Add(-time.Duration(len(passwords)-i) * time.Hour)
			w.target().Candidates = append(w.target().Candidates, rotation.Candidate{Password: secret.New(password), Deadline: sent, Own: true})
		}
	}
}

func looking(answers ...oracle.LookUp) func(*world) { return func(w *world) { w.looks = answers } }

// withdrawn is a permission that is withdrawn right before the n-th step is stored.
func withdrawn(n int) func(*world) {
	return func(w *world) { w.beforeSave[n] = func() { w.forbidden = true } }
}

func drawFails(n int) func(*world) { return func(w *world) { w.drawFails = n } }

// refusedBy is a charge for a refused login with the stored password.
func refusedBy(by rotation.Initiator) rotation.Charge {
	return rotation.Charge{By: by, State: rotation.ChargeRefused, For: rotation.Subject{IntegrationID: "id", Basis: 1}}
}

func budget(n int) func(*world) {
	return func(w *world) { w.holding.Policy.LoginFailureBudget = n }
}

func undated(w *world) { w.undated = true }

// unlocked is an account that was unlocked so long ago.
func unlocked(ago time.Duration) func(*world) {
	return func(w *world) {
		w.ledgers[w.account()] = rotation.Ledger{Lifted: time.Now().Add(-ago), Sighting: &rotation.Sighting{Directory: directoryID}}
	}
}
