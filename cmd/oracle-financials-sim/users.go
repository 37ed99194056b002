package main

import (
	"context"
	"flag"
	"net/http"
	"net/url"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func userCommands() []command {
	commands := []command{addUserCommand(), passwordCommand()}
	for _, verb := range []struct{ name, summary string }{
		{"lock", "lock a user, as too many refused logins would"},
		{"unlock", "lift a lock, as an administrator does; the API goes on refusing for the lag"},
		{"disable", "suspend a user"},
		{"enable", "end a suspension"},
		{"expire", "make a user's password expire now"},
	} {
		commands = append(commands, command{
			name: "user " + verb.name, args: "NAME", summary: verb.summary,
			example: "user " + verb.name + " INT_GL",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				return c.user(ctx, s, http.MethodPost, userPath(args[0], "/"+verb.name), nil)
			}),
		})
	}
	return append(commands,
		command{
			name: "user privilege", args: "NAME MODULE ACCESS", summary: "say what a user may do in a module",
			details: "Modules: GL, AP, AR, FA, CM, PA, PO (suppliers).\n" +
				"Accesses: granted (200 with rows), denied (403), no_data (200 without rows).",
			example: "user privilege INT_GL AP denied",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				body := map[string]string{"module": args[1], "access": args[2]}
				return c.user(ctx, s, http.MethodPost, userPath(args[0], "/privilege"), body)
			}),
		},
		command{
			name: "user show", args: "NAME", summary: "show a user's state", example: "user show INT_GL",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				return c.user(ctx, s, http.MethodGet, userPath(args[0], ""), nil)
			}),
		},
	)
}

func addUserCommand() command {
	return command{
		name: "user add", args: "NAME", summary: "create a user",
		details: "The password is the first line of the file or of standard input.",
		example: "user add INT_GL --access GL=granted,AP=no_data --password-age 80d < password.txt",
		define: func(flags *flag.FlagSet) action {
			c := controlFlag(flags)
			passwordFile := flags.String("password-file", "-", "`PATH` of the password, - for standard input")
			age := flags.String("password-age", "0", "`DURATION` since the password was set")
			maxAge := flags.String("password-max-age", "90d", "`DURATION` after which a password expires, or never")
			disabled := flags.Bool("disabled", false, "create the user suspended")
			identityAdmin := flags.Bool("identity-admin", false, "give the user the right to SCIM and userAccounts")
			mustChange := flags.Bool("must-change", false, "let the user have to change the password")
			federated := flags.Bool("federated", false, "let the user have no password login, as with single sign-on")
			roles := flags.String("roles", "", "`LIST` of role codes; without it Financial Integration Specialist")
			access := flags.String("access", "", "`LIST` of MODULE=ACCESS, the others denied; without it the six modules are granted")
			return func(ctx context.Context, s streams, args []string) error {
				password, err := readPassword(*passwordFile, s.in)
				if err != nil {
					return err
				}
				body := map[string]any{
					"name": args[0], "password": password, "disabled": *disabled,
					"password_age": *age, "password_max_age": *maxAge, "identity_admin": *identityAdmin,
					"must_change": *mustChange, "federated": *federated,
				}
				if *roles != "" {
					body["roles"] = parseRoles(*roles)
				}
				if *access != "" {
					if body["access"], err = parseAccess(*access); err != nil {
						return err
					}
				}
				return c.user(ctx, s, http.MethodPost, "/users", body)
			}
		},
	}
}

func passwordCommand() command {
	return command{
		name: "user password", args: "NAME", summary: "set a user's password, as an administrator does",
		details: "Its age starts anew; a lock and the count of refused logins stay.",
		example: "user password INT_GL --password-file new.txt",
		define: func(flags *flag.FlagSet) action {
			c := controlFlag(flags)
			passwordFile := flags.String("password-file", "-", "`PATH` of the password, - for standard input")
			return func(ctx context.Context, s streams, args []string) error {
				password, err := readPassword(*passwordFile, s.in)
				if err != nil {
					return err
				}
				body := map[string]string{"password": password}
				return c.user(ctx, s, http.MethodPost, userPath(args[0], "/password"), body)
			}
		},
	}
}

func userPath(name, rest string) string { return "/users/" + url.PathEscape(name) + rest }

func parseAccess(list string) (map[string]string, error) {
	access := make(map[string]string)
	for pair := range strings.SplitSeq(list, ",") {
		module, level, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, usagef("--access %q is not a list of MODULE=ACCESS", list)
		}
		access[strings.TrimSpace(module)] = strings.TrimSpace(level)
	}
	return access, nil
}

// user makes a call that answers a user's state, and prints it.
func (c *client) user(ctx context.Context, s streams, method, path string, body any) error {
	var state oraclesim.State
	if err := c.call(ctx, method, path, body, &state); err != nil {
		return err
	}
	return printState(s.out, state)
}
