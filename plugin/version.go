package plugin

import (
	"runtime/debug"
	"strings"

	"vault-plugin-secrets-oracle-financials/backend"
)

// Name is the plugin's name: of its program, and as which it is usually registered.
const Name = "vault-plugin-secrets-oracle-financials"

// Set by the linker: -X vault-plugin-secrets-oracle-financials/plugin.version=v1.2.3
//
//nolint:gochecknoglobals // the linker knows no other place
var version, commit, buildTime string

// unreleased is the version of a build that nobody gave one. Vault wants semantic versions with a v.
const unreleased = "v0.1.0-dev"

const sdkModule = "github.com/hashicorp/vault/sdk"

// Version says which build this is: what the linker was given, else what Go recorded.
func Version() backend.Version {
	v := backend.Version{Name: Name, Version: version, Commit: commit, BuildTime: buildTime}
	if info, ok := debug.ReadBuildInfo(); ok {
		fill(&v, info)
	}
	if v.Version == "" {
		v.Version = unreleased
	}
	return v
}

func fill(v *backend.Version, info *debug.BuildInfo) {
	if v.Version == "" && strings.HasPrefix(info.Main.Version, "v") {
		v.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision" && v.Commit == "":
			v.Commit = setting.Value
		case setting.Key == "vcs.time" && v.BuildTime == "":
			v.BuildTime = setting.Value
		}
	}
	for _, module := range info.Deps {
		if module.Path == sdkModule {
			v.SDKVersion = module.Version
		}
	}
}
