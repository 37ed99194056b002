package output

import (
	"fmt"
	"slices"
	"strings"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// Format is how an answer is written. The list is closed.
type Format string

// The formats.
const (
	Text   Format = "text"   // for people
	JSON   Format = "json"   // for programs: one versioned object
	Nagios Format = "nagios" // for monitoring: one line with performance data, then long text
)

// Formats lists every format.
func Formats() []Format { return []Format{Text, JSON, Nagios} }

// ParseFormat reads the name of a format.
func ParseFormat(name string) (Format, error) {
	if format := Format(name); slices.Contains(Formats(), format) {
		return format, nil
	}
	return "", fmt.Errorf("--output is %q: it can be %s", name, formatNames())
}

func formatNames() string {
	names := make([]string, 0, len(Formats()))
	for _, format := range Formats() {
		names = append(names, string(format))
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// The exit codes, as monitoring plugins have them.
const (
	ExitOK       = 0
	ExitWarning  = 1
	ExitCritical = 2
	ExitUnknown  = 3 // also: Vault that cannot be asked, wrong usage, a bad configuration
)

// ExitCode speaks of the worst: critical 2, else warning 1, else unknown 3, else 0.
func ExitCode(statuses []estate.Status) int { return codeOf(estate.Worst(statuses)) }

func codeOf(severity rotation.Severity) int {
	switch severity {
	case rotation.SeverityCritical:
		return ExitCritical
	case rotation.SeverityWarning:
		return ExitWarning
	case rotation.SeverityOK:
		return ExitOK
	case rotation.SeverityUnknown:
	}
	return ExitUnknown
}
