package client

import (
	"context"
	"fmt"
	"time"
)

// waiting blocks until something may have changed.
type waiting func(context.Context) error

// look gives the credential to use now, or how to wait for it, or why there is none. It starts a reading where one is
// due; there is never more than one.
func (c *Client) look(ctx context.Context, now time.Time) (*holding, waiting, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.due(now) && !c.reading && !now.Before(c.next) {
		c.reading = true
		go c.read(context.WithoutCancel(ctx)) // who asked first may give up; the others still want the answer
	}
	switch {
	case c.usable():
		// The ttl's last quarter is for a reading beside the requests. After its end they wait for it, if it is under way.
		if c.reading && now.Sub(c.held.readAt) >= c.lifetime() {
			return nil, c.wait(0), nil
		}
		return c.held, nil, nil
	case c.reading:
		return nil, c.wait(0), nil
	case c.held == nil:
		return nil, nil, fmt.Errorf("read the credential at %s: %w", c.options.Path, c.readErr)
	case c.awaitsAnother(now):
		return nil, c.wait(c.next.Sub(now)), nil
	}
	return nil, nil, fmt.Errorf("version %d of %s: %w", c.held.Version, c.options.Path, ErrRefused)
}

// due says whether Vault should be asked. The lock is held.
func (c *Client) due(now time.Time) bool {
	return !c.usable() || now.Sub(c.held.readAt) >= c.lifetime()*3/4
}

// usable says whether there is a credential that was not refused. The lock is held.
func (c *Client) usable() bool { return c.held != nil && c.held.refusedAt.IsZero() }

// lifetime is how long what was read is good for. The lock is held.
func (c *Client) lifetime() time.Duration {
	lifetime := c.held.TTL
	if lifetime == 0 {
		lifetime = unscheduled
	}
	if c.options.MaxAge > 0 {
		lifetime = min(lifetime, c.options.MaxAge)
	}
	return lifetime
}

// wait waits for a change; with a time of more than 0, for that at most. The lock is held when it is made.
func (c *Client) wait(most time.Duration) waiting {
	changed := c.changed
	return func(ctx context.Context) error {
		var over <-chan time.Time
		if most > 0 {
			timer := time.NewTimer(most)
			defer timer.Stop()
			over = timer.C
		}
		select {
		case <-changed:
			return nil
		case <-over:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// read asks Vault once, and takes over what it says.
func (c *Client) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	answer, err := c.options.Vault.ReadWithContext(ctx, c.options.Path)
	var got Credential
	if err == nil {
		got, err = parse(answer)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.take(got, err, time.Now())
	c.reading = false
	c.announce()
}

// take decides what a reading changes. The lock is held.
func (c *Client) take(got Credential, err error, now time.Time) {
	pause := againLater
	if c.held == nil || c.awaitsAnother(now) {
		pause = againSoon
	}
	c.readErr, c.next = err, now.Add(pause)
	switch {
	case err != nil || c.held != nil && got.olderThan(c.held.Credential):
		return // what is held may still be good: Oracle will tell
	case c.held != nil && got.same(c.held.Credential):
		c.held.Credential, c.held.readAt = got, now // ttl, timeout and the like
	default:
		c.held = &holding{Credential: got, readAt: now}
		if c.wasRefused(got) {
			c.held.refusedAt = now.Add(-c.options.RotationWait) // no news, so nothing to wait for
		}
	}
	if c.usable() {
		c.next = time.Time{} // its age decides
	}
}

// awaitsAnother says whether requests still wait for the successor of a refused credential. The lock is held.
func (c *Client) awaitsAnother(now time.Time) bool {
	return c.held != nil && !c.held.refusedAt.IsZero() && now.Before(c.held.refusedAt.Add(c.options.RotationWait))
}

func (c *Client) wasRefused(got Credential) bool {
	for _, old := range c.refused {
		if got.same(old) {
			return true
		}
	}
	return false
}
