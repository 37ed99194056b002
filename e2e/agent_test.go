package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// What befalls an account reaches the metrics at the next interval, and a scheduler by exit codes. The agent runs with
// the shipped policy, in a process of its own.
func TestAgentTellsWhatBefallsAnAccount(t *testing.T) {
	t.Parallel()
	m, pod, password := administered(t, oraclesim.Switches{NoAPILockLag: true})
	m.write("policies/now", fields{"unlock_delay": 0, "failure_threshold": 1}).want(http.StatusNoContent)
	m.write("integrations/gl", integration(pod, user, password).with(fields{"directory": "domain", "policy": "now", "timeout": 1, "retry_attempts": 0})).want(http.StatusOK)
	a := agentFor(m)
	a.configure(m.client.Address(), a.appRole(m))
	a.wantExit(0, "validate")
	a.wantExit(0, "status")
	a.start()
	a.awaitState("gl", "ok")
	a.awaitMetric("source_up", "", "1")
	if status, body := a.get("/-/ready"); status != http.StatusOK {
		t.Errorf("not ready: %d %s", status, body)
	}
	down := func(down bool) error { return pod.Pod().SetDown(down) }
	for _, story := range []struct {
		what  string
		do    func() error
		state string
		exit  int
		undo  func() error
	}{
		{"locked", func() error { return pod.Pod().Lock(user) }, "locked", 2, func() error { return pod.Pod().Unlock(user) }},
		{"expired", func() error { return pod.Pod().Expire(user) }, "expired", 2, func() error {
			m.write("integrations/gl", fields{"password": setElsewhere(t, pod, user)}).want(http.StatusOK)
			return nil
		}},
		{"its pod is down", func() error { return down(true) }, "unreachable", 1, func() error { return down(false) }},
	} {
		mustDo(t, story.do())
		m.checkInTurn("gl").has(fields{"state": story.state})
		a.awaitState("gl", story.state)
		if output := a.wantExit(story.exit, "status", "gl"); !strings.Contains(output, story.state) {
			t.Errorf("%s: status shows %s", story.what, output)
		}
		a.wantExit(story.exit, "check", "gl")
		a.wantShown("/", "gl", story.state)
		a.wantShown("/integrations/"+m.path+"/gl", "the newest first", story.state, user)
		mustDo(t, story.undo())
		await(t, answerLimit, "the recovery", func() bool { return m.checkInTurn("gl").Data["state"] == "ok" })
		a.awaitState("gl", "ok")
		a.wantExit(0, "check", "gl")
	}
	m.delete("integrations/gl").want(http.StatusNoContent)
	await(t, tellLimit, "the series of what was deleted to go", func() bool {
		_, all := a.get("/metrics")
		return !strings.Contains(all, `name="gl"`)
	})
}

// A schedule, a timer or a CronJob runs what is due, without a daemon and without a file.
func TestAgentSweepsFromOutside(t *testing.T) {
	t.Parallel()
	m, pod, _ := proved(t, sharedVault(t))
	m.write("config", fields{"disable_automated_sweep": true}).want(http.StatusNoContent)
	m.write("policies/default", fields{"check_period": 60}).want(http.StatusNoContent)
	a := agentFor(m)
	a.configure(m.client.Address(), a.appRole(m))
	a.wantExit(0, "plan")
	before := logins(pod, user)
	await(t, 3*time.Minute, "a check to be due", func() bool {
		output := a.wantExit(0, "plan", "--output", "json")
		pause(t, time.Second)
		return strings.Contains(output, `"check"`)
	})
	if n := logins(pod, user); n != before {
		t.Fatalf("planning spent %d logins", n-before)
	}
	setElsewhere(t, pod, user)
	output := a.wantExit(2, "sweep", "--output", "json")
	var said struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal([]byte(output), &said); err != nil || !strings.HasPrefix(said.Schema, "oracle-financials.") {
		t.Errorf("%v: %s", err, output)
	}
	if output := a.wantExit(2, "status", "--output", "nagios"); !strings.HasPrefix(output, "ORACLE-FINANCIALS CRITICAL") || !strings.Contains(output, "|") {
		t.Errorf("for Nagios: %s", output)
	}
	if n := refusals(pod, user); n != 1 {
		t.Errorf("%d logins were refused, want the one that was due", n)
	}
}

// Who runs the agent under an operator's token can rotate with it; the agent's own policy does not allow it.
func TestAgentRotatesOnlyForAnOperator(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	r := m.addRotating(pod, "gl", throughFusion)
	a := agentFor(m)
	a.configure(m.client.Address(), a.appRole(m))
	if output := a.wantExit(3, "rotate", "gl", "--yes"); !strings.Contains(output, "rotate") {
		t.Errorf("the agent's own token: %s", output)
	}
	a.wantExit(3, "rotate", "gl") // nobody is there to say yes
	token := m.person(operatorPolicy).client.Token()
	a.configure(m.client.Address(), "{method: token_file, token_file: "+a.keep("token", token)+"}")
	a.wantExit(0, "rotate", "gl", "--yes")
	if fault := r.lost(pod.Pod(), m.read("creds/gl").want(http.StatusOK).has(fields{"credential_version": 2})); fault != "" {
		t.Error(fault)
	}
}
