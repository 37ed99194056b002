package chart_test

import (
	"path/filepath"
	"testing"

	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

// What `helm lint` says, warnings included. That there is no icon it says as information, and that is so.
func TestHelmLintFindsNothing(t *testing.T) {
	for _, version := range []string{"v1.27.0", chartutil.DefaultCapabilities.KubeVersion.Version} {
		kubeVersion, err := chartutil.ParseKubeVersion(version)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range valueFiles(t) {
			t.Run(version+"/"+filepath.Base(file), func(t *testing.T) {
				linter := lint.AllWithKubeVersion(chartDir, values(t, read(t, file)), "monitoring", kubeVersion)
				for _, message := range linter.Messages {
					if message.Severity > support.InfoSev {
						t.Error(message)
					}
				}
			})
		}
	}
}
