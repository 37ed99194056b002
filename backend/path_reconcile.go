package backend

import (
	"context"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// actionRelease lifts the hold.
const actionRelease = "release"

func (b *backend) pathReconcile() *framework.Path {
	return &framework.Path{
		Pattern:      nounReconcile + "/" + namePattern + "$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields: map[string]*framework.FieldSchema{
			"name":   nameField("integration"),
			"action": {Type: framework.TypeString, Description: "release: lift the hold, and log in once with the stored password. Required.", AllowedValues: []any{actionRelease}},
		},
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.UpdateOperation: &framework.PathOperation{
				Callback: handle(b.reconcile), Summary: "Settle what the engine must not settle by itself, and answer with the status.",
				Responses:                 answers("The status after it.", statusContent()),
				ForwardPerformanceStandby: true, ForwardPerformanceSecondary: true,
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "reconcile", OperationSuffix: "integration"},
			},
		},
		HelpSynopsis: "Lift the hold of an integration whose login was refused or went unanswered.",
		HelpDescription: `
After a refused login the engine holds back, so that it never locks the account. When the
account was unlocked, or the pod is up again, and the stored password is right, release
spends one login of operator_login_budget at once; accepted, all is as before. Look at the
account in Fusion first: about five refused logins lock it.

    vault write oracle-financials/reconcile/gl-prod action=release
`,
	}
}

func (b *backend) reconcile(ctx context.Context, req request) (*logical.Response, error) {
	if action := get(req.fields, "action", ""); action != actionRelease {
		return nil, badRequest("action is required and must be release")
	}
	return b.checkNow(ctx, req, rotation.CheckOptions{By: rotation.ByPerson, Kind: rotation.EventRelease})
}
