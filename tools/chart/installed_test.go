package chart_test

import (
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/apps"
	_ "k8s.io/kubernetes/pkg/apis/apps/install" // makes the kinds known
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install" // makes the kinds known
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install" // makes the kinds known
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install" // makes the kinds known
	networkvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	"sigs.k8s.io/yaml"
)

// What an API server would say of each object: a field that it does not know is refused, what is left out gets its
// default, and the rest is judged by Kubernetes' own validation. An object of a kind that is not in the list of faults is
// not accepted at all, and so no Role, ClusterRole or binding is ever installed.
func TestKubernetesAcceptsWhatIsInstalled(t *testing.T) {
	for _, file := range valueFiles(t) {
		for name, text := range rendered(t, read(t, file)) {
			if name == "NOTES.txt" {
				continue
			}
			t.Run(file+"/"+name, func(t *testing.T) {
				for _, fault := range faults(t, decode(t, text)) {
					t.Error(fault)
				}
			})
		}
	}
}

// decode reads one object as strictly as an API server with fieldValidation=Strict does, and fills in the defaults.
func decode(t *testing.T, text string) runtime.Object {
	t.Helper()
	var object runtime.Object
	var kind struct {
		Kind string `json:"kind"`
	}
	if err := yaml.Unmarshal([]byte(text), &kind); err != nil {
		t.Fatal(err)
	}
	switch kind.Kind {
	case monitoring.ServiceMonitorsKind:
		object = decodeInto(t, text, &monitoring.ServiceMonitor{})
	case monitoring.PrometheusRuleKind:
		object = decodeInto(t, text, &monitoring.PrometheusRule{})
	default:
		strict := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)
		decoded, err := runtime.Decode(strict.UniversalDecoder(), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		object = decoded
	}
	// Helm says the namespace when it installs.
	accessor, err := meta.Accessor(object)
	if err != nil {
		t.Fatal(err)
	}
	accessor.SetNamespace("monitoring")
	return object
}

func decodeInto[T any](t *testing.T, text string, object *T) *T {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), object); err != nil {
		t.Fatal(err)
	}
	return object
}

// faults is what Kubernetes has against an object.
func faults(t *testing.T, object runtime.Object) field.ErrorList {
	t.Helper()
	switch o := object.(type) {
	case *apps.Deployment:
		return appsvalidation.ValidateDeployment(o, corevalidation.PodValidationOptions{})
	case *batch.CronJob:
		return batchvalidation.ValidateCronJobCreate(o, corevalidation.PodValidationOptions{})
	case *core.ConfigMap:
		return corevalidation.ValidateConfigMap(o)
	case *core.PersistentVolumeClaim:
		return corevalidation.ValidatePersistentVolumeClaim(o, corevalidation.PersistentVolumeClaimSpecValidationOptions{})
	case *core.Service:
		return corevalidation.ValidateServiceCreate(o)
	case *core.ServiceAccount:
		return corevalidation.ValidateServiceAccount(o)
	case *networking.NetworkPolicy:
		return networkvalidation.ValidateNetworkPolicy(o, networkvalidation.NetworkPolicyValidationOptions{})
	case *monitoring.ServiceMonitor, *monitoring.PrometheusRule:
		return nil // their validation is in the operator; strict parsing, and for the rules promtool, must do
	}
	t.Fatalf("the chart installs a %T, which it never did: say here how it is judged", object)
	return nil
}
