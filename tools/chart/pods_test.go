package chart_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/kubernetes/pkg/apis/apps"
	"k8s.io/kubernetes/pkg/apis/batch"
	"k8s.io/kubernetes/pkg/apis/core"
	corev1conversion "k8s.io/kubernetes/pkg/apis/core/v1"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// templates gives the pods that values lead to, by the template's file name.
func templates(t *testing.T, with string) map[string]core.PodTemplateSpec {
	t.Helper()
	found := map[string]core.PodTemplateSpec{}
	for name, text := range rendered(t, with) {
		if name == "NOTES.txt" {
			continue
		}
		switch object := decode(t, text).(type) {
		case *apps.Deployment:
			found[name] = object.Spec.Template
		case *batch.CronJob:
			found[name] = object.Spec.JobTemplate.Spec.Template
		}
	}
	if len(found) == 0 {
		t.Fatal("no pod")
	}
	return found
}

func pods(t *testing.T, with string) map[string]core.PodSpec {
	t.Helper()
	specs := map[string]core.PodSpec{}
	for name, template := range templates(t, with) {
		specs[name] = template.Spec
	}
	return specs
}

func deployment(t *testing.T, with string) *apps.Deployment {
	t.Helper()
	return decode(t, rendered(t, with)["deployment.yaml"]).(*apps.Deployment)
}

// A namespace may enforce the strictest Pod Security Standard; this is the code that would enforce it.
func TestPodsFitTheRestrictedPodSecurityStandard(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := podsecurity.LevelVersion{Level: podsecurity.LevelRestricted, Version: podsecurity.LatestVersion()}
	for _, file := range valueFiles(t) {
		for name, template := range templates(t, read(t, file)) {
			var pod corev1.PodSpec
			if err := corev1conversion.Convert_core_PodSpec_To_v1_PodSpec(&template.Spec, &pod, nil); err != nil {
				t.Fatal(err)
			}
			for _, result := range evaluator.EvaluatePod(restricted, &template.ObjectMeta, &pod) {
				if !result.Allowed {
					t.Errorf("%s: %s: %s: %s", file, name, result.ForbiddenReason, result.ForbiddenDetail)
				}
			}
		}
	}
}

// What the standard does not ask for, and we promise.
func TestPodsCanWriteNowhereAndSpeakToNoCluster(t *testing.T) {
	for _, file := range valueFiles(t) {
		for name, pod := range pods(t, read(t, file)) {
			if readOnly := pod.Containers[0].SecurityContext.ReadOnlyRootFilesystem; readOnly == nil || !*readOnly {
				t.Errorf("%s: %s: the root file system can be written", file, name)
			}
			if token := pod.AutomountServiceAccountToken; token == nil || *token {
				t.Errorf("%s: %s: a token for the cluster is mounted", file, name)
			}
			for _, mount := range pod.Containers[0].VolumeMounts {
				if !mount.ReadOnly && mount.MountPath != "/var/lib/oracle-financials-agent" {
					t.Errorf("%s: %s: %s can be written", file, name, mount.MountPath)
				}
			}
		}
	}
}

func TestThereIsOneDaemonAtATime(t *testing.T) {
	for _, file := range valueFiles(t) {
		if rendered(t, read(t, file))["deployment.yaml"] == "" {
			continue
		}
		spec := deployment(t, read(t, file)).Spec
		if spec.Replicas != 1 || spec.Strategy.Type != apps.RecreateDeploymentStrategyType {
			t.Errorf("%s: %d replicas, %s: two would write one volume", file, spec.Replicas, spec.Strategy.Type)
		}
	}
}

// The paths are the agent's aliases for Kubernetes of /-/healthy and /-/ready.
func TestProbesAskForHealthAndReadiness(t *testing.T) {
	for with, want := range map[string]core.HTTPGetAction{
		"":                     {Scheme: core.URISchemeHTTP},
		"web: {scheme: HTTPS}": {Scheme: core.URISchemeHTTPS},
	} {
		container := deployment(t, with).Spec.Template.Spec.Containers[0]
		want.Port = intstr.FromString("http")
		want.Path = "/healthz"
		if diff := cmp.Diff(&want, container.LivenessProbe.HTTPGet); diff != "" {
			t.Errorf("liveness with %q:\n%s", with, diff)
		}
		want.Path = "/readyz"
		if diff := cmp.Diff(&want, container.ReadinessProbe.HTTPGet); diff != "" {
			t.Errorf("readiness with %q:\n%s", with, diff)
		}
	}
	tcp := deployment(t, "web: {probe: TCP, configSecret: x}").Spec.Template.Spec.Containers[0]
	if tcp.LivenessProbe.TCPSocket == nil || tcp.ReadinessProbe.TCPSocket == nil {
		t.Error("with probe TCP the probes still ask by HTTP, which has no password")
	}
}

func TestAPodIsReplacedWhenItsConfigurationChanges(t *testing.T) {
	checksum := func(with string) string {
		return deployment(t, with).Spec.Template.Annotations["checksum/config"]
	}
	before := checksum("")
	if before == "" {
		t.Fatal("no checksum")
	}
	if checksum("config: {interval: 5m}") == before {
		t.Error("another configuration has the same checksum, so the pod would keep the old one")
	}
	if checksum("service: {port: 80}") != before {
		t.Error("the checksum changes with what is no configuration, so the agent would be restarted for nothing")
	}
}

func TestTheStateHasAFolderThatOutlivesThePodUnlessSaidOtherwise(t *testing.T) {
	for with, want := range map[string]string{
		"":                                   "fusion-oracle-financials-agent",
		"persistence: {existingClaim: mine}": "mine",
		"persistence: {enabled: false}":      "",
	} {
		got := ""
		for _, volume := range deployment(t, with).Spec.Template.Spec.Volumes {
			if volume.Name == "state" && volume.PersistentVolumeClaim != nil {
				got = volume.PersistentVolumeClaim.ClaimName
			}
		}
		if got != want {
			t.Errorf("with %q the claim is %q, and should be %q", with, got, want)
		}
		_, made := rendered(t, with)["persistentvolumeclaim.yaml"]
		if made != (with == "") {
			t.Errorf("with %q a claim is made: %t", with, made)
		}
	}
}

// The commands of the agent that a chart has a use for, with the file that the ConfigMap becomes.
func TestPodsStartTheDaemonAndASweep(t *testing.T) {
	for name, command := range map[string]string{"deployment.yaml": "run", "cronjob.yaml": "sweep"} {
		want := []string{command, "--config=/etc/oracle-financials-agent/config/config.yaml"}
		if got := pods(t, "cronJob: {enabled: true}")[name].Containers[0].Args; !slices.Equal(got, want) {
			t.Errorf("%s starts %q, and should start %q", name, got, want)
		}
	}
}

// A sweep's pod that the Deployment took for one of its own would be counted as the daemon.
func TestTheDeploymentTakesNoSweepForItsDaemon(t *testing.T) {
	selector, err := metav1.LabelSelectorAsSelector(deployment(t, "").Spec.Selector)
	if err != nil {
		t.Fatal(err)
	}
	for name, pod := range templates(t, "cronJob: {enabled: true}") {
		if got, want := selector.Matches(labels.Set(pod.Labels)), name == "deployment.yaml"; got != want {
			t.Errorf("the Deployment selects the pod of %s: %t", name, got)
		}
	}
}
