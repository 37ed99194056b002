package backend

import (
	"context"
	"fmt"
	"math/rand/v2"

	"vault-plugin-secrets-oracle-financials/internal/generator"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// Draw implements rotation.Surroundings: by the Vault password policy that the holder's policy names, else by the
// built-in generator and what the identity domain's rules ask beside.
func (b *backend) Draw(ctx context.Context, h rotation.Holding, username string) (secret.Value, error) {
	rules := b.passwordRules(h, username)
	if h.Policy.PasswordPolicy == "" {
		return generator.Password(rules) //nolint:wrapcheck // it says which rules contradict each other
	}
	text, err := b.System().GeneratePasswordFromPolicy(ctx, h.Policy.PasswordPolicy)
	if err != nil {
		return secret.Value{}, fmt.Errorf("the Vault password policy %q made no password: see that it exists", h.Policy.PasswordPolicy)
	}
	password := secret.New(text)
	if err := generator.Check(password, rules); err != nil {
		return secret.Value{}, fmt.Errorf("the Vault password policy %q does not fit Oracle: %w", h.Policy.PasswordPolicy, err)
	}
	return password, nil
}

// passwordRules are those of the policy, and of the identity domain where it shows them.
func (b *backend) passwordRules(h rotation.Holding, username string) generator.Rules {
	rules := generator.Rules{Length: h.Policy.PasswordLength, Username: username}
	sighting := b.view.ledger(rotation.AccountOf(username, h.ServerURL)).Sighting
	if sighting == nil || sighting.View.Rules.Password == nil {
		return rules
	}
	d := sighting.View.Rules.Password
	rules.MinLength, rules.MaxLength = d.MinLength, d.MaxLength
	rules.MinLower, rules.MinUpper, rules.MinDigits = d.MinLower, d.MinUpper, d.MinDigits
	rules.MinSpecial, rules.MaxSpecial, rules.MinAlphas, rules.MinAlphanumerics = d.MinSpecial, d.MaxSpecial, d.MinAlphas, d.MinAlphanumerics
	rules.MinUnique, rules.MaxRepeated, rules.StartsWithLetter = d.MinUnique, d.MaxRepeated, d.StartsWithLetter
	rules.Allowed, rules.Forbidden, rules.Required = d.Allowed, d.Forbidden, d.Required
	if d.MinNew > 0 {
		rules.MinNew, rules.Previous = d.MinNew, h.Served(username)
	}
	return rules
}

// Fingerprint implements rotation.Surroundings.
func (b *backend) Fingerprint(ctx context.Context, account rotation.Account, password secret.Value) (rotation.Fingerprint, error) {
	return b.prints.of(ctx, account, password.Reveal())
}

// Jitter implements rotation.Surroundings.
func (b *backend) Jitter() float64 { return b.jitter() }

func randomJitter() float64 {
	return rotation.MinRetryJitter + rand.Float64()*(rotation.MaxRetryJitter-rotation.MinRetryJitter) //nolint:gosec // G404: it spreads retries and keeps no secret
}
