package main

import (
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

// Set by the linker: -X main.version=v1.2.3
//
//nolint:gochecknoglobals // the linker knows no other place
var version, commit, buildTime string

// unreleased is the version of a build that nobody gave one.
const unreleased = "v0.1.0-dev"

// builtAs says which build this is: what the linker was given, else what Go recorded.
func builtAs() output.Version {
	v := output.Version{Name: program, Version: version, Commit: commit, BuildTime: buildTime, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
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
	}
	if v.Version == "" {
		v.Version = unreleased
	}
	return v
}

func versionCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print which build this is",
		Example: `  oracle-financials-agent version
  oracle-financials-agent version --output json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			format, err := s.format()
			if err != nil {
				return err
			}
			return finish(s.around.out, func(w io.Writer) error { return builtAs().Write(w, format) }, output.ExitOK)
		},
	}
}
