package backend

import (
	"context"
	"crypto/rand"
	"maps"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// directoryWrite proves, then stores.
func (b *backend) directoryWrite(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	var old directoryEntry
	found, err := b.store.get(ctx, directoryPrefix+req.name, &old)
	if err != nil {
		return nil, err
	}
	if !found && req.Operation == logical.PatchOperation {
		return nil, unknownName(nounDirectories, req.name)
	}
	sent := maps.Clone(req.fields)
	for _, field := range ofDirectory {
		delete(sent, field)
	}
	m, err := mergeDirectory(old, found, sent, time.Now().UTC())
	if err != nil {
		return nil, err
	}
	if err := b.directoryFits(m.entry); err != nil {
		return nil, err
	}
	if m.entry.ID == "" {
		m.entry.ID = rand.Text()
	}
	if m.changed {
		m.entry.Basis = old.Basis + 1
	}
	look, err := b.proveDirectory(ctx, req, &m)
	if err != nil {
		return nil, err
	}
	if look != nil && look.Login == oracle.LoginAccepted && m.entry.Kind == oracle.FusionDirectory {
		m.entry.LoggedIn, m.entry.KnownUser = true, true
	}
	if err := b.commitDirectory(ctx, req.name, old, &m, look); err != nil {
		return nil, err
	}
	return b.writtenDirectory(ctx, req.name, m, look), nil
}

func (b *backend) directoryFits(entry directoryEntry) error {
	if !oracle.HostAllowed(b.view.settings().AllowedHosts, entry.URL) {
		return badRequest("the host of url is not permitted by allowed_hosts: add it to config first")
	}
	return nil
}

// proveDirectory looks a user up. It returns nothing when that was not needed or not wanted.
func (b *backend) proveDirectory(ctx context.Context, req request, m *mergedDirectory) (*oracle.LookUp, error) {
	if !m.proof {
		return nil, nil //nolint:nilnil // nothing that its login depends on has changed
	}
	if !get(req.fields, "verify_connection", true) {
		if !m.changed {
			return nil, nil //nolint:nilnil // the stored secret was sent again, and nobody wants it proved
		}
		m.warnings = append(m.warnings, "stored without a login: the state is unchecked until the next check of an integration that uses it")
		return nil, nil //nolint:nilnil // as asked
	}
	ctx, cancel := b.loginContext(ctx)
	defer cancel()
	policy, _ := b.view.policy(defaultPolicy)
	directory := m.entry.forRotation(req.name)
	if m.changed { // else somebody insists on the stored one: that is what lifts a hold
		var err error
		if directory, err = b.fingerprinted(ctx, req.name, m.entry); err != nil {
			return nil, err
		}
	}
	look, decision, err := b.viewer.Prove(ctx, directory, b.door(m.entry), policy, probeUser(m.entry))
	if err != nil {
		return nil, err //nolint:wrapcheck // Prove says what failed
	}
	switch decision.Denial {
	case rotation.Allowed:
	case rotation.DenyRejected:
		return nil, badRequest("nothing was stored and no login was spent: this very secret was refused, and it is known as such until %s: find the right one; if it is the right one and the user was unlocked meanwhile, store it with verify_connection=false and then send it once more", stamp(decision.Until))
	default:
		return nil, badRequest("nothing was stored and no login was spent: %s", rotation.Denied(decision))
	}
	return &look, directoryRefusal(m.entry, look)
}

// probeUser is whom to look up as a proof: a name that the directory permits, for "no such user" is an answer
// too, and on some pods anybody may look up himself.
func probeUser(entry directoryEntry) string {
	for _, pattern := range entry.AllowedUsernames {
		name := strings.ReplaceAll(pattern, "*", "")
		if name != "" && !strings.EqualFold(name, entry.User) {
			return name
		}
	}
	return entry.User
}

// directoryRefusal is why a verified write is not stored.
func directoryRefusal(entry directoryEntry, look oracle.LookUp) error {
	userField, secretField := secretOf(entry.Kind)
	switch {
	case look.Answered():
		return nil
	case look.Login == oracle.LoginRefused:
		return badRequest("nothing was stored: %s and %s were refused (HTTP %d); a user is locked after about five such logins, so look at it in Oracle before trying again", userField, secretField, look.Answer.HTTPStatus)
	case look.Answer.Outcome == oracle.Forbidden && entry.Kind == oracle.FusionDirectory:
		return badRequest("nothing was stored: the login works, but the user may not look users up: grant a role with the privilege Use REST Service - Identity Integration (ASE_REST_SERVICE_ACCESS_IDENTITY_INTEGRATION_PRIV)")
	case look.Answer.Outcome == oracle.Forbidden:
		return badRequest("nothing was stored: the client may not look users up: grant it the app role User Administrator or Identity Domain Administrator")
	}
	return badRequest("nothing was stored: %s Send verify_connection=false to store it all the same.", rotation.DirectoryCouldNotAsk(look.Answer, entry.URL))
}

func (b *backend) commitDirectory(ctx context.Context, name string, seen directoryEntry, m *mergedDirectory, look *oracle.LookUp) error {
	unlock, err := b.names.lock(ctx, directoryPrefix+name)
	if err != nil {
		return err
	}
	defer unlock()
	var stored directoryEntry
	if _, err := b.store.get(ctx, directoryPrefix+name, &stored); err != nil {
		return err
	}
	if stored.ID != seen.ID || stored.Writes != seen.Writes {
		return badRequest("somebody else wrote this directory at the same time; nothing of yours was stored: read it, and write again")
	}
	if err := b.directoryFits(m.entry); err != nil {
		return err
	}
	now := time.Now().UTC()
	m.entry.Modified, m.entry.Writes = now, seen.Writes+1
	if err := b.store.put(ctx, directoryPrefix+name, &m.entry); err != nil {
		b.view.drop() // a failed write may have been made all the same
		return err
	}
	known, _ := b.view.directory(name)
	known.entry = m.entry
	b.takeDirectory(name, &known)
	if look == nil {
		return nil
	}
	health, _ := known.health.After(m.entry.forRotation(name), *look, now)
	if err := b.store.put(ctx, healthPrefix+name, &healthEntry{DirectoryID: m.entry.ID, Health: health}); err != nil {
		m.warnings = append(m.warnings, "the directory was stored, but not how it answered: it may show as unchecked until the next check")
		b.Logger().Error("the health of a written directory could not be stored", "directory", name, "error", err)
		b.view.drop()
		return nil
	}
	known.health = health
	b.takeDirectory(name, &known)
	return nil
}

// permitDirectory lets the next check try a secret that was stored without a login, where the guard holds back.
func (b *backend) permitDirectory(ctx context.Context, name string, m *mergedDirectory) {
	policy, _ := b.view.policy(defaultPolicy)
	tried := true
	directory, err := b.fingerprinted(ctx, name, m.entry)
	if err == nil {
		tried, err = b.prover.PasswordWritten(ctx, directory.Account(), directory.Fingerprint, policy)
	}
	switch {
	case err != nil:
		m.warnings = append(m.warnings, "the guard could not be told of the new secret: while it holds back, send the secret once more")
		b.Logger().Error("a new secret could not be noted on its account of logins", "directory", name, "error", err)
	case !tried:
		m.warnings = append(m.warnings, "this very secret was refused lately, so nothing tries it by itself: if it is right and the user was unlocked meanwhile, send it once more")
	}
}

// writtenDirectory is the answer to a write. Its users are looked at anew.
func (b *backend) writtenDirectory(ctx context.Context, name string, m mergedDirectory, look *oracle.LookUp) *logical.Response {
	d := m.entry.forRotation(name)
	if m.changed && look == nil {
		b.permitDirectory(ctx, name, &m)
	}
	var barred []string
	users := b.view.usersOfDirectory(name)
	for _, user := range users {
		entry, found := b.view.integration(user)
		if found && d.Permits(entry.Username, entry.ServerURL) != nil {
			barred = append(barred, user)
		}
	}
	if len(barred) > 0 {
		m.warnings = append(m.warnings, "this directory no longer serves "+someOf(barred)+", which name it: their users or hosts are not permitted")
	}
	b.view.touch(users)
	for _, user := range users {
		b.sweeper.Touch(user)
	}
	known, _ := b.view.directory(name)
	answer := &logical.Response{Data: map[string]any{"state": string(b.directoryStatus(name, known, time.Now()).State)}}
	for _, warning := range m.warnings {
		answer.AddWarning(warning)
	}
	return answer
}
