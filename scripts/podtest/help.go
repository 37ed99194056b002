package main

import (
	"fmt"
	"strings"
)

const intro = `Asks a real Oracle Fusion pod what docs/oracle.md only assumes, and says where the pod differs.

    make pod-test                   or: go run ./scripts/podtest
    make pod-test ARGS='-o pod.md'  the table to a file too, as Markdown, with the answers' headers
    make pod-test ARGS=-list        the checks, asking nothing

Take a test pod. A run reads and changes nothing; it sends about 50 requests, one at a time, and
ends at once when the right password is refused: never run it again before you know why it was.
With a wrong password it logs in only where you name the user for it, and then once; a login with
the right one afterwards clears the pod's count of refused ones. The table holds no secret, no host
and no user name.
`

const codes = `
Exit codes: 0 nothing differs, 1 something does, 2 wrong use and nothing was asked, 3 ended early.
`

// variable is one of the environment, without its prefix.
type variable struct{ name, meaning string }

// group is variables that belong together.
type group struct {
	title     string
	variables []variable
}

func groups() []group {
	return []group{
		{"Needed", []variable{
			{"SERVER_URL", "the pod, such as https://abcd-test.fa.us2.oraclecloud.com"},
			{"USERNAME", "an integration user"},
			{"PASSWORD_FILE", "the file that holds its password (or PASSWORD: itself)"},
		}},
		{"Optional", []variable{
			{"CA_CERT", "a file of PEM certificates to trust beside the system's"},
			{"SPEND_ONE_REFUSED_LOGIN", "the user name again: leave to let one login be refused"},
		}},
		{"A Fusion directory, optional", []variable{
			{"DIRECTORY_USERNAME", "a user of the pod with the identity privilege"},
			{"DIRECTORY_PASSWORD_FILE", "the file that holds its password (or DIRECTORY_PASSWORD)"},
		}},
		{"An identity domain, optional", []variable{
			{"DIRECTORY_DOMAIN_URL", "such as https://idcs-….identity.oraclecloud.com"},
			{"DIRECTORY_CLIENT_ID", "an OAuth client that may read users and password policies"},
			{"DIRECTORY_CLIENT_SECRET_FILE", "the file that holds its secret (or DIRECTORY_CLIENT_SECRET)"},
		}},
	}
}

func help() string {
	var b strings.Builder
	b.WriteString(intro)
	fmt.Fprintf(&b, "\nVariables, each with %s before its name:\n", prefix)
	for _, g := range groups() {
		fmt.Fprintf(&b, "\n  %s\n", g.title)
		for _, v := range g.variables {
			fmt.Fprintf(&b, "    %-33s  %s\n", v.name, v.meaning)
		}
	}
	b.WriteString(codes)
	return b.String()
}

// listing names the checks and what each needs.
func listing() string {
	var b strings.Builder
	for i, t := range topics() {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, t.title)
		for _, c := range t.checks {
			for j, line := range wrap(c.question, 76) {
				name := c.name
				if j > 0 {
					name = ""
				}
				fmt.Fprintf(&b, "  %-18s  %s\n", name, line)
			}
		}
		if need := t.checks[0].needs; need != needsNothing {
			fmt.Fprintf(&b, "  needs %s\n", need)
		}
	}
	return b.String()
}
