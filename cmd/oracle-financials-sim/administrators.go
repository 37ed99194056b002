package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// administratorCommands steer what the directories of a pod show of its users.
func administratorCommands() []command {
	var list []command
	for _, verb := range []struct{ name, summary string }{
		{"identity-admin", "give or take the right to SCIM and userAccounts"},
		{"must-change", "say whether a user has to change the password"},
		{"federated", "say whether a user has no password login, as with single sign-on"},
	} {
		list = append(list, command{
			name: "user " + verb.name, args: "NAME on|off", summary: verb.summary, example: "user " + verb.name + " INT_GL on",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				on, err := parseOn(args[1])
				if err != nil {
					return err
				}
				return c.user(ctx, s, http.MethodPost, userPath(args[0], "/"+verb.name), map[string]bool{"on": on})
			}),
		})
	}
	return append(list,
		command{
			name: "user remove", args: "NAME", summary: "delete a user",
			details: "A user made later under the same name has another id.",
			example: "user remove INT_GL",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				if err := c.call(ctx, http.MethodDelete, userPath(args[0], ""), nil, nil); err != nil {
					return err
				}
				fmt.Fprintf(s.out, "%s is removed\n", args[0])
				return nil
			}),
		},
		command{
			name: "role add", args: "NAME CODE", summary: "give a user a role that SCIM shows",
			details: "A role grants nothing here; \"user privilege\" does.",
			example: "role add INT_GL ORA_FND_IT_SECURITY_MANAGER_JOB",
			define:  defineRole,
		},
		command{
			name: "role remove", args: "NAME CODE", summary: "take a role from a user",
			example: "role remove INT_GL ORA_FUN_FINANCIAL_INTEGRATION_SPECIALIST_JOB",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				return c.user(ctx, s, http.MethodDelete, userPath(args[0], "/roles/"+url.PathEscape(args[1])), nil)
			}),
		},
	)
}

func defineRole(flags *flag.FlagSet) action {
	c := controlFlag(flags)
	name := flags.String("name", "", "`NAME` to show; without it that of a predefined role, or the code")
	return func(ctx context.Context, s streams, args []string) error {
		body := map[string]string{"code": args[1], "name": *name}
		return c.user(ctx, s, http.MethodPost, userPath(args[0], "/roles"), body)
	}
}

func parseOn(word string) (bool, error) {
	switch word {
	case "on":
		return true, nil
	case "off":
		return false, nil
	}
	return false, usagef("%q is neither on nor off", word)
}

// parseRoles reads a list of codes.
func parseRoles(list string) []map[string]string {
	var roles []map[string]string
	for code := range strings.SplitSeq(list, ",") {
		roles = append(roles, map[string]string{"code": strings.TrimSpace(code)})
	}
	return roles
}
