package agent

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// change is a line of the log: something is not as it was.
type change struct {
	level   hclog.Level
	message string
	facts   []any
}

// changes are what a visit changed that a person wants to read of. What stays as it is, good or bad, is not said again.
func changes(before, after known) []change {
	if after.fault != "" {
		if before.fault == after.fault {
			return nil
		}
		return []change{{hclog.Error, "mount cannot be read", []any{"fault", after.mount.Fault, "kind", after.fault}}}
	}
	var said []change
	switch {
	case before.mount.Revision == "":
		said = append(said, change{hclog.Info, "first report read", []any{
			"integrations", len(after.mount.Statuses), "directories", len(after.mount.Directories),
			"states", inWords(after.mount.Counts), "version", after.mount.Version,
		}})
	case before.fault != "":
		said = append(said, change{hclog.Info, "mount can be read again", []any{"states", inWords(after.mount.Counts)}})
	}
	if before.mount.Revision != "" && before.mount.Version != after.mount.Version {
		said = append(said, change{hclog.Info, "engine has another version", []any{
			"version", after.mount.Version, "before", before.mount.Version,
		}})
	}
	switch after.sweep {
	case before.sweep:
	case "":
		said = append(said, change{hclog.Info, "sweeps can be started again", nil})
	default:
		said = append(said, change{hclog.Warn, "sweep cannot be started", []any{"fault", after.mount.SweepFault, "kind", after.sweep}})
	}
	return said
}

// inWords lists the states that occur, the worst first, and then those that this agent does not know.
func inWords(counts map[rotation.State]int) string {
	var words []string
	states := rotation.States()
	for _, state := range states {
		if counts[state] > 0 {
			words = append(words, fmt.Sprintf("%s=%d", state, counts[state]))
		}
	}
	var strange []string
	for state, n := range counts {
		if n > 0 && !slices.Contains(states, state) {
			strange = append(strange, fmt.Sprintf("%s=%d", state, n))
		}
	}
	slices.Sort(strange)
	return strings.Join(append(words, strange...), " ")
}

// waitsForRestart names the keys of a configuration that a reload cannot bring into force.
func waitsForRestart(before, after config.Config) []string {
	var keys []string
	for _, key := range []struct {
		name          string
		before, after string
	}{
		{"listen", before.Listen, after.Listen},
		{"web_config_file", before.WebConfigFile, after.WebConfigFile},
		{"state_dir", before.StateDir, after.StateDir},
		{"log_format", before.LogFormat, after.LogFormat},
	} {
		if key.before != key.after {
			keys = append(keys, key.name)
		}
	}
	return keys
}
