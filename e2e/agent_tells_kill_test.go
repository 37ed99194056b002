package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver/receiverfake"
)

// lockables are accounts that are locked one after the other: fewer than are told together.
const lockables = 8

// lockingMount has integrations whose accounts can be locked.
func lockingMount(t *testing.T) (mount, *oraclesim.Server) {
	t.Helper()
	m, pod, _ := administered(t, oraclesim.Switches{NoAPILockLag: true})
	m.write("policies/now", fields{"unlock_delay": 0, "check_period": "24h"}).want(http.StatusNoContent)
	for i := range lockables {
		account, password := lockable(i), newPassword()
		mustDo(t, pod.Pod().AddUser(oraclesim.User{Name: account, Password: password}))
		m.write(fmt.Sprintf("integrations/k%d", i), integration(pod, account, password).with(fields{"directory": "domain", "policy": "now"})).want(http.StatusOK)
	}
	return m, pod
}

// endOf is what of a title stands in the message that it is over: between locked and ok an account may be rejected for a
// moment, when a sweep comes first, and then that is what is over.
func endOf(i int) string { return fmt.Sprintf("k%d: ", i) }

func lockable(i int) string { return fmt.Sprintf("API_K%d", i) }

// The agent is killed at instants all over the time from the engine's knowing until a receiver has answered, and started
// again: nothing that it owes is lost, neither begin nor end, and what is repeated has the same id.
func TestKillsOfTheAgentLoseNoMessage(t *testing.T) {
	t.Parallel()
	m, pod := lockingMount(t)
	a := agentFor(m)
	l := a.listens()
	a.configure(m.client.Address(), a.appRole(m))
	a.tells(l)
	a.start()
	a.awaitMetric("source_up", "", "1")
	for round, act := range []struct {
		do    func(string) error
		state string
	}{{pod.Pod().Lock, "locked"}, {pod.Pod().Unlock, "ok"}} {
		for i := range lockables {
			for _, kind := range listenerTypes() {
				l.fakes[kind].Fail(receiverfake.Delay(time.Duration(i) * 50 * time.Millisecond))
			}
			mustDo(t, act.do(lockable(i)))
			m.checkInTurn(fmt.Sprintf("k%d", i)).has(fields{"state": act.state})
			pause(t, time.Duration(i)*250*time.Millisecond+time.Duration(round)*125*time.Millisecond)
			a.kill(func() {})
		}
		a.awaitMetric("source_up", "", "1") // the last one is up, and may be told to end
		for i := range lockables {
			l.await([]string{fmt.Sprintf("k%d: locked", i), endOf(i)}[round], round == 1)
		}
	}
	for i := range lockables {
		l.wantOnce(fmt.Sprintf("k%d: locked", i), false, "slack", "teams") // a chat shows what it gets, and it has no ids
		l.wantOnce(endOf(i), true, "slack", "teams")
	}
	l.wantWell()
}

// What was told is lost with state_dir: everything that is not ok is told once more, with the same ids. A folder that takes
// nothing is said, and keeps nobody from being told.
func TestAgentTellsWithoutItsMemory(t *testing.T) {
	t.Parallel()
	m, pod := lockingMount(t)
	a := agentFor(m)
	l := a.listens()
	a.configure(m.client.Address(), a.appRole(m))
	a.tells(l)
	a.start()
	lock := func(i int) string {
		mustDo(t, pod.Pod().Lock(lockable(i)))
		m.checkInTurn(fmt.Sprintf("k%d", i)).has(fields{"state": "locked"})
		return fmt.Sprintf("k%d: locked", i)
	}
	state := filepath.Join(a.dir, "state")
	first := lock(0)
	l.await(first, false)

	a.kill(func() { mustDo(t, os.RemoveAll(state)) })
	await(t, tellLimit, "Slack to be told once more", func() bool { return len(l.heard("slack", first, false)) == 2 })
	l.await(first, false)
	l.wantOnce(first, false, "slack", "teams")

	await(t, answerLimit, "the folder to go while the agent runs", func() bool { return os.RemoveAll(state) == nil })
	second := lock(1)
	l.await(second, false)
	l.wantOnce(second, false)

	file := filepath.Join(state, "notifications.json")
	for i, spoil := range []struct {
		gone string // what is in the way of the spoiling, and the spoiling in that of the mending
		do   func() error
	}{
		{file, func() error { return os.Mkdir(file, 0o700) }},       // a file that cannot be replaced
		{state, func() error { return os.Symlink("/proc", state) }}, // a folder in which nobody can make a file, nor can root
	} {
		await(t, answerLimit, "a moment at which nothing is written", func() bool { return os.RemoveAll(spoil.gone) == nil && spoil.do() == nil })
		third := lock(2 + i)
		l.await(third, false)
		saying := func(text string) {
			await(t, tellLimit, "the log to say once more "+text, func() bool { return strings.Count(a.log(), text) > i })
		}
		saying("notifications are not stored")
		await(t, tellLimit, "the metrics to say that it was not stored", func() bool { return a.unstored("slack") > i })
		mustDo(t, os.Remove(spoil.gone))
		saying("notifications are stored again")
	}
	l.wantWell()
}

// unstored is how many messages to a receiver were not stored before they were sent.
func (a *agentProcess) unstored(receiver string) int {
	_, metrics := a.get("/metrics")
	_, rest, _ := strings.Cut(metrics, fmt.Sprintf(`{receiver=%q,result="unstored"} `, receiver))
	count, _, _ := strings.Cut(rest, "\n")
	n, _ := strconv.Atoi(count)
	return n
}
