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

// storeRecord stores what is shown of an integration from now on, together with the events that lead there, and
// gives what storage then holds. Recent are those that were stored with the record before.
func (b *backend) storeRecord(ctx context.Context, before, after rotation.Snapshot, recent rotation.History, change rotation.Change) (results, error) {
	next := results{record: after.Record, recent: recent}
	if after.Standby != nil {
		next = next.withStandby(after.Standby.Record)
	}
	return b.storeResults(ctx, before, after, next, change)
}

// storeResults is storeRecord with the other account's record apart. Events for which there is no room with the
// record any more are first stored in the history: a process that dies between the two leaves them in both.
func (b *backend) storeResults(ctx context.Context, before, after rotation.Snapshot, next results, change rotation.Change) (results, error) {
	name, id := after.Integration.Name, after.Integration.ID
	recent, leaving := next.recent.Recently(id, rotation.EventsOf(before, after, after.Record.Shown, change)...)
	if len(leaving) > 0 {
		if err := b.storeHistory(ctx, name, id, leaving); err != nil {
			return results{}, err
		}
	}
	next.record, next.recent = after.Record, recent
	if err := b.store.put(ctx, recordPrefix+name, &recordEntry{Record: next.record, Standby: next.other, Events: recent.Events}); err != nil {
		return results{}, err
	}
	b.announce(ctx, name, before.Current().Shown, after.Record.Shown)
	return next, nil
}

func (b *backend) storeHistory(ctx context.Context, name, id string, events []rotation.Event) error {
	history, err := b.history(ctx, name)
	if err != nil {
		return err
	}
	return b.store.put(ctx, historyPrefix+name, &historyEntry{History: history.With(id, events...)})
}

// history reads the events that are no longer stored with the record. Those that cannot be read are none.
func (b *backend) history(ctx context.Context, name string) (rotation.History, error) {
	var entry historyEntry
	_, err := b.store.get(ctx, historyPrefix+name, &entry)
	if errors.Is(err, errUndecodable) {
		return rotation.History{}, nil
	}
	return entry.History, err
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
	known, found := b.view.known(req.name) // before the history: what leaves the record meanwhile is then in both
	if !found {
		return nil, unknownName(nounIntegrations, req.name)
	}
	history, err := b.history(ctx, req.name)
	if err != nil {
		return nil, err
	}
	id := known.entry.ID
	events := []any{}
	for _, e := range history.With(id, known.recent.Of(id)...).Events {
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
