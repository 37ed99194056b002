package chart_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/kubernetes/pkg/apis/core"
	"sigs.k8s.io/yaml"
)

// A chart can only ship what lies in it, so it has copies of the alerts and the dashboards.
func TestTheChartShipsTheAlertsAndDashboardsOfThisVersion(t *testing.T) {
	originals := map[string]string{deploy + "/prometheus/rules.yaml": chartDir + "/files/rules.yaml"}
	dashboards, err := filepath.Glob(deploy + "/grafana/*.json")
	if err != nil || len(dashboards) == 0 {
		t.Fatalf("no dashboard in deploy/grafana: %v", err)
	}
	for _, dashboard := range dashboards {
		originals[dashboard] = chartDir + "/files/dashboards/" + filepath.Base(dashboard)
	}
	for original, copied := range originals {
		want := read(t, original)
		if *update {
			if err := os.WriteFile(copied, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, read(t, copied)); diff != "" {
			t.Errorf("%s is another than %s (go test -C tools/chart -update copies it):\n%s", copied, original, diff)
		}
	}
	shipped, _ := filepath.Glob(chartDir + "/files/dashboards/*.json")
	if len(shipped) != len(dashboards) {
		t.Errorf("the chart ships the dashboards %q, and there are %q", shipped, dashboards)
	}
}

// Prometheus' templates look like Helm's, so that a careless template would eat them.
func TestTheAlertsReachTheClusterWordForWord(t *testing.T) {
	got := decodeInto(t, rendered(t, "prometheusRule: {enabled: true}")["prometheusrule.yaml"], &monitoring.PrometheusRule{})
	var want monitoring.PrometheusRuleSpec
	if err := yaml.UnmarshalStrict([]byte(read(t, deploy+"/prometheus/rules.yaml")), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Spec); diff != "" {
		t.Errorf("the rules changed on their way through Helm:\n%s", diff)
	}
	if len(want.Groups) == 0 {
		t.Error("there are no rules, so this compares nothing")
	}
}

func TestTheRunbookIsWhereTheValuesSay(t *testing.T) {
	text := rendered(t, "prometheusRule: {enabled: true, runbookURL: https://wiki.example.com/runbook/}")["prometheusrule.yaml"]
	rule := decodeInto(t, text, &monitoring.PrometheusRule{})
	for _, group := range rule.Spec.Groups {
		for _, alert := range group.Rules {
			want := "https://wiki.example.com/runbook/" + alert.Alert + ".md"
			if got := alert.Annotations["runbook_url"]; alert.Alert != "" && got != want {
				t.Errorf("%s sends people to %q instead of %q", alert.Alert, got, want)
			}
		}
	}
}

func TestTheDashboardReachesTheClusterWordForWord(t *testing.T) {
	object := decode(t, rendered(t, "dashboard: {enabled: true}")["dashboard.yaml"])
	for name, text := range object.(*core.ConfigMap).Data {
		var got, want any
		original := strings.TrimPrefix(name, "oracle-financials-")
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := json.Unmarshal([]byte(read(t, deploy+"/grafana/"+original)), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s changed on its way through Helm:\n%s", name, diff)
		}
	}
}
