package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// A real Prometheus scrapes the agent and fires the shipped rules.
func TestPrometheusFiresTheShippedRules(t *testing.T) {
	t.Parallel()
	m, pod, password := administered(t, oraclesim.Switches{NoAPILockLag: true})
	m.write("policies/now", fields{"unlock_delay": 0}).want(http.StatusNoContent)
	m.write("integrations/gl", integration(pod, user, password).with(fields{"directory": "domain", "policy": "now"})).want(http.StatusOK)
	a := agentFor(m)
	a.configure(m.client.Address(), a.appRole(m))
	a.start()
	a.awaitState("gl", "ok")
	prometheus := startPrometheus(t, strings.TrimPrefix(a.url, "http://"))
	prometheus.awaitAlerts(t, "OracleFinancialsWatchdog")

	mustDo(t, pod.Pod().Lock(user))
	m.checkInTurn("gl").has(fields{"state": "locked"})
	for _, alert := range prometheus.awaitAlerts(t, "OracleFinancialsWatchdog", "OracleFinancialsAccountLocked") {
		if alert.Labels["alertname"] != "OracleFinancialsAccountLocked" {
			continue
		}
		if alert.Labels["severity"] != "critical" || alert.Labels["name"] != "gl" || alert.Labels["mount"] != m.path {
			t.Errorf("its labels are %v", alert.Labels)
		}
		if !strings.HasSuffix(alert.Annotations["runbook_url"], "/OracleFinancialsAccountLocked.md") || !strings.Contains(alert.Annotations["summary"], "gl") {
			t.Errorf("it says %v", alert.Annotations)
		}
	}
	mustDo(t, pod.Pod().Unlock(user))
	await(t, answerLimit, "the recovery", func() bool { return m.checkInTurn("gl").Data["state"] == "ok" })
	prometheus.awaitAlerts(t, "OracleFinancialsWatchdog")
}

// prometheusProcess is a Prometheus that scrapes one target every second.
type prometheusProcess struct{ url string }

// firing is an alert as Prometheus' API shows it.
type firing struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	State       string            `json:"state"`
}

func startPrometheus(t *testing.T, target string) prometheusProcess {
	t.Helper()
	binary := prometheusProgram(t)
	rules, err := filepath.Abs("../deploy/prometheus/rules.yaml")
	mustDo(t, err)
	dir, address := t.TempDir(), freeAddress(t)
	config := filepath.Join(dir, "prometheus.yml")
	mustDo(t, os.WriteFile(config, fmt.Appendf(nil, `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs:
  - job_name: oracle-financials-agent
    static_configs: [{targets: [%q]}]
`, rules, target), 0o600))
	cmd := exec.Command(binary, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	mustDo(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("Prometheus' log:\n%s", &log)
		}
	})
	return prometheusProcess{"http://" + address}
}

// prometheusProgram is the one that the script finds, unless the environment names one.
func prometheusProgram(t *testing.T) string {
	t.Helper()
	if named := os.Getenv("PROMETHEUS_BIN"); named != "" {
		return named
	}
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	if said, err := exec.CommandContext(ctx, "../scripts/prometheus.sh").CombinedOutput(); err != nil {
		t.Fatalf("find a Prometheus: %v\n%s", err, said)
	}
	path, err := exec.CommandContext(ctx, "../scripts/prometheus.sh", "--print", "prometheus").Output()
	mustDo(t, err)
	return strings.TrimSpace(string(path))
}

// awaitAlerts waits until just these fire, and gives them.
func (p prometheusProcess) awaitAlerts(t *testing.T, want ...string) (alerts []firing) {
	t.Helper()
	await(t, 3*time.Minute, fmt.Sprintf("the alerts %v and no others", want), func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/api/v1/alerts", nil)
		mustDo(t, err)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false // it is still starting
		}
		defer response.Body.Close()
		var said struct {
			Data struct {
				Alerts []firing `json:"alerts"`
			} `json:"data"`
		}
		if err := json.NewDecoder(response.Body).Decode(&said); err != nil {
			return false
		}
		alerts = nil
		found := map[string]bool{}
		for _, alert := range said.Data.Alerts {
			if alert.State == "firing" {
				alerts = append(alerts, alert)
				found[alert.Labels["alertname"]] = true
			}
		}
		for _, name := range want {
			if !found[name] {
				return false
			}
		}
		return len(alerts) == len(want)
	})
	return alerts
}
