package backend

import (
	"context"
	"fmt"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// integrationContent is what a read returns, and what may be sent back unchanged.
func integrationContent() map[string]*framework.FieldSchema {
	text := func(description string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeString, Description: description}
	}
	number := func(description string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeInt, Description: description}
	}
	return map[string]*framework.FieldSchema{
		"server_url":          text("The pod's address: https, host and optional port, such as https://abcd.fa.us2.oraclecloud.com. Required."),
		"username":            text("The Oracle integration user, spelled as in Fusion. Required. One integration per user and pod."),
		"timeout":             {Type: framework.TypeDurationSecond, Description: "How long one request may take, 1 to 60 seconds (default 30)."},
		"retry_attempts":      number("How often a transient failure is tried again, 0 to 10 (default 3). A refused login never is."),
		"modules":             {Type: framework.TypeCommaStringSlice, Description: "Finance modules to prove: GL, AP, AR, FA, CM, PA, or their names (default GL)."},
		"probes":              {Type: framework.TypeKVPairs, Description: "Own probes: module=path and query under /fscmRestApi/resources/, such as GL=11.13.18.05/ledgersLOV?limit=1."},
		"policy":              text(`The policy to follow (default "default").`),
		"directory":           text("The directory that knows of this user, and permits it; empty for none."),
		"password_set_time":   {Type: framework.TypeTime, Description: "When the password was set in Oracle, RFC 3339; its expiry is computed from it (default: the time of the write)."},
		"ca_cert":             text("PEM certificates trusted for this pod besides the system's."),
		"paused_until":        {Type: framework.TypeTime, Description: "No scheduled checks before this time, RFC 3339. Needs pause_reason. Null, empty or past ends the pause."},
		"pause_reason":        text("Why it is paused."),
		"password_set":        {Type: framework.TypeBool, Description: "Read only: a password is stored."},
		"self_managed":        {Type: framework.TypeBool, Description: "No directory: the user sets its own password over Fusion SCIM (default false). Needs accept_broad_privilege."},
		"standby_username":    text("A second account for rotation without downtime: rotations change its password and then let the two change places. Needs directory."),
		"password_set_source": text("Read only: where password_set_time came from: operator, engine or assumed."),
		"credential_version":  number("Read only: 1 at create, one more with every new password."),
	}
}

// integrationFields is what a write takes.
func integrationFields() map[string]*framework.FieldSchema {
	all := integrationContent()
	all["name"] = nameField("integration")
	all["password"] = &framework.FieldSchema{
		Type: framework.TypeString, Description: "The password. Write-only; kept when left out.",
		DisplayAttrs: &framework.DisplayAttributes{Name: "Password", Sensitive: true},
	}
	all["standby_password"] = &framework.FieldSchema{
		Type: framework.TypeString, Description: "The standby account's password. Write-only; kept when left out.",
		DisplayAttrs: &framework.DisplayAttributes{Name: "Standby password", Sensitive: true},
	}
	all["accept_broad_privilege"] = &framework.FieldSchema{
		Type: framework.TypeBool, Description: "Accept that the privilege for self_managed lets every reader of creds reset any Fusion user (default false). Not stored.",
	}
	all["verify_connection"] = &framework.FieldSchema{
		Type: framework.TypeBool, Default: true, Description: "Prove the login before anything is stored (default true). Not stored.",
	}
	all["cas"] = &framework.FieldSchema{
		Type: framework.TypeInt, Description: "Write only if this equals the current credential_version; 0 only creates. Not stored.",
	}
	all["force"] = &framework.FieldSchema{
		Type: framework.TypeBool, Description: "Of a delete: also while a rotation is not settled (default false).",
	}
	for alias, name := range aliases {
		all[alias] = &framework.FieldSchema{
			Type: all[name].Type, Description: fmt.Sprintf("The same as %s, under the connector's own name.", name),
			DisplayAttrs: all[name].DisplayAttrs,
		}
	}
	return all
}

func (b *backend) pathIntegrations() *framework.Path {
	written := map[string]*framework.FieldSchema{
		"credential_version":   {Type: framework.TypeInt, Description: "The version of the stored password."},
		"state":                {Type: framework.TypeString, Description: "The state after the write."},
		"severity":             {Type: framework.TypeString, Description: "How much that state matters."},
		"password_expiry_time": {Type: framework.TypeTime, Description: "When the password expires by its age."},
	}
	write := func(verb, summary string) *framework.PathOperation {
		return &framework.PathOperation{
			Callback: handle(b.integrationWrite), Summary: summary,
			Responses:                 answers("What was stored.", written),
			ForwardPerformanceStandby: true, ForwardPerformanceSecondary: true,
			DisplayAttrs: &framework.DisplayAttributes{OperationVerb: verb, OperationSuffix: "integration"},
		}
	}
	return &framework.Path{
		Pattern:        nounIntegrations + "/" + namePattern + "$",
		DisplayAttrs:   &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields:         integrationFields(),
		ExistenceCheck: b.integrationExists,
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.CreateOperation: write("create", "Prove an Oracle integration user by a login, and store it."),
			logical.UpdateOperation: write("update", "Change an integration; what is left out is kept."),
			logical.PatchOperation:  write("patch", "Change an integration; null restores a field's default."),
			logical.ReadOperation: &framework.PathOperation{
				Callback: handle(b.integrationRead), Summary: "Read an integration, without its password.",
				Responses:    answers("The integration.", integrationContent()),
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "read", OperationSuffix: "integration"},
			},
			logical.DeleteOperation: &framework.PathOperation{
				Callback: handle(b.integrationDelete), Summary: "Delete an integration.", Responses: noAnswer(),
				ForwardPerformanceStandby: true, ForwardPerformanceSecondary: true,
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "delete", OperationSuffix: "integration"},
			},
		},
		HelpSynopsis: "One Oracle integration user on one Fusion pod.",
		HelpDescription: `
Writing proves the user first: one login, then one row of each selected module. When
Oracle refuses it, nothing is stored. Keep the password off the command line: write it
to a file without a line break at its end, and name the file with @.

    vault write oracle-financials/integrations/gl-prod \
        server_url=https://abcd.fa.us2.oraclecloud.com username=API_USER \
        password=@password.txt modules=GL,AP
    vault patch oracle-financials/integrations/gl-prod password=@new-password.txt
    vault read oracle-financials/integrations/gl-prod

The connector's own names (oracle-financials-server-url, -username, -password,
-timeout, -retry-attempts) are accepted too.
`,
	}
}

func (b *backend) pathIntegrationsList() *framework.Path {
	return b.listPath(nounIntegrations, "List the integrations.", b.integrationList)
}

// listPath is the list operation of a noun.
func (b *backend) listPath(noun, synopsis string, do operation) *framework.Path {
	return &framework.Path{
		Pattern:      noun + "/?$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.ListOperation: &framework.PathOperation{
				Callback: handle(do), Summary: synopsis, Responses: listAnswer(),
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "list", OperationSuffix: noun},
			},
		},
		HelpSynopsis:    synopsis,
		HelpDescription: fmt.Sprintf("\n    vault list oracle-financials/%s\n", noun),
	}
}

func (b *backend) integrationExists(ctx context.Context, _ *logical.Request, d *framework.FieldData) (bool, error) {
	if err := b.view.ensure(ctx); err != nil {
		return false, err
	}
	name, _ := d.Get("name").(string)
	_, found := b.view.integration(name)
	return found, nil
}

func (b *backend) integrationList(ctx context.Context, _ request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	return logical.ListResponse(b.view.names()), nil
}

func (b *backend) integrationRead(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	entry, found := b.view.integration(req.name)
	if !found {
		return nil, unknownName(nounIntegrations, req.name)
	}
	return &logical.Response{Data: entry.readable()}, nil
}

// readable is an integration as a read returns it: under the names a write takes, and never the password.
func (e integrationEntry) readable() map[string]any {
	data := map[string]any{
		"server_url": e.ServerURL, "username": e.Username, "timeout": seconds(e.Timeout), "retry_attempts": e.RetryAttempts,
		"modules": moduleCodes(e.Modules), "policy": e.Policy,
		"password_set_time": stamp(e.PasswordSetTime), "password_set_source": e.PasswordSetSource,
		"password_set": true, "credential_version": e.CredentialVersion,
	}
	if len(e.Probes) > 0 {
		data["probes"] = e.Probes
	}
	if e.CACert != "" {
		data["ca_cert"] = e.CACert
	}
	if e.Directory != "" {
		data["directory"] = e.Directory
	}
	if e.SelfManaged {
		data["self_managed"] = true
	}
	if e.Standby != nil {
		data["standby_username"] = e.Standby.Username
	}
	if !e.PausedUntil.IsZero() {
		data["paused_until"], data["pause_reason"] = stamp(e.PausedUntil), e.PauseReason
	}
	return data
}

// integrationDelete forgets an integration, also one that cannot be read. Its account of refused logins
// stays: creating it anew must not reset what Oracle still counts.
func (b *backend) integrationDelete(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	unlock, err := b.names.lock(ctx, req.name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	entry, found := b.view.integration(req.name)
	if phase := entry.Rotation.phase(); found && phase != rotation.PhaseIdle && !get(req.fields, "force", false) {
		return nil, badRequest("a rotation is under way (rotation_phase %s): settle it with reconcile first, or delete with force=true, which forgets every password that may be live", phase)
	}
	// A record without its integration cannot be taken for another's: it names the integration's ID.
	for _, key := range []string{integrationPrefix + req.name, recordPrefix + req.name, historyPrefix + req.name} {
		if err := b.store.delete(ctx, key); err != nil {
			b.reread(ctx, req.name)
			return nil, err
		}
	}
	b.view.remove(req.name) // also where memory did not know it: a load that is under way, or has just ended, may have read it
	b.usage.forget(req.name)
	b.sweeper.Touch(req.name)
	if !found {
		return nil, nil //nolint:nilnil // 204: gone is what was asked for
	}
	b.sendEvent(ctx, eventDeleted, req.name, rotation.Shown{})
	for _, account := range entry.accounts() {
		b.forgetAccount(ctx, account, req.name)
	}
	return nil, nil //nolint:nilnil // 204
}

// forgetAccount drops the account of logins of a user who is gone, where nothing of it protects the user.
func (b *backend) forgetAccount(ctx context.Context, account rotation.Account, name string) {
	if b.view.uses(account) {
		return // a directory may log in as the user of an integration
	}
	brief, cancel := context.WithTimeout(ctx, rereadLimit)
	defer cancel()
	if err := b.prover.Forget(brief, account); err != nil {
		b.Logger().Info("the account of logins of what was deleted stays", "name", name, "error", err)
	}
}
