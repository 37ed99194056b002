package output

import (
	_ "embed"
	"strings"
)

// shippedMount is the mount for which the policy is shipped.
const shippedMount = "oracle-financials"

// agentPolicy is deploy/policies/agent.hcl; a test holds them equal.
//
//go:embed agent.hcl
var agentPolicy string

// Policy is the Vault policy that the agent needs, for the mounts it is told of.
func Policy(mounts []string) string {
	heading, paths, _ := strings.Cut(agentPolicy, "\n\n")
	text := heading + "\n"
	for _, mount := range mounts {
		text += "\n" + strings.ReplaceAll(paths, `"`+shippedMount+"/", `"`+inHCL(mount)+"/")
	}
	return text
}

// inHCL is a text between double quotes.
func inHCL(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text)
}
