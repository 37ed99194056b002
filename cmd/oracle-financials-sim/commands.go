package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// commands lists every command in the order of the help text.
func commands() []command {
	list := []command{serveCommand()}
	list = append(list, userCommands()...)
	list = append(list, administratorCommands()...)
	list = append(list, domainCommands()...)
	list = append(list, logCommands()...)
	list = append(list, faultCommands()...)
	list = append(list, podCommands()...)
	return append(list, switchCommands()...)
}

func podCommands() []command {
	return []command{
		{
			name: "clock advance", args: "DURATION", summary: "move the pod's clock forward",
			details: "Locks end and passwords expire as the time passes. A negative duration goes after two dashes.",
			example: "clock advance 80d",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				return c.clock(ctx, s, http.MethodPost, map[string]string{"advance": args[0]})
			}),
		},
		{
			name: "clock show", summary: "show the pod's clock", example: "clock show",
			define: steer(func(ctx context.Context, s streams, c *client, _ []string) error {
				return c.clock(ctx, s, http.MethodGet, nil)
			}),
		},
		{
			name: "report run", summary: "run the Password Expiry Report, which replaces expired passwords",
			example: "report run",
			define:  steer(runReport),
		},
		{
			name: "module remove", args: "MODULE", summary: "answer 404 for all resources of a module",
			details: "Modules: GL, AP, AR, FA, CM, PA; PO (suppliers) and COMMON.",
			example: "module remove FA",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				return c.remove(ctx, s, "/modules/", args[0])
			}),
		},
		{
			name: "resource remove", args: "NAME", summary: "answer 404 for one resource",
			example: "resource remove ledgersLOV",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				return c.remove(ctx, s, "/resources/", args[0])
			}),
		},
		{
			name: "resource add", args: "NAME MODULE", summary: "serve one more resource",
			example: "resource add chartOfAccounts GL",
			define: steer(func(ctx context.Context, s streams, c *client, args []string) error {
				body := map[string]string{"name": args[0], "module": args[1]}
				if err := c.call(ctx, http.MethodPost, "/resources", body, nil); err != nil {
					return err
				}
				fmt.Fprintf(s.out, "%s is served\n", args[0])
				return nil
			}),
		},
		{name: "down", summary: "make the pod refuse connections", example: "down", define: steer(setDown("/down"))},
		{name: "up", summary: "make the pod serve again, on the same port", example: "up", define: steer(setDown("/up"))},
	}
}

func switchCommands() []command {
	return []command{
		{
			name: "switch show", summary: "show how the pod settles what is not known about Oracle",
			example: "switch show",
			define: steer(func(ctx context.Context, s streams, c *client, _ []string) error {
				return c.switches(ctx, s, http.MethodGet, nil)
			}),
		},
		{
			name: "switch set", args: "KEY=VALUE...", summary: "change switches; the others stay",
			details: "Keys are those that \"switch show\" prints; 0 and an empty value restore a default. Some have words for\n" +
				"values:\n" +
				"  forbidden_body   adf_json, empty, plain, html\n" +
				"  password_policy  simple, complex, very_complex, custom\n" +
				"  maintenance      off, unavailable (503), page (200), redirect (302)\n" +
				"  location_access  off, unauthorized (401), forbidden (403)",
			example: "switch set lock_threshold=3 no_api_lock_lag=true maintenance=page",
			define:  steer(setSwitches),
		},
	}
}

// steer makes the definition of a command that has no flag but --control.
func steer(act func(context.Context, streams, *client, []string) error) func(*flag.FlagSet) action {
	return func(flags *flag.FlagSet) action {
		c := controlFlag(flags)
		return func(ctx context.Context, s streams, args []string) error { return act(ctx, s, c, args) }
	}
}

func (c *client) clock(ctx context.Context, s streams, method string, body any) error {
	var answer struct {
		Now time.Time `json:"now"`
	}
	if err := c.call(ctx, method, "/clock", body, &answer); err != nil {
		return err
	}
	fmt.Fprintln(s.out, answer.Now.Format(time.RFC3339))
	return nil
}

func runReport(ctx context.Context, s streams, c *client, _ []string) error {
	var answer struct {
		Replaced []string `json:"replaced"`
	}
	if err := c.call(ctx, http.MethodPost, "/report", nil, &answer); err != nil {
		return err
	}
	if len(answer.Replaced) == 0 {
		fmt.Fprintln(s.out, "no password was replaced")
	}
	for _, user := range answer.Replaced {
		fmt.Fprintf(s.out, "replaced the password of %s\n", user)
	}
	return nil
}

func (c *client) remove(ctx context.Context, s streams, path, name string) error {
	if err := c.call(ctx, http.MethodDelete, path+url.PathEscape(name), nil, nil); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s answers 404\n", name)
	return nil
}

func setDown(path string) func(context.Context, streams, *client, []string) error {
	return func(ctx context.Context, s streams, c *client, _ []string) error {
		var answer struct {
			URL  string `json:"url"`
			Down bool   `json:"down"`
		}
		if err := c.call(ctx, http.MethodPost, path, nil, &answer); err != nil {
			return err
		}
		state := "serves"
		if answer.Down {
			state = "refuses connections"
		}
		fmt.Fprintf(s.out, "%s %s\n", answer.URL, state)
		return nil
	}
}

func setSwitches(ctx context.Context, s streams, c *client, args []string) error {
	values := make(map[string]string)
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !ok {
			return usagef("%q is not KEY=VALUE", arg)
		}
		values[key] = value
	}
	var current map[string]any
	if err := c.call(ctx, http.MethodGet, "/switches", nil, &current); err != nil {
		return err
	}
	body := make(map[string]any)
	for key, value := range values {
		body[key] = value
		if _, text := current[key].(string); !text && json.Valid([]byte(value)) { // a number or a boolean
			body[key] = json.RawMessage(value)
		}
	}
	return c.switches(ctx, s, http.MethodPatch, body)
}

func (c *client) switches(ctx context.Context, s streams, method string, body any) error {
	var answer json.RawMessage
	if err := c.call(ctx, method, "/switches", body, &answer); err != nil {
		return err
	}
	return printFields(s.out, answer)
}
