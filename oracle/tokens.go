package oracle

import (
	"context"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

const (
	// tokenMargin is how long before its end a token is used no more: longer than a look-up and two clocks' difference.
	tokenMargin = 2 * time.Minute
	// maxTokens bounds the tokens kept, one per client of a domain. A mount has a handful.
	maxTokens = 256
)

// tokens keeps the tokens of identity domains, in memory only. Its zero value is empty.
type tokens struct {
	mu    sync.Mutex
	slots map[tokenOwner]*tokenSlot
}

// tokenOwner is whose a token is. The secret belongs to it, too, and is compared apart, because a key can be printed.
type tokenOwner struct{ url, clientID, caCert string }

// tokenSlot is one owner's token, and whose turn it is to get one.
type tokenSlot struct {
	turn    chan struct{} // holds one element while somebody logs in
	secret  secret.Value  // that the token was got with
	token   secret.Value  // zero: none
	useless time.Time     // from when on the token is used no more
}

// find gives the token in hand, if there is one that lives long enough.
func (t *tokens) find(directory Directory) (secret.Value, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	slot := t.slot(directory)
	if slot.token.IsZero() || !slot.secret.Equal(directory.Login.Password) || isOver(slot.useless, time.Now()) {
		return secret.Value{}, false
	}
	return slot.token, true
}

// keep remembers a token until shortly before it ends; one whose end is not known is not kept.
func (t *tokens) keep(directory Directory, grant granted) {
	t.mu.Lock()
	defer t.mu.Unlock()
	slot := t.slot(directory)
	slot.secret, slot.token = directory.Login.Password, grant.token
	slot.useless = time.Now().Add(grant.life - tokenMargin)
}

// drop forgets a token that the domain does not accept any more, but not one that somebody got since.
func (t *tokens) drop(directory Directory, refused secret.Value) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slot := t.slot(directory); slot.token.Equal(refused) {
		slot.token = secret.Value{}
	}
}

// takeTurn waits until nobody else gets a token for this owner. done has to be called when ours is kept.
func (t *tokens) takeTurn(ctx context.Context, directory Directory) (done func(), err error) {
	t.mu.Lock()
	turn := t.slot(directory).turn
	t.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx) //nolint:wrapcheck // the caller puts its own words for it
	}
}

// forget drops all tokens.
func (t *tokens) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slots = nil
}

// slot gives an owner's slot and makes it if there is none. mu is held. When there is no room all are forgotten, which
// costs a login each.
func (t *tokens) slot(directory Directory) *tokenSlot {
	owner := tokenOwner{directory.Endpoint.ServerURL, directory.Login.Username, directory.Endpoint.CACert}
	slot, found := t.slots[owner]
	if !found {
		if t.slots == nil || len(t.slots) >= maxTokens {
			t.slots = map[tokenOwner]*tokenSlot{}
		}
		slot = &tokenSlot{turn: make(chan struct{}, 1)}
		t.slots[owner] = slot
	}
	return slot
}
