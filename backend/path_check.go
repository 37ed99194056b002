package backend

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

func (b *backend) pathCheck() *framework.Path {
	return &framework.Path{
		Pattern:      nounCheck + "/" + namePattern + "$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields: map[string]*framework.FieldSchema{
			"name":            nameField("integration"),
			"least_privilege": {Type: framework.TypeBool, Description: "Also probe the modules that were not selected, and name those that answer (default false)."},
			"force":           {Type: framework.TypeBool, Description: "Log in although the engine holds back after a refused login; never beyond operator_login_budget (default false)."},
		},
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.UpdateOperation: &framework.PathOperation{
				Callback: handle(b.check), Summary: "Check one integration now, and answer with its status.",
				Responses:                 answers("The status after the check.", statusContent()),
				ForwardPerformanceStandby: true, ForwardPerformanceSecondary: true,
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "check", OperationSuffix: "integration"},
			},
		},
		HelpSynopsis: "Check one integration now: one login, then one row of each module.",
		HelpDescription: `
Oracle locks an account after about five refused logins. After one, the engine holds
back and tries once more by itself, after hold_period; a check meanwhile answers with the
status and a warning, and force=true spends one of operator_login_budget. With a directory,
it is asked first, and no login leaves while it shows that one more refusal would lock.

    vault write -f oracle-financials/check/gl-prod
    vault write oracle-financials/check/gl-prod least_privilege=true
    vault write oracle-financials/check/gl-prod force=true
`,
	}
}

func (b *backend) check(ctx context.Context, req request) (*logical.Response, error) {
	options := rotation.CheckOptions{
		By: rotation.ByEngine, LeastPrivilege: get(req.fields, "least_privilege", false), Kind: rotation.EventCheck,
	}
	if get(req.fields, "force", false) {
		options.By = rotation.ByPerson
	}
	return b.checkNow(ctx, req, options)
}

// checkNow checks for a person, and answers with the status.
func (b *backend) checkNow(ctx context.Context, req request, options rotation.CheckOptions) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	options.Actor = actorOf(req.Request)
	if snapshot, found := b.view.snapshot(req.name); found && snapshot.Integration.Rotation.Open() && snapshot.Standby == nil {
		return b.resumeNow(ctx, req, options)
	}
	decision, err := b.checkBoth(ctx, req.name, options)
	if err != nil {
		return nil, err
	}
	answer, err := b.statusOf(req.name)
	if err != nil {
		return nil, err
	}
	snapshot, _ := b.view.snapshot(req.name)
	if decision.Denial != rotation.Allowed {
		answer.AddWarning("no login was spent: " + rotation.Denied(decision))
	} else if why := rotation.LearnedNothing(snapshot, time.Now()); why != "" {
		answer.AddWarning(why)
	}
	return answer, nil
}

// resumeNow is a check while a rotation is under way: it carries that on, which proves a password.
func (b *backend) resumeNow(ctx context.Context, req request, options rotation.CheckOptions) (*logical.Response, error) {
	holder := rotation.Holder{Kind: rotation.HolderIntegration, Name: req.name}
	outcome, err := b.longer(ctx, func(ctx context.Context) (rotation.Outcome, error) {
		return b.rotator.Resume(ctx, holder, rotation.RotateOptions{By: options.By, Actor: options.Actor})
	})
	if err != nil && !errors.Is(err, rotation.ErrRunning) {
		return nil, err
	}
	answer, statusErr := b.statusOf(req.name)
	if statusErr == nil && (err != nil || outcome.Error != rotation.NoFailure) {
		answer.AddWarning("no check was made: " + rotation.Denied(rotation.Decision{Denial: rotation.DenyRotating, Until: outcome.Until}))
	}
	return answer, statusErr
}
