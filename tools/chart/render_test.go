package chart_test

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// deploy is where the chart and what it is made from are.
const deploy = "../../deploy"

const chartDir = deploy + "/helm/oracle-financials-agent"

func loadChart(t *testing.T) *chart.Chart {
	t.Helper()
	loaded, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// values parses what a person would write into a file for --values.
func values(t *testing.T, text string) map[string]any {
	t.Helper()
	parsed, err := chartutil.ReadValues([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// valueFiles lists testdata/values: installations that a person might want.
func valueFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/values/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no values in testdata/values: %v", err)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// render does what `helm template fusion <chart> --namespace monitoring --values <values>` does, the check against the
// schema included.
func render(t *testing.T, with map[string]any) (map[string]string, error) {
	t.Helper()
	loaded := loadChart(t)
	release := chartutil.ReleaseOptions{Name: "fusion", Namespace: "monitoring", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(loaded, with, release, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(loaded, all)
}

// rendered gives what a template became, by the template's file name; an empty one is left out.
func rendered(t *testing.T, text string) map[string]string {
	t.Helper()
	files, err := render(t, values(t, text))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]string{}
	for file, content := range files {
		if strings.TrimSpace(content) != "" && !strings.HasPrefix(path.Base(file), "_") {
			byName[path.Base(file)] = content
		}
	}
	return byName
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
