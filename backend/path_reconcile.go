package backend

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// actionRelease lifts the hold, or carries on with a rotation, at the price of one login.
const actionRelease = "release"

// reconcileActions lists what a person can say.
func reconcileActions() []string {
	actions := []string{actionRelease}
	for _, statement := range rotation.Statements() {
		actions = append(actions, string(statement))
	}
	return actions
}

func reconcileFields(noun string) map[string]*framework.FieldSchema {
	var allowed []any
	for _, action := range reconcileActions() {
		allowed = append(allowed, action)
	}
	return map[string]*framework.FieldSchema{
		"name": nameField(noun),
		"action": {
			Type: framework.TypeString, AllowedValues: allowed,
			Description: "release (lift the hold: one login), use_current, use_pending or use_previous (which password is live), or adopt (one that was set by hand). Required.",
		},
		"password": {
			Type: framework.TypeString, Description: "With adopt: the password that was set by hand in Oracle. Write-only.",
			DisplayAttrs: &framework.DisplayAttributes{Name: "Password", Sensitive: true},
		},
	}
}

func (b *backend) pathReconcile() *framework.Path {
	fields := reconcileFields("integration")
	fields["account"] = &framework.FieldSchema{
		Type: framework.TypeString, AllowedValues: []any{string(rotation.SideCurrent), string(rotation.SideStandby)},
		Description: "Of a pair, the account that is meant: current (default) or standby.",
	}
	return &framework.Path{
		Pattern:      nounReconcile + "/" + namePattern + "$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields:       fields,
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.UpdateOperation: &framework.PathOperation{
				Callback: handle(b.reconcile), Summary: "Settle what the engine must not settle by itself, and answer with the status.",
				Responses:                 answers("The status after it.", statusContent()),
				ForwardPerformanceStandby: true, ForwardPerformanceSecondary: true,
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "reconcile", OperationSuffix: "integration"},
			},
		},
		HelpSynopsis: "Lift a hold, say which password is live, or adopt one that was set by hand.",
		HelpDescription: `
After a refused login the engine holds back, so that it never locks the account. When the
account was unlocked, or the pod is up again, and the stored password is right, release
spends one login of operator_login_budget at once; accepted, all is as before. Look at the
account in Fusion first: about five refused logins lock it.

After a rotation that could not be settled (state unresolved) every password that may be
live is kept. Say which one is: each action spends one login, and changes nothing when
Oracle refuses it.

    vault write oracle-financials/reconcile/gl-prod action=release
    vault write oracle-financials/reconcile/gl-prod action=use_pending
    vault write oracle-financials/reconcile/gl-prod action=adopt password=@password.txt
    vault write oracle-financials/reconcile/gl-prod action=use_current account=standby
`,
	}
}

func (b *backend) reconcile(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	action := get(req.fields, "action", "")
	if !slices.Contains(reconcileActions(), action) {
		return nil, badRequest("action is required and must be one of %s", strings.Join(reconcileActions(), ", "))
	}
	side, err := reconcileSide(req.fields)
	if err != nil {
		return nil, err
	}
	snapshot, found := b.view.snapshot(req.name)
	if !found {
		return nil, unknownName(nounIntegrations, req.name)
	}
	if side == rotation.SideStandby && snapshot.Standby == nil {
		return nil, badRequest("this integration has no standby account: leave account out")
	}
	if action == actionRelease {
		return b.release(ctx, req, snapshot, side)
	}
	options, err := statementOf(req.fields)
	if err != nil {
		return nil, err
	}
	options.Side, options.Actor = side, actorOf(req.Request)
	holder := rotation.Holder{Kind: rotation.HolderIntegration, Name: req.name}
	if err := b.state(ctx, holder, options, snapshot.Integration.ServerURL); err != nil {
		return nil, err
	}
	return b.statusOf(req.name)
}

func reconcileSide(f fields) (rotation.Side, error) {
	switch side := rotation.Side(get(f, "account", string(rotation.SideCurrent))); side {
	case rotation.SideCurrent, rotation.SideStandby:
		return side, nil
	}
	return "", badRequest("account must be current or standby")
}

// statementOf reads which password a person says is live.
func statementOf(f fields) (rotation.ReconcileOptions, error) {
	action, sent := get(f, "action", ""), get(f, "password", "")
	for _, statement := range rotation.Statements() {
		if action != string(statement) {
			continue
		}
		if adopt := statement == rotation.Adopt; adopt != (sent != "") {
			return rotation.ReconcileOptions{}, badRequest("password is sent with action=adopt, and with no other action")
		}
		if strings.ContainsFunc(sent, unicode.IsControl) || len(sent) > maxPassword {
			return rotation.ReconcileOptions{}, badRequest("password must be at most %d bytes, without a line break or another control character; Oracle was not asked", maxPassword)
		}
		return rotation.ReconcileOptions{Statement: statement, Password: secret.New(sent)}, nil
	}
	return rotation.ReconcileOptions{}, badRequest("action is required and must be one of %s", strings.Join(reconcileActions(), ", "))
}

// state proves a statement. Whatever keeps it from being stored is an error that says that nothing changed.
func (b *backend) state(ctx context.Context, holder rotation.Holder, o rotation.ReconcileOptions, serverURL string) error {
	limited, cancel := b.loginContext(ctx)
	defer cancel()
	result, err := b.rotator.Reconcile(limited, holder, o)
	switch {
	case errors.Is(err, rotation.ErrRunning), errors.Is(err, rotation.ErrOvertaken):
		return badRequest("nothing changed: a rotation of this name is under way; read the status, and try again")
	case err != nil:
		return err //nolint:wrapcheck // Reconcile says what could not be read or stored
	case result.Missing:
		return badRequest("nothing changed: there is no such password to try: read the status, or set one by hand in Oracle and adopt it")
	case result.Decision.Denial != rotation.Allowed:
		return badRequest("nothing changed and no login was spent: %s", rotation.Denied(result.Decision))
	}
	switch result.Findings.Login {
	case oracle.LoginAccepted:
		return nil
	case oracle.LoginRefused:
		return badRequest("nothing changed: Oracle refused this password (HTTP 401): look at the account in Fusion before trying another; about five refused logins in a row lock it")
	case oracle.LoginUnanswered:
		return badRequest("nothing changed: %s The login may have arrived, so it counts against operator_login_budget.", rotation.CouldNotAsk(result.Findings.Cause, serverURL))
	case oracle.LoginUnproved:
	}
	return badRequest("nothing changed: %s", rotation.CouldNotAsk(result.Findings.Cause, serverURL))
}

// release spends one login of a person: on a rotation that is under way, else on the stored password.
func (b *backend) release(ctx context.Context, req request, snapshot rotation.Snapshot, side rotation.Side) (*logical.Response, error) {
	if _, sent := req.fields["password"]; sent {
		return nil, badRequest("password is sent with action=adopt, and with no other action")
	}
	rotates := rotation.SideCurrent
	if snapshot.Standby != nil {
		rotates = rotation.SideStandby
	}
	if !snapshot.Integration.Rotation.Open() || side != rotates {
		return b.checkNow(ctx, req, rotation.CheckOptions{By: rotation.ByPerson, Kind: rotation.EventRelease, Side: side})
	}
	holder := rotation.Holder{Kind: rotation.HolderIntegration, Name: req.name}
	outcome, err := b.longer(ctx, func(ctx context.Context) (rotation.Outcome, error) {
		return b.rotator.Resume(ctx, holder, rotation.RotateOptions{By: rotation.ByPerson, Actor: actorOf(req.Request)})
	})
	if err != nil && !errors.Is(err, rotation.ErrRunning) {
		return nil, err
	}
	answer, statusErr := b.statusOf(req.name)
	if statusErr == nil {
		b.warnOfRotation(answer, req.name, -1, outcome, err)
	}
	return answer, statusErr
}
