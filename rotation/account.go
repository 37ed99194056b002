package rotation

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Account names one Oracle user on one pod: the unit in which Oracle counts refused logins.
type Account string

// AccountOf names an account. Case does not distinguish users: two spellings share Oracle's count.
func AccountOf(username, serverURL string) Account {
	return Account(folded(username) + "@" + oracle.Host(serverURL))
}

// folded is a user name in the one spelling by which users are compared: without white space around it, and with
// every letter for the smallest that Unicode calls the same but for its case (so that ſ is s, and K is k).
func folded(username string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		smallest := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			smallest = min(smallest, other)
		}
		return smallest
	}, strings.TrimSpace(username)))
}

// accountLocks lets one login of an account run at a time within this process. Its zero value is ready.
type accountLocks struct {
	mu    sync.Mutex
	taken map[Account]chan struct{}
}

// lock waits for its turn, or for the end of ctx.
func (l *accountLocks) lock(ctx context.Context, account Account) (unlock func(), err error) {
	for {
		l.mu.Lock()
		running, busy := l.taken[account]
		if !busy {
			if l.taken == nil {
				l.taken = map[Account]chan struct{}{}
			}
			done := make(chan struct{})
			l.taken[account] = done
			l.mu.Unlock()
			return func() { l.unlock(account, done) }, nil
		}
		l.mu.Unlock()
		select {
		case <-running:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the login of this user that is under way: %w", context.Cause(ctx))
		}
	}
}

func (l *accountLocks) unlock(account Account, done chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.taken, account)
	close(done)
}
