package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

const (
	// credsNames is over how many names reads go.
	credsNames = 100
	kvNote     = "KV (version 1), an external plugin"
	ldapNote   = "openldap static-cred, an external plugin"
	builtNote  = "KV version 2, built into Vault"
	limitNote  = "the limit"
)

// What is read, by name.
const (
	ours       = "creds"
	theLimit   = "limit"
	kvExternal = "KV"
	kvBuiltIn  = "KV built in"
	openldap   = "openldap"
	emptyReply = "empty answer"
	emptyVault = "no plugin"
)

// measureCreds compares reads of a credential with the limit and with what people would use instead.
func (b *bench) measureCreds(ctx context.Context) error {
	s, err := b.open(ctx, vaultdev.StartDev)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // nothing of it is kept
	directory, err := startLDAP(ctx, credsNames)
	if err != nil {
		return err
	}
	defer directory.close() //nolint:errcheck // nothing of it is kept
	what, err := s.readables(ctx, directory)
	if err != nil {
		return err
	}
	r := s.reader()
	for _, clients := range []int{1, 16} {
		if _, err := r.interleaved(ctx, what, clients, 1, b.length(time.Second)); err != nil { // to warm up
			return err
		}
		done, err := r.interleaved(ctx, what, clients, b.count(51), b.length(250*time.Millisecond))
		if err != nil {
			return err
		}
		if err := b.found.creds(clients, done); err != nil {
			return err
		}
	}
	return nil
}

// readables mounts and fills everything that is read.
func (s *stage) readables(ctx context.Context, directory *ldapServer) ([]readable, error) {
	if err := s.equip(ctx); err != nil {
		return nil, err
	}
	if err := s.fill(ctx, directory); err != nil {
		return nil, err
	}
	empty := over(emptyVault, "auth/token/lookup-self?n=%d", credsNames)
	return []readable{
		over(ours, engineName+"/creds/i-%06d", credsNames), over(theLimit, "limit/creds/i-%06d", credsNames),
		over(kvExternal, "kv/i-%06d", credsNames), over(openldap, "ldap/static-cred/i-%06d", credsNames),
		over(kvBuiltIn, "built/data/i-%06d", credsNames),
		over(emptyReply, "limit/nothing/i-%06d", credsNames), empty,
	}, nil
}

// equip registers and mounts everything. Of KV as an external plugin Vault lets only version 1 be mounted, which reads
// storage once where version 2 reads it twice: the faster of the two.
func (s *stage) equip(ctx context.Context) error {
	for _, step := range []func() error{
		func() error {
			return s.mountAs(ctx, "built", &api.MountInput{Type: "kv", Options: map[string]string{"version": "2"}})
		},
		func() error { return s.register(ctx, "kv-external", buildPeer(kvPeer, kvVersion)) },
		func() error { return s.mount(ctx, "kv", "kv-external") },
		func() error {
			return s.registerAs(ctx, vaultdev.Plugin{Name: "openldap", Version: ldapVersion}, buildPeer(ldapPeer, ldapVersion))
		},
		func() error {
			return s.mountAs(ctx, "ldap", &api.MountInput{Type: "openldap", Config: api.MountConfigInput{PluginVersion: ldapVersion}})
		},
		func() error { return s.register(ctx, limitName, buildLimit) },
		func() error { return s.mount(ctx, limitName, limitName) },
		func() error { return s.mount(ctx, engineName, engineName) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// fill writes the same credential everywhere, under as many names.
func (s *stage) fill(ctx context.Context, directory *ldapServer) error {
	if err := s.await(ctx, func(ctx context.Context) error { // it takes a moment to become version 2
		return s.write(ctx, "built/data/first", map[string]any{"data": map[string]any{"a": "b"}})
	}); err != nil {
		return err
	}
	if err := s.write(ctx, "ldap/config", map[string]any{
		"url": directory.url, "binddn": ldapAdmin, "bindpass": ldapPassword, "schema": "openldap", "userdn": ldapSuffix,
	}); err != nil {
		return err
	}
	for n := range credsNames {
		name := integrationName(n)
		secret := map[string]any{
			"server_url": serverURL(0), "rest_api_url": serverURL(0) + "/fscmRestApi/resources/latest/", "username": userName(n),
			"password": passwordOf(n), "timeout": 30, "retry_attempts": 3, "modules": []string{"GL"},
		}
		if err := errors.Join(
			s.write(ctx, engineName+"/integrations/"+name, unproved(n, serverURL(0))),
			s.write(ctx, "kv/"+name, secret),
			s.write(ctx, "built/data/"+name, map[string]any{"data": secret}),
			s.write(ctx, "ldap/static-role/"+name, map[string]any{
				"dn": ldapUser(n), "username": fmt.Sprintf("user-%d", n), "rotation_period": "24h",
			}),
		); err != nil {
			return err
		}
	}
	return nil
}

// await tries until it goes well, for a while.
func (*stage) await(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// length is how long something is done.
func (b *bench) length(full time.Duration) time.Duration {
	if b.quick {
		return full / 10
	}
	return full
}

// count is how often something is done.
func (b *bench) count(full int) int {
	if b.quick {
		return min(full, 3)
	}
	return full
}

// creds makes rows of what was read by so many clients.
func (f *findings) creds(clients int, done rounds) error {
	by := "`creds` read by " + clientsInWords(clients)
	fast := done.perSecond(ours)
	f.add(
		judged(by+", reads per second", limitNote, atLeast(0.95, " times"), figureOf(ratios(fast, done.perSecond(theLimit))), " times"),
		judged(by+", p50", limitNote, atMost(1.1, " times"), figureOf(ratios(done.p50(ours), done.p50(theLimit))), " times"),
		judged(by+", p99", limitNote, none(), figureOf(ratios(done.p99(ours), done.p99(theLimit))), " times"),
		judged(by+", reads per second", kvNote, atLeast(1.6, " times"), figureOf(ratios(fast, done.perSecond(kvExternal))), " times"),
		judged(by+", reads per second", ldapNote, atLeast(1.6, " times"), figureOf(ratios(fast, done.perSecond(openldap))), " times"),
		judged(by+", reads per second", builtNote, none(), figureOf(ratios(fast, done.perSecond(kvBuiltIn))), " times"),
		judged("the limit itself, by as many clients", kvNote, none(), figureOf(ratios(done.perSecond(theLimit), done.perSecond(kvExternal))), " times"),
		judged("the limit itself, by as many clients", ldapNote, none(), figureOf(ratios(done.perSecond(theLimit), done.perSecond(openldap))), " times"),
		judged("the limit itself, by as many clients", builtNote, none(), figureOf(ratios(done.perSecond(theLimit), done.perSecond(kvBuiltIn))), " times"),
		judged("an empty answer of a plugin, by as many clients", limitNote, none(), figureOf(ratios(done.perSecond(emptyReply), done.perSecond(theLimit))), " times"),
		judged("an empty Vault request (a token's look-up of itself), by as many clients", limitNote, none(), figureOf(ratios(done.perSecond(emptyVault), done.perSecond(theLimit))), " times"),
	)
	return f.absolute(clients, done)
}
