package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// domainCommands steer the identity domain.
func domainCommands() []command {
	return []command{
		{
			name: "client add", args: "ID", summary: "create a client of the identity domain",
			details: "The secret is the first line of the file or of standard input. Rights: read_users, change_passwords,\n" +
				"change_state.",
			example: "client add vault-app --rights read_users,change_passwords --secret-file secret.txt",
			define:  defineClient,
		},
		{
			name: "client secret", args: "ID", summary: "replace a client's secret; its tokens stay good",
			example: "client secret vault-app --secret-file new.txt",
			define:  defineSecret,
		},
		{
			name: "client list", summary: "list the clients, their rights, and how many of their tokens are good",
			example: "client list",
			define: steer(func(ctx context.Context, s streams, c *client, _ []string) error {
				return c.clients(ctx, s, http.MethodGet, "", nil)
			}),
		},
		{
			name: "client remove", args: "ID", summary: "delete a client with its tokens", example: "client remove vault-app",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				return c.clients(ctx, s, http.MethodDelete, "/"+url.PathEscape(args[0]), nil)
			}),
		},
		{
			name: "token revoke", summary: "make every access token of the domain invalid", example: "token revoke",
			define: steer(func(ctx context.Context, s streams, c *client, _ []string) error {
				var answer struct {
					Revoked int `json:"revoked"`
				}
				if err := c.call(ctx, http.MethodDelete, "/tokens", nil, &answer); err != nil {
					return err
				}
				fmt.Fprintf(s.out, "%d revoked\n", answer.Revoked)
				return nil
			}),
		},
		{
			name: "domain down", summary: "make the identity domain refuse connections", example: "domain down",
			define: steer(setDown("/domain/down")),
		},
		{
			name: "domain up", summary: "make it serve again, on the same port", example: "domain up",
			define: steer(setDown("/domain/up")),
		},
	}
}

func defineClient(flags *flag.FlagSet) action {
	c := controlFlag(flags)
	file := flags.String("secret-file", "-", "`PATH` of the secret, - for standard input")
	rights := flags.String("rights", "", "`LIST` of rights; without it all of them")
	return func(ctx context.Context, s streams, args []string) error {
		secret, err := readSecret("client secret", *file, s.in)
		if err != nil {
			return err
		}
		body := map[string]any{"id": args[0], "secret": secret}
		if *rights != "" {
			body["rights"] = strings.Split(strings.ReplaceAll(*rights, " ", ""), ",")
		}
		return c.clients(ctx, s, http.MethodPost, "", body)
	}
}

func defineSecret(flags *flag.FlagSet) action {
	c := controlFlag(flags)
	file := flags.String("secret-file", "-", "`PATH` of the secret, - for standard input")
	return func(ctx context.Context, s streams, args []string) error {
		secret, err := readSecret("client secret", *file, s.in)
		if err != nil {
			return err
		}
		body := map[string]string{"secret": secret}
		return c.clients(ctx, s, http.MethodPost, "/"+url.PathEscape(args[0])+"/secret", body)
	}
}

// clients makes a call that answers the clients, and prints them one a line.
func (c *client) clients(ctx context.Context, s streams, method, path string, body any) error {
	var answer struct {
		Clients []oraclesim.ClientState `json:"clients"`
	}
	if err := c.call(ctx, method, "/clients"+path, body, &answer); err != nil {
		return err
	}
	if len(answer.Clients) == 0 {
		fmt.Fprintln(s.out, "the domain has no client")
	}
	table := newTable(s)
	for _, client := range answer.Clients {
		rights := make([]string, 0, len(client.Rights))
		for _, right := range client.Rights {
			rights = append(rights, string(right))
		}
		fmt.Fprintf(table, "%s\t%s\t%d good tokens\n", client.ID, strings.Join(rights, ","), client.Tokens)
	}
	return table.Flush()
}
