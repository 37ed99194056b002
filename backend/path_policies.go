package backend

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// defaultPolicy always exists.
const defaultPolicy = "default"

// maxNamed bounds how many names an error lists.
const maxNamed = 10

func policyFields() map[string]*framework.FieldSchema {
	seconds := func(text string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeDurationSecond, Description: text}
	}
	number := func(text string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeInt, Description: text}
	}
	return map[string]*framework.FieldSchema{
		"check_period":          seconds("How often to check, at least 60 seconds (default 1h). Excludes check_schedule."),
		"check_schedule":        {Type: framework.TypeString, Description: "When to check, as a cron expression of five fields in UTC, such as 0 6 * * 1-5. Excludes check_period."},
		"password_max_age":      seconds("Age at which Oracle expires the password (default 90d); 0 for never. It is a setting of the user's category in Fusion's Security Console."),
		"expiry_warning":        seconds("How long before its expiry a password is shown as expiring (default 14d)."),
		"failure_threshold":     number("How many checks in a row may fail to reach Oracle before an integration is unreachable (default 3)."),
		"login_failure_budget":  number("How many refused logins in a row the engine itself may cause, 1 or 2 (default 2)."),
		"operator_login_budget": number("How many refused logins people may add within operator_login_window, 1 or 2 (default 2)."),
		"operator_login_window": seconds("The window of operator_login_budget, at least 60 seconds (default 1h)."),
		"unlock_delay":          seconds("How long after an unlock, which a directory shows, the next login waits (default 1h; 0 allowed): Oracle's API can refuse for a while longer."),
		"rotation_period":       seconds("How often to rotate the password, at least 60 seconds (default: not by a period); 0 for none. Excludes rotation_schedule."),
		"rotation_schedule": {Type: framework.TypeString, Description: "When to rotate the password, as a cron expression of five fields in UTC, such as 0 2 1 * * (default: none). " +
			"Excludes rotation_period."},
		"rotation_window": seconds("How long after a slot of rotation_schedule a rotation may still begin, at least 1h; a slot whose window has passed is left out " +
			"(default: none; a missed slot is served late)."),
		"rotate_before_expiry":       seconds("Rotate the password when it is this close to its expiry, at least 60 seconds (default 0: never for that reason). Shorter than password_max_age."),
		"disable_automated_rotation": {Type: framework.TypeBool, Description: "Never rotate by schedule (default false); rotate/ works as always."},
		"password_policy":            {Type: framework.TypeString, Description: "Name of the Vault password policy (sys/policies/password/) that draws new passwords (default: the built-in generator)."},
		"password_length":            number("Length of the passwords of the built-in generator, 16 to 64 (default 24)."),
		"hold_period":                seconds("After a refused login, how long the engine waits before its one second try, at least 60 seconds (default 24h); 0 for no second try."),
	}
}

func (b *backend) pathPolicies() *framework.Path {
	content := policyFields()
	sent := policyFields()
	sent["name"] = nameField("policy")
	write := func(verb, summary string) *framework.PathOperation {
		return &framework.PathOperation{
			Callback: handle(b.policyWrite), Summary: summary, Responses: noAnswer(), ForwardPerformanceStandby: true,
			DisplayAttrs: &framework.DisplayAttributes{OperationVerb: verb, OperationSuffix: "policy"},
		}
	}
	return &framework.Path{
		Pattern:        nounPolicies + "/" + namePattern + "$",
		DisplayAttrs:   &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields:         sent,
		ExistenceCheck: b.policyExists,
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.CreateOperation: write("create", "Create a policy."),
			logical.UpdateOperation: write("update", "Change a policy; what is left out is kept."),
			logical.PatchOperation:  write("patch", "Change a policy; null restores a field's default."),
			logical.ReadOperation: &framework.PathOperation{
				Callback: handle(b.policyRead), Summary: "Read a policy.", Responses: answers("The policy.", content),
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "read", OperationSuffix: "policy"},
			},
			logical.DeleteOperation: &framework.PathOperation{
				Callback: handle(b.policyDelete), Summary: "Delete a policy that no integration uses.", Responses: noAnswer(),
				ForwardPerformanceStandby: true,
				DisplayAttrs:              &framework.DisplayAttributes{OperationVerb: "delete", OperationSuffix: "policy"},
			},
		},
		HelpSynopsis: "When to check a password, when to rotate it, when to warn, and how many refused logins may be risked.",
		HelpDescription: `
The policy "default" always exists; deleting it restores its defaults. Durations are
read as whole seconds. A changed schedule takes effect at once.

No policy rotates a password unless it says when: every rotation_period, after the slots
of rotation_schedule, or rotate_before_expiry ahead of its expiry; of two of them the
earlier counts. A rotation by a person counts as one. Integrations of one policy are
spread by their names, so that they do not all rotate in the same minute. What was missed
while Vault was down is done once, soon; with a rotation_window a slot that was missed is
left to the next one. On Vault Enterprise a period or a schedule is also registered with
Vault's rotation manager; where that does not work the write warns, and nothing is lost by
it: the engine's own schedule rotates.

    vault write oracle-financials/policies/month-end check_period=15m expiry_warning=21d
    vault write oracle-financials/policies/prod rotate_before_expiry=14d
    vault write oracle-financials/policies/sundays rotation_schedule="0 3 * * 0" rotation_window=2h
    vault write oracle-financials/policies/nightly check_schedule="30 2 * * *"
    vault read oracle-financials/policies/default
`,
	}
}

func (b *backend) pathPoliciesList() *framework.Path {
	return &framework.Path{
		Pattern:      nounPolicies + "/?$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.ListOperation: &framework.PathOperation{
				Callback: handle(b.policyList), Summary: "List the policies.", Responses: listAnswer(),
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "list", OperationSuffix: "policies"},
			},
		},
		HelpSynopsis:    "List the policies.",
		HelpDescription: "\n    vault list oracle-financials/policies\n",
	}
}

func listAnswer() map[int][]framework.Response {
	return answers("The names.", map[string]*framework.FieldSchema{
		"keys": {Type: framework.TypeStringSlice, Description: "The names."},
	})
}

func (b *backend) policyExists(ctx context.Context, _ *logical.Request, d *framework.FieldData) (bool, error) {
	if err := b.view.ensure(ctx); err != nil {
		return false, err
	}
	name, _ := d.Get("name").(string)
	_, found := b.view.policy(name)
	return found, nil
}

func (b *backend) policyList(ctx context.Context, _ request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	names, err := b.store.list(ctx, policyPrefix)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, defaultPolicy) {
		names = append(names, defaultPolicy)
		slices.Sort(names)
	}
	return logical.ListResponse(names), nil
}

func (b *backend) policyRead(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	p, found := b.view.policy(req.name)
	if !found {
		return nil, unknownName(nounPolicies, req.name)
	}
	data := map[string]any{
		"password_max_age": seconds(p.PasswordMaxAge), "expiry_warning": seconds(p.ExpiryWarning),
		"failure_threshold": p.FailureThreshold, "login_failure_budget": p.LoginFailureBudget,
		"operator_login_budget": p.OperatorLoginBudget, "operator_login_window": seconds(p.OperatorLoginWindow),
		"hold_period": seconds(p.HoldPeriod), "unlock_delay": seconds(p.UnlockDelay),
		"rotate_before_expiry": seconds(p.RotateBeforeExpiry), "disable_automated_rotation": p.DisableAutomatedRotation,
		"password_length": p.PasswordLength,
	}
	if p.CheckSchedule != "" {
		data["check_schedule"] = p.CheckSchedule
	} else {
		data["check_period"] = seconds(p.CheckPeriod)
	}
	if p.RotationPeriod != 0 {
		data["rotation_period"] = seconds(p.RotationPeriod)
	}
	if p.RotationSchedule != "" {
		data["rotation_schedule"] = p.RotationSchedule
	}
	if p.RotationWindow != 0 {
		data["rotation_window"] = seconds(p.RotationWindow)
	}
	if p.PasswordPolicy != "" {
		data["password_policy"] = p.PasswordPolicy
	}
	return &logical.Response{Data: data}, nil
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func (b *backend) policyWrite(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.changePolicy(ctx, req); err != nil || !sendsSchedule(req.fields) {
		return nil, err
	}
	return b.tellManager(ctx, req), nil
}

func (b *backend) changePolicy(ctx context.Context, req request) error {
	if err := b.view.ensure(ctx); err != nil {
		return err
	}
	unlock, err := b.names.lock(ctx, policyPrefix+req.name)
	if err != nil {
		return err
	}
	defer unlock()
	old, found := b.view.policy(req.name)
	if !found {
		if req.Operation == logical.PatchOperation {
			return unknownName(nounPolicies, req.name)
		}
		old = rotation.DefaultPolicy()
	}
	p := mergePolicy(old, req.fields)
	if err := p.Validate(); err != nil {
		return badRequest("%v", err)
	}
	if err := b.tryPasswordPolicy(ctx, req.fields); err != nil {
		return err
	}
	return b.storePolicy(ctx, req.name, p)
}

func (b *backend) storePolicy(ctx context.Context, name string, p rotation.Policy) error {
	p.Modified = time.Now().UTC()
	if err := b.store.put(ctx, policyPrefix+name, &policyEntry{Policy: p}); err != nil {
		b.view.drop() // a failed write may have been made all the same
		return err
	}
	b.policyChanged(name, func() { b.view.policies[name] = p })
	return nil
}

func (b *backend) policyDelete(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.removePolicy(ctx, req); err != nil {
		return nil, err
	}
	return b.tellManager(ctx, req), nil
}

func (b *backend) removePolicy(ctx context.Context, req request) error {
	if err := b.view.ensure(ctx); err != nil {
		return err
	}
	unlock, err := b.names.lock(ctx, policyPrefix+req.name)
	if err != nil {
		return err
	}
	defer unlock()
	if req.name == defaultPolicy {
		return b.storePolicy(ctx, req.name, rotation.DefaultPolicy())
	}
	if users := b.view.usersOf(req.name); len(users) > 0 {
		return badRequest("policy %q is used by %s: give those another policy first", req.name, someOf(users))
	}
	if err := b.store.delete(ctx, policyPrefix+req.name); err != nil {
		b.view.drop()
		return err
	}
	b.policyChanged(req.name, func() { delete(b.view.policies, req.name) })
	return nil
}

// policyChanged takes a stored change over into memory and lets the sweep look at its users anew.
func (b *backend) policyChanged(name string, change func()) {
	b.view.mu.Lock()
	change()
	b.view.writes++
	b.view.mu.Unlock()
	users := b.view.usersOf(name)
	b.view.touch(users)
	for _, user := range users {
		b.sweeper.Touch(user)
	}
}

func someOf(names []string) string {
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}
