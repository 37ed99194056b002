package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func logCommands() []command {
	return []command{
		{
			name: "logins", args: "NAME", summary: "list the logins a user has spent, oldest first",
			details: "One line a login: time on the pod's clock, accepted or refused, reason, path, user agent.",
			example: "logins INT_GL",
			define:  steer(listLogins),
		},
		{
			name: "requests", summary: "list the requests that reached the pod or its identity domain, oldest first",
			details: "One line a request: time on the pod's clock, method, path, status (0 = no answer), user name, and\n" +
				"whether it carried a password; for the domain also the client whose access token it carried.",
			example: "requests",
			define:  steer(listRequests),
		},
		{
			name: "password-changes", args: "NAME", summary: "list the changes of a user's password, oldest first",
			details: "One line a change: time on the pod's clock, and who: admin, report, self, scim:NAME, user_accounts:NAME,\n" +
				"domain:CLIENT, or reset:NAME for a random password that nobody knows.",
			example: "password-changes INT_GL",
			define:  steer(listPasswordChanges),
		},
		{
			name: "logs reset", summary: "forget all logins and requests; locks and counts stay", example: "logs reset",
			define: steer(func(ctx context.Context, s streams, c *client, _ []string) error {
				if err := c.call(ctx, http.MethodDelete, "/logs", nil, nil); err != nil {
					return err
				}
				fmt.Fprintln(s.out, "the logs are empty")
				return nil
			}),
		},
	}
}

func listLogins(ctx context.Context, s streams, c *client, args []string) error {
	var answer struct {
		Logins []oraclesim.Login `json:"logins"`
	}
	if err := c.call(ctx, http.MethodGet, userPath(args[0], "/logins"), nil, &answer); err != nil {
		return err
	}
	table := newTable(s)
	for _, l := range answer.Logins {
		verdict := "refused"
		if l.Accepted {
			verdict = "accepted"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", l.Time.Format(time.RFC3339), verdict, l.Reason, l.Path, l.ClientAgent)
	}
	return table.Flush()
}

func listPasswordChanges(ctx context.Context, s streams, c *client, args []string) error {
	var answer struct {
		Changes []oraclesim.PasswordChange `json:"password_changes"`
	}
	if err := c.call(ctx, http.MethodGet, userPath(args[0], "/password-changes"), nil, &answer); err != nil {
		return err
	}
	for _, change := range answer.Changes {
		fmt.Fprintf(s.out, "%s  %s\n", change.Time.Format(time.RFC3339), change.By)
	}
	return nil
}

func listRequests(ctx context.Context, s streams, c *client, _ []string) error {
	var answer struct {
		Requests []oraclesim.Request `json:"requests"`
	}
	if err := c.call(ctx, http.MethodGet, "/requests", nil, &answer); err != nil {
		return err
	}
	table := newTable(s)
	for _, r := range answer.Requests {
		target := url.URL{Path: r.Path, RawQuery: r.Query}
		password := "no password"
		if r.HadPassword {
			password = "password"
		}
		// The user is what a client sent, so it is quoted; the path is escaped.
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%q\t%s",
			r.Time.Format(time.RFC3339), r.Method, target.String(), r.Status, r.User, password)
		if r.Domain {
			fmt.Fprintf(table, "\tdomain %q", r.Client)
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}

func newTable(s streams) *tabwriter.Writer { return tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0) }
