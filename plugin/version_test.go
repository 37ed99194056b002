package plugin

import (
	"regexp"
	"runtime/debug"
	"testing"

	"vault-plugin-secrets-oracle-financials/backend"
)

// semantic is what Vault's catalog takes for a version.
var semantic = regexp.MustCompile(`^v\d+\.\d+\.\d+([-+].*)?$`)

func TestVersionIsSemanticWithoutALinkersHelp(t *testing.T) {
	t.Parallel()
	if v := Version(); v.Name != Name || !semantic.MatchString(v.Version) {
		t.Errorf("the version is %+v", v)
	}
}

func TestWhatTheLinkerSaidGoesBeforeWhatGoRecorded(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{
		Main:     debug.Module{Version: "v9.9.9"},
		Deps:     []*debug.Module{{Path: "other", Version: "v7"}, {Path: sdkModule, Version: "v0.25.1"}},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-01-31T06:00:00Z"}},
	}
	said := backend.Version{Version: "v1.2.3", Commit: "def"}
	fill(&said, info)
	if want := (backend.Version{Version: "v1.2.3", Commit: "def", BuildTime: "2026-01-31T06:00:00Z", SDKVersion: "v0.25.1"}); said != want {
		t.Errorf("got %+v", said)
	}
	silent := backend.Version{}
	fill(&silent, info)
	if silent.Version != "v9.9.9" || silent.Commit != "abc" {
		t.Errorf("got %+v", silent)
	}
	devel := backend.Version{}
	fill(&devel, &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}})
	if devel.Version != "" {
		t.Errorf("a build of no version calls itself %q", devel.Version)
	}
}
