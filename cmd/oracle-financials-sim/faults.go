package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
)

func faultCommands() []command {
	return []command{
		{
			name: "fault add", args: "KIND", summary: "make the pod, or what stands before it, fail",
			details: "Kinds:\n" +
				"  status            answer --status with --body and --retry-after\n" +
				"  sso_page          answer 200 with the HTML of a sign-in page\n" +
				"  maintenance_page  answer 200 with the HTML of a maintenance page\n" +
				"  redirect          answer 302, or --status, to --location\n" +
				"  truncated         answer JSON that ends in the middle\n" +
				"  huge              answer --mib mebibytes of JSON\n" +
				"  slow              go on after --delay of real time\n" +
				"  hang              read the request and never answer\n" +
				"  reset             read the request and reset the connection\n" +
				"  lost_reply        carry out the request, login included, and reset the connection\n" +
				"  late              reset the connection; \"fault release\" carries out the request, login included\n" +
				"  drop              close new connections before TLS\n" +
				"A fault comes before authentication and spends no login, unless --after-login; lost_reply and late always\n" +
				"spend one. It is the pod's, unless --domain.",
			example: "fault add status --status 503 --body html --retry-after 30 --count 2",
			define:  defineFault,
		},
		{
			name: "fault list", summary: "list the armed faults", example: "fault list",
			define: steer(func(ctx context.Context, s streams, c *client, _ []string) error {
				return c.faults(ctx, s, http.MethodGet, nil)
			}),
		},
		{
			name: "fault clear", summary: "disarm all faults", example: "fault clear",
			define: steer(func(ctx context.Context, s streams, c *client, _ []string) error {
				return c.faults(ctx, s, http.MethodDelete, nil)
			}),
		},
		{
			name: "fault release", summary: "carry out the requests that late faults hold back", example: "fault release",
			define: steer(releaseLate),
		},
	}
}

// fault is the body of POST /faults; what is not set on the command line is left out.
type fault struct {
	Kind       string `json:"kind"`
	Domain     bool   `json:"domain,omitempty"`
	Method     string `json:"method,omitempty"`
	Path       string `json:"path,omitempty"`
	User       string `json:"user,omitempty"`
	Skip       int    `json:"skip,omitempty"`
	Count      int    `json:"count,omitempty"`
	AfterLogin bool   `json:"after_login,omitempty"`
	Status     int    `json:"status,omitempty"`
	Body       string `json:"body,omitempty"`
	RetryAfter string `json:"retry_after,omitempty"`
	Location   string `json:"location,omitempty"`
	Delay      string `json:"delay,omitempty"`
	MiB        int    `json:"mib,omitempty"`
}

func defineFault(flags *flag.FlagSet) action {
	c := controlFlag(flags)
	var f fault
	flags.BoolVar(&f.Domain, "domain", false, "of the identity domain, not of the pod")
	flags.StringVar(&f.Method, "method", "", "only requests of the method `NAME`, such as PATCH")
	flags.StringVar(&f.Path, "path", "", "only requests whose path begins with `PREFIX`")
	flags.StringVar(&f.User, "user", "", "only requests of the user `NAME`, or of that client of the domain")
	flags.IntVar(&f.Skip, "skip", 0, "let `N` matching requests pass first")
	flags.IntVar(&f.Count, "count", 0, "clear the fault after `N` requests; 0 = never")
	flags.BoolVar(&f.AfterLogin, "after-login", false, "authenticate first, which spends a login")
	flags.IntVar(&f.Status, "status", 0, "`CODE` to answer")
	flags.StringVar(&f.Body, "body", "", "`FORM` of the body: empty, adf_json, plain or html")
	flags.StringVar(&f.RetryAfter, "retry-after", "", "`VALUE` of the Retry-After header")
	flags.StringVar(&f.Location, "location", "", "`URL` to redirect to")
	flags.StringVar(&f.Delay, "delay", "", "`DURATION` to wait")
	flags.IntVar(&f.MiB, "mib", 0, "answer `N` mebibytes")
	return func(ctx context.Context, s streams, args []string) error {
		f.Kind = args[0]
		return c.faults(ctx, s, http.MethodPost, f)
	}
}

func releaseLate(ctx context.Context, s streams, c *client, _ []string) error {
	var answer struct {
		CarriedOut int `json:"carried_out"`
	}
	if err := c.call(ctx, http.MethodPost, "/faults/late", nil, &answer); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d carried out\n", answer.CarriedOut)
	return nil
}

// faults makes a call that answers the armed faults, and prints them one a line.
func (c *client) faults(ctx context.Context, s streams, method string, body any) error {
	var answer struct {
		Faults []json.RawMessage `json:"faults"`
	}
	if err := c.call(ctx, method, "/faults", body, &answer); err != nil {
		return err
	}
	if len(answer.Faults) == 0 {
		fmt.Fprintln(s.out, "no fault is armed")
	}
	for _, f := range answer.Faults {
		fmt.Fprintln(s.out, string(f))
	}
	return nil
}
