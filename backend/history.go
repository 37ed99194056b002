package backend

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// The events that other programs may follow in Vault; each is sent after what it tells of was stored.
const (
	eventState   logical.EventType = "oracle-financials/state-change"
	eventWritten logical.EventType = "oracle-financials/integration-write"
	eventDeleted logical.EventType = "oracle-financials/integration-delete"
)

// storeRecord stores what is shown of an integration from now on, and before it the events that lead there:
// a process that dies between the two leaves events whose numbers the next ones take again, and never a
// number without its event.
func (b *backend) storeRecord(ctx context.Context, before, after rotation.Snapshot, change rotation.Change) error {
	var standby rotation.Record
	if after.Standby != nil {
		standby = after.Standby.Record
	}
	return b.storeRecords(ctx, before, after, standby, change)
}

func (b *backend) storeRecords(ctx context.Context, before, after rotation.Snapshot, standby rotation.Record, change rotation.Change) error {
	name := after.Integration.Name
	if events := rotation.EventsOf(before, after, after.Record.Shown, change); len(events) > 0 {
		var entry historyEntry
		if _, err := b.store.get(ctx, historyPrefix+name, &entry); err != nil && !errors.Is(err, errUndecodable) {
			return err
		}
		entry.History = entry.History.With(after.Integration.ID, events...)
		if err := b.store.put(ctx, historyPrefix+name, &entry); err != nil {
			return err
		}
	}
	if err := b.store.put(ctx, recordPrefix+name, &recordEntry{Record: after.Record, Standby: standby}); err != nil {
		return err
	}
	b.announce(ctx, name, before.Current().Shown, after.Record.Shown)
	return nil
}

// announce tells Vault's log and its event bus of a change of state, once.
func (b *backend) announce(ctx context.Context, name string, before, after rotation.Shown) {
	if before.State == after.State {
		return
	}
	b.Logger().Info("integration changed state", "integration", name,
		"from", string(before.State), "to", string(after.State), "reason", string(after.Reason))
	b.sendEvent(ctx, eventState, name, after)
}

// sendEvent tells Vault's event bus. Nobody waits for it: whoever must miss nothing follows event_seq.
func (b *backend) sendEvent(ctx context.Context, kind logical.EventType, name string, shown rotation.Shown) {
	path := nounStatus + "/" + name
	if kind != eventState {
		path = nounIntegrations + "/" + name
	}
	err := logical.SendEvent(ctx, b.Backend, string(kind),
		logical.EventMetadataPath, path, logical.EventMetadataDataPath, nounStatus+"/"+name,
		logical.EventMetadataModified, "true", "name", name, "state", string(shown.State), "reason", string(shown.Reason))
	if err != nil && !errors.Is(err, framework.ErrNoEvents) {
		b.Logger().Debug("an event was not sent", "event", string(kind), "integration", name, "error", err)
	}
}

// actorOf names who asked, as Vault knows them: the display name of their token.
func actorOf(req *logical.Request) string {
	switch {
	case req.DisplayName != "":
		return req.DisplayName
	case req.EntityID != "":
		return req.EntityID
	}
	return "unknown"
}

func (b *backend) pathHistory() *framework.Path {
	return b.readPath(nounHistory, "history", "Read the last 100 events of an integration.", map[string]*framework.FieldSchema{
		"events": {Type: framework.TypeSlice, Required: true, Description: "The oldest first, each with seq, time, kind (write, check, rotation, hold, release, reconcile or pause), from_state, to_state, reason, credential_version and actor."},
	}, b.historyRead, fmt.Sprintf(`
What changed, when, why, and by whom: the display name of a person's token, or
%s. A check is recorded when something changed. seq is status' event_seq.

    vault read -format=json oracle-financials/history/gl-prod
`, rotation.ActorEngine))
}

func (b *backend) historyRead(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	integration, found := b.view.integration(req.name)
	if !found {
		return nil, unknownName(nounIntegrations, req.name)
	}
	var entry historyEntry
	if _, err := b.store.get(ctx, historyPrefix+req.name, &entry); err != nil && !errors.Is(err, errUndecodable) {
		return nil, err
	}
	events := []any{}
	for _, e := range entry.History.Events {
		if entry.History.IntegrationID != integration.ID {
			break // of a deleted one of the same name
		}
		row := map[string]any{
			"seq": e.Seq, "time": stamp(e.Time), "kind": string(e.Kind), "to_state": string(e.To), "reason": string(e.Reason),
			"credential_version": e.CredentialVersion, "actor": e.Actor,
		}
		if e.From != "" {
			row["from_state"] = string(e.From)
		}
		events = append(events, row)
	}
	return &logical.Response{Data: map[string]any{"events": events}}, nil
}
