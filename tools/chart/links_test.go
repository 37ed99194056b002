package chart_test

import (
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/kubernetes/pkg/apis/batch"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/networking"
)

const everything = "testdata/values/everything.yaml"

// The Service finds the daemon's pod and not a sweep's, which has no port; the ServiceMonitor finds the Service, and no
// other of the release.
func TestTheScrapeFindsTheDaemonAndNothingElse(t *testing.T) {
	files := rendered(t, read(t, everything))
	pods := templates(t, read(t, everything))
	service := decode(t, files["service.yaml"]).(*core.Service)
	selector := labels.SelectorFromSet(service.Spec.Selector)
	if !selector.Matches(labels.Set(pods["deployment.yaml"].Labels)) {
		t.Error("the Service does not find the daemon")
	}
	if selector.Matches(labels.Set(pods["cronjob.yaml"].Labels)) {
		t.Error("the Service would send scrapes to a sweep")
	}
	if port := pods["deployment.yaml"].Spec.Containers[0].Ports[0]; service.Spec.Ports[0].TargetPort.StrVal != port.Name {
		t.Errorf("the Service leads to %s, and the container's port is %s", service.Spec.Ports[0].TargetPort.StrVal, port.Name)
	}

	monitor := decodeInto(t, files["servicemonitor.yaml"], &monitoring.ServiceMonitor{})
	found, err := metav1.LabelSelectorAsSelector(&monitor.Spec.Selector)
	if err != nil {
		t.Fatal(err)
	}
	if !found.Matches(labels.Set(service.Labels)) {
		t.Error("the ServiceMonitor does not find the Service")
	}
	endpoint := monitor.Spec.Endpoints[0]
	if endpoint.Port != service.Spec.Ports[0].Name || endpoint.Path != "/metrics" {
		t.Errorf("the ServiceMonitor asks %s%s", endpoint.Port, endpoint.Path)
	}
}

// The port is written in several places.
func TestTheAgentListensWhereItIsLookedFor(t *testing.T) {
	if listen := agentConfig(t, "")["listen"]; listen != ":9720" {
		t.Errorf("the agent listens on %v, which the pod's other parts don't reach", listen)
	}
	if port := deployment(t, "").Spec.Template.Spec.Containers[0].Ports[0].ContainerPort; port != 9720 {
		t.Errorf("the container's port is %d", port)
	}
	policy := decode(t, rendered(t, read(t, everything))["networkpolicy.yaml"]).(*networking.NetworkPolicy)
	if port := policy.Spec.Ingress[0].Ports[0].Port.IntValue(); port != 9720 {
		t.Errorf("the network policy opens %d", port)
	}
}

func TestTheNetworkPolicyHoldsForBothPods(t *testing.T) {
	policy := decode(t, rendered(t, read(t, everything))["networkpolicy.yaml"]).(*networking.NetworkPolicy)
	selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
	if err != nil {
		t.Fatal(err)
	}
	for name, pod := range templates(t, read(t, everything)) {
		if !selector.Matches(labels.Set(pod.Labels)) {
			t.Errorf("%s is outside of the network policy", name)
		}
	}
}

// Without a starting deadline, a hundred missed starts end a CronJob for good; with another zone, or two at once, it runs
// when nobody expects it.
func TestSweepsStartWhenAPersonExpects(t *testing.T) {
	spec := decode(t, rendered(t, "cronJob: {enabled: true}")["cronjob.yaml"]).(*batch.CronJob).Spec
	if spec.StartingDeadlineSeconds == nil || *spec.StartingDeadlineSeconds < 10 {
		t.Error("no starting deadline")
	}
	if spec.TimeZone == nil || *spec.TimeZone != "Etc/UTC" {
		t.Error("not in UTC")
	}
	if spec.ConcurrencyPolicy != batch.ForbidConcurrent {
		t.Error("two sweeps may run at once")
	}
	if limit := spec.JobTemplate.Spec.BackoffLimit; limit == nil || *limit != 0 {
		t.Error("a failed sweep is run again at once")
	}
}

// What the agent shows Vault is made for Vault, and is of no use for anything else.
func TestTheTokenForVaultIsMadeForVault(t *testing.T) {
	for _, method := range []string{"kubernetes", "jwt", "approle"} {
		with := "vaultToken: {audience: vault-1}\nconfig: {vault: {auth: {method: " + method + ", role: r, secret_id_file: /s}}}"
		audience := ""
		for _, volume := range deployment(t, with).Spec.Template.Spec.Volumes {
			if volume.Name == "vault-token" {
				audience = volume.Projected.Sources[0].ServiceAccountToken.Audience
			}
		}
		if want := map[string]string{"kubernetes": "vault-1", "jwt": "vault-1"}[method]; audience != want {
			t.Errorf("%s: the token is for %q, and should be for %q", method, audience, want)
		}
	}
}

// What is bound to a Vault role is this account in this namespace, and only the notes tell the operator its name.
func TestTheNotesNameTheAccountThatThePodsHave(t *testing.T) {
	for _, with := range []string{"", "fullnameOverride: x", "serviceAccount: {name: mine}", "serviceAccount: {create: false, name: theirs}"} {
		want := "bound_service_account_names=" + deployment(t, with).Spec.Template.Spec.ServiceAccountName + " "
		if notes := rendered(t, with)["NOTES.txt"]; !strings.Contains(notes, want) || !strings.Contains(notes, "bound_service_account_namespaces=monitoring ") {
			t.Errorf("with %q the notes do not say %q:\n%s", with, want, notes)
		}
	}
}
