package rotation_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// A random search, always the same, for a sequence in which the engine locks an account, or spends more
// than its budget, or logs in where the directory warns, or does not come back when all is well again.
func TestSearchForALock(t *testing.T) {
	t.Parallel()
	const walks, steps = 40, 40
	directories := map[modelDirectory]string{noDirectory: "none", countsLogins: "counts", countsOthers: "counts others", showsActive: "shows active"}
	for d, name := range directories {
		for _, lockAfter := range []int{3, 5, 10} {
			t.Run(fmt.Sprintf("%s/%d", name, lockAfter), func(t *testing.T) {
				t.Parallel()
				logins := 0
				for seed := range uint64(walks) {
					synctest.Test(t, func(t *testing.T) {
						dice := rand.New(rand.NewPCG(seed, uint64(lockAfter)*10+uint64(d)))
						m := newModel(t, &modelAccount{lockAfter: lockAfter, lag: time.Hour}, d, dice.IntN(3) > 0)
						m.vary(dice)
						others := dice.IntN(2) > 0 // whether people and somebody else's programs make mistakes
						for range steps {
							if m.step(dice, others); m.account.alone > 0 {
								m.fail("the engine alone locked the account")
							}
						}
						m.recovers(dice)
						logins += m.logins
					})
				}
				if logins < 2*walks {
					t.Errorf("only %d logins were made: the search searches nothing", logins)
				}
			})
		}
	}
}

// vary varies what may be configured.
func (m *model) vary(dice *rand.Rand) {
	one := m.snapshot("gl")
	one.Policy.HoldPeriod = []time.Duration{24 * time.Hour, 2 * time.Hour, time.Hour, 0}[dice.IntN(4)]
	one.Policy.LoginFailureBudget = 1 + dice.IntN(2)
	one.Policy.OperatorLoginWindow = []time.Duration{time.Hour, time.Minute, 5 * time.Hour}[dice.IntN(3)]
	m.snapshots["gl"] = one
}

// step is one thing that happens.
func (m *model) step(dice *rand.Rand, others bool) {
	waits := []time.Duration{0, 0, 3 * time.Second, 40 * time.Second, 10 * time.Minute, time.Hour, 3 * time.Hour, 25 * time.Hour}
	time.Sleep(waits[dice.IntN(len(waits))])
	m.next = network(dice.IntN(int(networks)))
	if dice.IntN(2) == 0 {
		m.next = arrives
	}
	passwords := []string{m.account.password, m.account.password, "wrong", "typo"}
	a := m.account
	switch happens := dice.IntN(20); {
	case happens < 7:
		m.check(rotation.ByEngine)
	case happens == 7:
		a.password, a.set = fmt.Sprint("set ", dice.IntN(1000)), time.Now()
		m.say("somebody sets the password %q", a.password)
	case happens == 8:
		m.say("an administrator unlocks")
		a.unlock()
	case happens == 9:
		m.say("an administrator locks")
		a.locked = true
	case happens == 10:
		a.inactive = !a.inactive
		m.say("inactive: %v", a.inactive)
	case happens == 11:
		m.down = !m.down
		m.say("the directory is down: %v", m.down)
	case happens == 12:
		m.podDown = !m.podDown
		m.say("the pod is down: %v", m.podDown)
	case happens == 13:
		m.say("somebody else logs in")
		a.try(a.password, "")
	case happens == 14:
		m.write(a.password, dice.IntN(2) == 0)
	case !others:
		m.check(rotation.ByEngine)
	case happens == 15:
		m.write(passwords[dice.IntN(len(passwords))], dice.IntN(2) == 0)
	case happens < 18:
		m.check(rotation.ByPerson)
	default:
		m.say("somebody else's login is refused")
		a.try("somebody's", "")
	}
}

// recovers makes everything well again: where there is evidence the engine must come back by itself, elsewhere
// one login of a person's has to be enough.
func (m *model) recovers(dice *rand.Rand) {
	a := m.account
	m.down, m.podDown, m.next = false, false, arrives
	a.password, a.inactive = m.stored, false
	m.say("all is well again")
	time.Sleep(2 * time.Minute)
	switch {
	case m.directory == countsLogins && dice.IntN(2) == 0:
		a.locked, a.count = true, a.lockAfter
		m.runs(2 * time.Hour)
		a.unlock()
		m.say("unlocked")
		if m.runs(3 * time.Hour); m.state() != rotation.StateOK {
			m.fail("unlocked, and the engine does not come back")
		}
		return
	case m.directory == countsLogins:
		a.unlock()
		time.Sleep(a.lag)
		m.runs(2 * time.Hour)
		trusted := m.ledger().Counts && (m.ledger().Counted || rotation.HoldOf(m.ledger(), m.snapshot("gl").Policy, time.Now()).Refused == 0)
		time.Sleep(time.Second)
		a.try(a.password, "")
		m.say("somebody else logged in")
		m.runs(26 * time.Hour)
		if m.state() != rotation.StateOK && trusted && m.snapshot("gl").Policy.HoldPeriod > 0 {
			m.fail("nothing is counted any more, and the engine does not come back")
		}
	default:
		a.unlock()
		time.Sleep(a.lag)
		m.runs(26 * time.Hour)
	}
	if m.state() == rotation.StateOK {
		return
	}
	time.Sleep(5 * time.Hour)
	if decision := m.check(rotation.ByPerson); decision.Denial != rotation.Allowed || m.state() != rotation.StateOK {
		m.fail("one login of a person's does not bring the engine back")
	}
}

func (m *model) state() rotation.State { return rotation.Judge(m.snapshot("gl"), time.Now()).State }

// runs lets the schedule run that long.
func (m *model) runs(d time.Duration) {
	end := time.Now().Add(d)
	for n := 0; ; n++ {
		now := time.Now()
		due := m.snapshot("gl").DueAt(now)
		if due.IsZero() || due.After(end) {
			break
		}
		if n > int(d/time.Hour)*3+5 {
			m.fail(fmt.Sprintf("%d checks in %v: the schedule runs in a loop", n, now.Sub(end.Add(-d))))
		}
		if due.After(now) {
			time.Sleep(due.Sub(now))
		}
		m.check(rotation.ByEngine)
	}
	if left := time.Until(end); left > 0 {
		time.Sleep(left)
	}
}
