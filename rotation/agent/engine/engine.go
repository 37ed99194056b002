package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

const (
	// requestTimeout is longer than the 45 seconds within which the engine answers every request, by what Vault and the way
	// to it may add. Who is cut off earlier would not learn what came of a rotation.
	requestTimeout = 55 * time.Second
	// maxWait is the longest that a sweep may be asked to wait; the engine refuses more.
	maxWait = 10 * time.Second
)

// PageSize is how many statuses one answer of report holds at most: the engine's own default, about 1 MB. A page with fewer is
// the last one.
const PageSize = 500

// namePattern is the names of integrations. It is looked at before anything is sent, because a name becomes part of a path,
// and "../creds/x" is a path, too.
var namePattern = regexp.MustCompile(`^\w[\w.-]*$`)

// Vault is the session that carries the requests.
type Vault interface {
	// Client is a client with the present token, or why there is none.
	Client() (*api.Client, error)
	// Rejected hears that the token was answered with a 403.
	Rejected()
}

// Engine asks the mounts of the engine. It keeps nothing.
type Engine struct{ vault Vault }

// New is an engine that is asked through a session.
func New(vault Vault) *Engine { return &Engine{vault: vault} }

// SweepRequest is what a sweep is asked for.
type SweepRequest struct {
	Wait   time.Duration // how long the answer may wait for the work; full seconds, 10 at most
	DryRun bool          // only say what would run, and why
	Limit  int           // 0 is all
}

// Report reads one page of a mount's report: what changed since a revision, or with an empty one all of it; after the name
// that ended the page before.
func (e *Engine) Report(ctx context.Context, mount, since, after string) (estate.Report, error) {
	query := url.Values{"limit": {strconv.Itoa(PageSize)}}
	if since != "" {
		query.Set("since", since)
	}
	if after != "" {
		query.Set("after", after)
	}
	asked := ask{mount: mount, path: "report", verb: "read"}
	data, err := e.read(ctx, asked, query)
	if err != nil {
		return estate.Report{}, err
	}
	report, err := estate.ReadReport(mount, data)
	if err != nil {
		return estate.Report{}, unreadable(err)
	}
	return report, nil
}

// Sweep starts what is due, or joins the sweep that runs, and says how far it got.
func (e *Engine) Sweep(ctx context.Context, mount string, request SweepRequest) (estate.Progress, error) {
	asked := ask{mount: mount, path: "sweep", verb: "update"}
	data, _, err := e.write(ctx, asked, map[string]any{
		"wait": int(min(max(request.Wait, 0), maxWait) / time.Second), "dry_run": request.DryRun, "limit": max(request.Limit, 0),
	})
	if err != nil {
		return estate.Progress{}, err
	}
	progress, err := estate.ReadProgress(mount, data)
	if err != nil {
		return estate.Progress{}, unreadable(err)
	}
	return progress, nil
}

// Status reads what is known of one integration.
func (e *Engine) Status(ctx context.Context, mount, name string) (estate.Status, error) {
	asked, err := about(mount, "status", "read", name)
	if err != nil {
		return estate.Status{}, err
	}
	data, err := e.read(ctx, asked, nil)
	if err != nil {
		return estate.Status{}, err
	}
	return asked.status(data)
}

// History reads the last events of one integration.
func (e *Engine) History(ctx context.Context, mount, name string) ([]estate.Event, error) {
	asked, err := about(mount, "history", "read", name)
	if err != nil {
		return nil, err
	}
	data, err := e.read(ctx, asked, nil)
	if err != nil {
		return nil, err
	}
	events, err := estate.ReadHistory(mount, name, data)
	if err != nil {
		return nil, unreadable(err)
	}
	return events, nil
}

// Check checks one integration now, and gives the warnings of the answer with its status.
func (e *Engine) Check(ctx context.Context, mount, name string) (estate.Status, []string, error) {
	return e.act(ctx, mount, "check", name)
}

// Rotate gives one integration a new password now, and the warnings of the answer with its status. What is not settled
// when it answers goes on.
func (e *Engine) Rotate(ctx context.Context, mount, name string) (estate.Status, []string, error) {
	return e.act(ctx, mount, "rotate", name)
}

// act writes to a path that answers with the status. Nothing is sent along: force is not the agent's to send.
func (e *Engine) act(ctx context.Context, mount, verb, name string) (estate.Status, []string, error) {
	asked, err := about(mount, verb, "update", name)
	if err != nil {
		return estate.Status{}, nil, err
	}
	data, warnings, err := e.write(ctx, asked, map[string]any{})
	if err != nil {
		return estate.Status{}, nil, err
	}
	status, err := asked.status(data)
	return status, warnings, err
}

// about is a request that names an integration.
func about(mount, path, verb, name string) (ask, error) {
	if !namePattern.MatchString(name) {
		return ask{}, &Fault{Kind: Refused, Text: fmt.Sprintf("%q is no name of an integration: vault list %s/status shows the names", name, mount)}
	}
	return ask{mount: mount, path: path + "/" + name, verb: verb, name: name}, nil
}

// status reads the answer of a path that answers with the status.
func (a ask) status(data []byte) (estate.Status, error) {
	status, err := estate.ReadStatus(a.mount, a.name, data)
	if err == nil && status.State == "" {
		err = fmt.Errorf("read the status of %s/%s: it has no state", a.mount, a.name)
	}
	if err != nil {
		return estate.Status{}, unreadable(err)
	}
	return status, nil
}

// unreadable is the fault of an answer that is not what the engine answers.
func unreadable(err error) *Fault {
	return &Fault{Kind: Broken, cause: err, Text: err.Error() + "; look whether the mount is right, and whether agent and engine are of one version"}
}

// read gives the data of an answer as it was sent, for numbers lose nothing in it.
func (e *Engine) read(ctx context.Context, asked ask, query url.Values) ([]byte, error) {
	client, err := e.vault.Client()
	if err != nil {
		return nil, noLogin(err)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	response, err := client.Logical().ReadRawWithDataWithContext(ctx, asked.where(), query)
	if response != nil {
		defer response.Body.Close()
	}
	if err != nil {
		return nil, e.failed(client, asked, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, e.failed(client, asked, err)
	}
	var answer struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, e.failed(client, asked, err)
	}
	return answer.Data, nil
}

// write sends a request once, and gives the data and the warnings of the answer. It goes over the API's parsed answer,
// because that of its raw writes ends with its context before it is read.
func (e *Engine) write(ctx context.Context, asked ask, body map[string]any) (data []byte, warnings []string, err error) {
	client, err := e.vault.Client()
	if err != nil {
		return nil, nil, noLogin(err)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	answer, err := client.Logical().WriteWithContext(ctx, asked.where(), body)
	if err != nil {
		return nil, nil, e.failed(client, asked, err)
	}
	if answer == nil || answer.Data == nil {
		return nil, nil, unreadable(fmt.Errorf("read what %s answered: it has no data", asked.where()))
	}
	data, err = json.Marshal(answer.Data)
	if err != nil {
		return nil, nil, unreadable(err)
	}
	return data, answer.Warnings, nil
}

// failed says what came of a request, and lets the session know of a 403.
func (e *Engine) failed(client *api.Client, asked ask, err error) *Fault {
	fault := asked.fault(err)
	if fault.Kind == Denied {
		e.vault.Rejected()
	}
	if token := client.Token(); token != "" {
		// Vault never repeats a token; what stands before it may.
		fault.Text = strings.ReplaceAll(fault.Text, token, "[redacted]")
	}
	return fault
}
