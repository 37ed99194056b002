package backend

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// Page sizes of report: a page of 1,000 statuses is about 2 MB of JSON.
const (
	defaultReportLimit = 500
	maxReportLimit     = 1000
)

func (b *backend) pathReport() *framework.Path {
	return &framework.Path{
		Pattern:      "report$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields: map[string]*framework.FieldSchema{
			"limit": {Type: framework.TypeInt, Query: true, Description: "How many integrations a page holds, 1 to 1000 (default 500)."},
			"after": {Type: framework.TypeString, Query: true, Description: "The last name of the page before."},
			"since": {Type: framework.TypeString, Query: true, Description: "The revision of an earlier report: only what changed since."},
		},
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.ReadOperation: &framework.PathOperation{
				Callback: handle(b.report), Summary: "Read the mount for an agent: statuses by page or by change, and counts by state.",
				ForwardPerformanceStandby: true,
				DisplayAttrs:              &framework.DisplayAttributes{OperationVerb: "read", OperationSuffix: "report"},
				Responses: answers("The report.", map[string]*framework.FieldSchema{
					"generated_time": {Type: framework.TypeTime, Required: true, Description: "When it was made."},
					"revision":       {Type: framework.TypeString, Required: true, Description: "To be sent back as since."},
					"full":           {Type: framework.TypeBool, Required: true, Description: "True unless only changes are reported; a since that cannot be compared any more is answered in full."},
					"counts":         {Type: framework.TypeMap, Required: true, Description: "State to number of integrations, of the whole mount."},
					"integrations":   {Type: framework.TypeSlice, Required: true, Description: "Statuses with name, username, server_url, modules_selected and policy, ordered by name."},
					"directories":    {Type: framework.TypeSlice, Required: true, Description: "The directories, each as a read of it shows it, with its name; always all."},
					"deleted":        {Type: framework.TypeStringSlice, Required: true, Description: "Names deleted since."},
					"sweep":          {Type: framework.TypeMap, Required: true, Description: "last_started_time, last_finished_time, lag_seconds, due."},
					"version":        {Type: framework.TypeString, Required: true, Description: "The plugin's version."},
				}),
			},
		},
		HelpSynopsis: "The whole mount for an agent: statuses, counts by state, and how the sweep goes.",
		HelpDescription: `
Read it once in pages, then with since for what changed. Send the revision of the first
page, so that nothing between two pages is missed. When full is true although since was
sent, the engine began anew, mostly because it was restarted: take the report as a new
beginning. What only counts down (days_until_expiry, held, usage) is no change.

    vault read oracle-financials/report
    vault read oracle-financials/report limit=100 after=gl-prod
    vault read oracle-financials/report since=4FQZ7K2M-17
`,
	}
}

func (b *backend) report(ctx context.Context, req request) (*logical.Response, error) {
	limit, after := get(req.fields, "limit", defaultReportLimit), get(req.fields, "after", "")
	if limit < 1 || limit > maxReportLimit {
		return nil, badRequest("limit must be from 1 to %d", maxReportLimit)
	}
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	now := time.Now()
	b.bringUpToDate(now)
	all, err := b.view.changed(get(req.fields, "since", ""))
	if err != nil {
		return nil, err
	}
	counts := b.tally.counts(b.view, func(s rotation.Snapshot) rotation.State {
		_, verdict := rotation.Advance(s, now)
		return verdict.State
	})
	page := []any{}
	begin, _ := slices.BinarySearch(all.names, after+"\x00") // the first name that comes after it
	for _, name := range all.names[begin:] {
		if len(page) == limit {
			break
		}
		if k, found := b.view.known(name); found {
			page = append(page, b.reportRow(name, k, now))
		}
	}
	return &logical.Response{Data: map[string]any{
		"generated_time": stamp(now), "revision": all.token, "full": all.full, "counts": counts, "integrations": page,
		"directories": b.reportDirectories(now), "deleted": all.deleted, "sweep": b.sweepHealth(now), "version": b.version.Version,
	}}, nil
}

// bringUpToDate gives a new revision to what time alone has changed since it was last stored.
func (b *backend) bringUpToDate(now time.Time) {
	var moved []string
	for _, name := range b.comeUp(now) {
		k, found := b.view.known(name)
		if !found {
			continue // a directory, or deleted just now
		}
		if shown, _ := rotation.Advance(b.view.snapshotOfKnown(name, k), now); shown.Seq != k.record.Shown.Seq {
			moved = append(moved, name)
		}
	}
	b.view.touch(moved)
}

func (b *backend) reportRow(name string, k known, now time.Time) map[string]any {
	snapshot := b.view.snapshotOfKnown(name, k)
	integration := snapshot.Integration
	row := b.status(snapshot, k.entry, now)
	row["name"], row["username"], row["server_url"] = name, integration.Username, integration.ServerURL
	row["modules_selected"], row["policy"] = moduleCodes(integration.Modules), k.entry.Policy
	return row
}

func (b *backend) reportDirectories(now time.Time) []any {
	rows := []any{}
	for _, name := range b.view.directoryNames() {
		if known, found := b.view.directory(name); found {
			row := b.readableDirectory(name, known, now)
			row["name"] = name
			rows = append(rows, row)
		}
	}
	return rows
}

func (b *backend) sweepHealth(now time.Time) map[string]any {
	due, lag := b.sweeper.Backlog(now)
	health := map[string]any{"due": due, "lag_seconds": seconds(lag)}
	times := b.sweeper.Times()
	if !times.Started.IsZero() {
		health["last_started_time"] = stamp(times.Started)
	}
	if !times.Finished.IsZero() {
		health["last_finished_time"] = stamp(times.Finished)
	}
	return health
}
