package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver/receiverfake"
)

// story is a trouble that comes and goes.
type story struct {
	names []string // of the integrations
	title string   // of what people are told
	end   string   // and of its end: who comes late to a pod's trouble is not in its title
	state string
	do    func() error
	undo  func() error
}

// tellingMount has an integration for each story: one trouble told twice within the quarter of an hour would be kept back.
func tellingMount(t *testing.T) (mount, []story) {
	t.Helper()
	m, pod, password := administered(t, oraclesim.Switches{NoAPILockLag: true})
	m.write("policies/now", fields{"unlock_delay": 0, "failure_threshold": 1, "check_period": "24h"}).want(http.StatusNoContent)
	short := fields{"policy": "now", "retry_attempts": 0}
	watched := short.with(fields{"directory": "domain"})
	m.write("integrations/gl", integration(pod, user, password).with(watched)).want(http.StatusOK)
	old := newPassword()
	mustDo(t, pod.Pod().AddUser(oraclesim.User{Name: "API_AP", Password: old}))
	m.write("integrations/ap", integration(pod, "API_AP", old).with(watched)).want(http.StatusOK)
	other := startPod(t, oraclesim.User{Name: "API_AR", Password: newPassword()}, oraclesim.User{Name: "API_FA", Password: newPassword()})
	for name, account := range map[string]string{"ar": "API_AR", "fa": "API_FA"} {
		m.write("integrations/"+name, integration(other, account, setElsewhere(t, other, account)).with(short)).want(http.StatusOK)
	}
	rotating := startRotatingPod(t, oraclesim.Switches{})
	m.addRotating(rotating, "cm", throughFusion)
	m.write("integrations/cm", fields{"timeout": 5, "retry_attempts": 0}).want(http.StatusOK)
	return m, []story{
		{
			[]string{"gl"},
			"gl: locked", "gl: ", "locked",
			func() error { return pod.Pod().Lock(user) },
			func() error { return pod.Pod().Unlock(user) },
		},
		{
			[]string{"ap"},
			"ap: expired", "ap: ", "expired",
			func() error { return pod.Pod().Expire("API_AP") },
			func() error {
				m.write("integrations/ap", fields{"password": setElsewhere(t, pod, "API_AP")}).want(http.StatusOK)
				return nil
			},
		},
		{
			[]string{"ar", "fa"},
			"unreachable", "unreachable", "unreachable",
			func() error { return other.Pod().SetDown(true) },
			func() error { return other.Pod().SetDown(false) },
		},
		{
			[]string{"cm"},
			"cm: unverified", "cm: ", "unverified",
			func() error {
				fault := oraclesim.Fault{Kind: oraclesim.FaultLostReply, User: "API_CM", Path: "/fscmRestApi"}
				mustDo(t, rotating.Pod().Inject(fault))
				m.write("rotate/cm", nil).want(http.StatusOK)
				return nil
			},
			func() error {
				rotating.Pod().ClearFaults()
				await(t, answerLimit, "the time in which a lost login may arrive", func() bool {
					return m.write("reconcile/cm", fields{"action": "release"}).Data["state"] == "ok"
				})
				return nil
			},
		},
	}
}

// Each trouble reaches the page and every receiver once, and its end as well, whatever becomes of the first attempts; and
// one that is down keeps nobody else waiting.
func TestAgentTellsEveryReceiverOnce(t *testing.T) {
	t.Parallel()
	m, stories := tellingMount(t)
	a := agentFor(m)
	l := a.listens()
	a.configure(m.client.Address(), a.appRole(m))
	a.tells(l)
	a.wantExit(0, "validate")
	a.wantExit(0, "notify", "test")
	l.wantOnce("arrive here", false)
	l.fakes["webhook"].Fail(receiverfake.Drop(), receiverfake.Lose())
	l.fakes["slack"].Fail(receiverfake.Delay(500*time.Millisecond), receiverfake.Status(http.StatusInternalServerError))
	l.fakes["teams"].Fail(receiverfake.Throttle("1"))
	l.fakes["pagerduty"].Fail(receiverfake.Lose(), receiverfake.Duplicate())
	l.fakes["alertmanager"].Fail(receiverfake.Status(http.StatusServiceUnavailable), receiverfake.Drop())
	a.start()
	a.awaitMetric("source_up", "", "1")
	for _, s := range stories {
		mustDo(t, s.do())
		for _, name := range s.names {
			m.checkInTurn(name).has(fields{"state": s.state})
		}
		l.await(s.title, false)
		for _, name := range s.names {
			a.wantShown("/", name, s.state)
			a.wantShown("/integrations/"+m.path+"/"+name, s.state)
		}
		mustDo(t, s.undo())
		for _, name := range s.names {
			await(t, answerLimit, "the recovery of "+name, func() bool { return m.checkInTurn(name).Data["state"] == "ok" })
		}
		l.await(s.end, true)
	}
	for _, s := range stories {
		l.wantOnce(s.title, false)
		l.wantOnce(s.end, true)
	}
	l.wantWell()
	l.wantLinks(m.path)
	_, metrics := a.get("/metrics")
	if !strings.Contains(metrics, `oracle_financials_notifications_total{receiver="webhook",result="unstored"} 0`) {
		t.Errorf("the agent's count of messages:\n%s", metrics)
	}
}

// wantLinks holds that messages lead to the page.
func (l *listeners) wantLinks(mount string) {
	l.t.Helper()
	if heard := l.heard("webhook", "gl: locked", false); len(heard) == 1 && !strings.Contains(string(heard[0].Body), agentPage+"/integrations/"+mount+"/gl") {
		l.t.Errorf("no link in %s", heard[0].Body)
	}
}
