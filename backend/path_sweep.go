package backend

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// maxSweepWait keeps a request that waits for a sweep from delaying Vault's seal for long.
const maxSweepWait = 10 * time.Second

func (b *backend) pathSweep() *framework.Path {
	number := func(description string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeInt, Required: true, Description: description}
	}
	return &framework.Path{
		Pattern:      "sweep$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields: map[string]*framework.FieldSchema{
			"limit":   {Type: framework.TypeInt, Description: "How many checks and rotations to run at most; 0 for all (default 0)."},
			"wait":    {Type: framework.TypeDurationSecond, Description: "How long to wait for the outcome, 0 to 10 seconds (default 0). The work goes on after it."},
			"dry_run": {Type: framework.TypeBool, Description: "Only say what would run, and why (default false)."},
		},
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.UpdateOperation: &framework.PathOperation{
				Callback: handle(b.sweep), Summary: "Run every check and rotation that is due.",
				ForwardPerformanceStandby: true, ForwardPerformanceSecondary: true,
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "sweep"},
				Responses: answers("The sweep as far as it got.", map[string]*framework.FieldSchema{
					"due": number("Checks and rotations that were due."), "checked": number("Checks made."), "rotated": number("Rotations made."),
					"skipped": number("Integrations that were passed over, being paused or held."), "failed": number("Checks that could not be made or stored, and rotations that came to nothing."),
					"remaining": number("Checks and rotations still to end."),
					"results":   {Type: framework.TypeSlice, Required: true, Description: "For each integration: name, action, state, reason, due_since."},
				}),
			},
		},
		HelpSynopsis: "Run every check and rotation that is due, now.",
		HelpDescription: `
The engine sweeps by itself; this joins its sweep, or starts one. A schedule outside
Vault may call it as often as it likes: what is not due is not checked.

    vault write -f oracle-financials/sweep
    vault write oracle-financials/sweep dry_run=true
    vault write oracle-financials/sweep limit=100 wait=10
`,
	}
}

func (b *backend) sweep(ctx context.Context, req request) (*logical.Response, error) {
	limit, wait := get(req.fields, "limit", 0), get(req.fields, "wait", time.Duration(0))
	if limit < 0 {
		return nil, badRequest("limit must be 0, for all, or more")
	}
	if wait > maxSweepWait {
		return nil, badRequest("wait must be from 0 to %d seconds", seconds(maxSweepWait))
	}
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	plan := b.plan(time.Now())
	if get(req.fields, "dry_run", false) {
		return sweepAnswer(planned(plan, limit)), nil
	}
	running := b.sweeper.Begin(plan, limit)
	select {
	case <-running.Done():
	case <-time.After(wait):
	case <-ctx.Done():
	}
	return sweepAnswer(running.Progress()), nil
}

// plan says what is due and what would become of it, the longest overdue first.
func (b *backend) plan(now time.Time) []rotation.Result {
	var plan []rotation.Result
	for _, name := range slices.Sorted(slices.Values(b.comeUp(now))) {
		if directory, is := strings.CutPrefix(name, directoryPrefix); is {
			known, found := b.view.directory(directory)
			if due := b.directorySnapshot(directory, known).DirectoryDue(now); found && !due.IsZero() && !due.After(now) {
				plan = append(plan, rotation.Result{Name: name, Action: rotation.ActionRotate, DueSince: due})
			}
			continue
		}
		snapshot, found := b.view.snapshot(name)
		if !found {
			continue
		}
		if result, due := rotation.Plan(snapshot, now); due {
			plan = append(plan, result)
		}
	}
	slices.SortStableFunc(plan, func(a, z rotation.Result) int { return a.DueSince.Compare(z.DueSince) })
	return plan
}

// planned is a plan in the form of a sweep that has not begun.
func planned(plan []rotation.Result, limit int) rotation.Progress {
	var p rotation.Progress
	for _, result := range plan {
		if result.Action == rotation.ActionSkip {
			p.Skipped++
		} else if limit == 0 || p.Due < limit {
			p.Due++
		} else {
			continue
		}
		p.Results = append(p.Results, result)
	}
	p.Remaining = p.Due
	return p
}

func sweepAnswer(p rotation.Progress) *logical.Response {
	rows := make([]any, 0, len(p.Results))
	for _, r := range p.Results {
		row := map[string]any{"name": r.Name, "action": string(r.Action), "state": string(r.State), "reason": r.Reason}
		if !r.DueSince.IsZero() {
			row["due_since"] = stamp(r.DueSince)
		}
		rows = append(rows, row)
	}
	return &logical.Response{Data: map[string]any{
		"due": p.Due, "checked": p.Checked, "rotated": p.Rotated, "skipped": p.Skipped, "failed": p.Failed, "remaining": p.Remaining, "results": rows,
	}}
}
