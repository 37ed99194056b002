package backend

import (
	"context"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// directoryContent is what a read returns, and what may be sent back unchanged.
func directoryContent() map[string]*framework.FieldSchema {
	text := func(description string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeString, Description: description}
	}
	return map[string]*framework.FieldSchema{
		"type":                 text("fusion (Fusion SCIM on the pod) or identity_domain (OCI IAM). Required; cannot be changed."),
		"url":                  text("The directory's address: the pod's for fusion, the identity domain's for identity_domain. Required."),
		"username":             text("fusion: a user with the privilege Use REST Service - Identity Integration."),
		"client_id":            text("identity_domain: an OAuth client that may read users."),
		"allowed_usernames":    {Type: framework.TypeCommaStringSlice, Description: "Required: the only users that may be read and changed through it; * stands for any characters. Its own user never matches."},
		"allowed_server_hosts": {Type: framework.TypeCommaStringSlice, Description: "identity_domain, required: the hosts of the pods whose users it serves. A fusion directory serves its own host."},
		"ca_cert":              text("PEM certificates trusted for it besides the system's."),
		"timeout":              {Type: framework.TypeDurationSecond, Description: "How long one request may take, 1 to 60 seconds (default 30)."},
		"secret_set":           {Type: framework.TypeBool, Description: "Read only: the password or client secret is stored."},
		"state":                text("Read only: ok, held, rejected, forbidden, unreachable or unchecked."),
		"message":              text("Read only: the state for people, and what to do next."),
		"last_success_time":    {Type: framework.TypeTime, Description: "Read only: when it last answered, to within five minutes."},
		"held_since":           {Type: framework.TypeTime, Description: "Read only: since when its logins are held back."},
		"rotation_phase":       text("Read only: where the rotation of its own password stands: idle, prepared, sent, unverified or unresolved."),
		"last_rotation_time":   {Type: framework.TypeTime, Description: "Read only: when its own password was last rotated."},
		"last_rotation_error":  text("Read only: why the last rotation of it came to nothing; absent when it did not."),
	}
}

// ofDirectory are the fields that only a read fills: sent back, they are ignored, for they change by themselves.
var ofDirectory = []string{"secret_set", "state", "message", "last_success_time", "held_since", "rotation_phase", "last_rotation_time", "last_rotation_error"} //nolint:gochecknoglobals // a constant list

// directoryFields is what a write takes.
func directoryFields() map[string]*framework.FieldSchema {
	all := directoryContent()
	all["name"] = nameField("directory")
	for field, description := range map[string]string{
		"password":      "fusion: the password of username. Write-only.",
		"client_secret": "identity_domain: the secret of client_id. Write-only.",
	} {
		all[field] = &framework.FieldSchema{
			Type: framework.TypeString, Description: description, DisplayAttrs: &framework.DisplayAttributes{Sensitive: true},
		}
	}
	all["force"] = &framework.FieldSchema{
		Type: framework.TypeBool, Description: "Of a delete: also while the rotation of its own password is not settled (default false).",
	}
	all["verify_connection"] = &framework.FieldSchema{
		Type: framework.TypeBool, Default: true, Description: "Prove it by looking a user up before anything is stored (default true). Not stored.",
	}
	return all
}

func (b *backend) pathDirectories() *framework.Path {
	write := func(verb, summary string) *framework.PathOperation {
		return &framework.PathOperation{
			Callback: handle(b.directoryWrite), Summary: summary, ForwardPerformanceStandby: true, ForwardPerformanceSecondary: true,
			Responses: answers("What was stored.", map[string]*framework.FieldSchema{
				"state": {Type: framework.TypeString, Description: "The directory's state after the write."},
			}),
			DisplayAttrs: &framework.DisplayAttributes{OperationVerb: verb, OperationSuffix: "directory"},
		}
	}
	return &framework.Path{
		Pattern:        nounDirectories + "/" + namePattern + "$",
		DisplayAttrs:   &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields:         directoryFields(),
		ExistenceCheck: b.directoryExists,
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.CreateOperation: write("create", "Prove an administrator's door to the accounts of a pod, and store it."),
			logical.UpdateOperation: write("update", "Change a directory; what is left out is kept."),
			logical.PatchOperation:  write("patch", "Change a directory; null restores a field's default."),
			logical.ReadOperation: &framework.PathOperation{
				Callback: handle(b.directoryRead), Summary: "Read a directory and how it is, without its secret.",
				Responses: answers("The directory.", directoryContent()), ForwardPerformanceStandby: true,
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "read", OperationSuffix: "directory"},
			},
			logical.DeleteOperation: &framework.PathOperation{
				Callback: handle(b.directoryDelete), Summary: "Delete a directory that no integration uses.", Responses: noAnswer(),
				ForwardPerformanceStandby: true, ForwardPerformanceSecondary: true,
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "delete", OperationSuffix: "directory"},
			},
		},
		HelpSynopsis: "The administrator's door to the accounts of a pod: what state they are in.",
		HelpDescription: `
Over Basic authentication Oracle answers wrong, locked, expired and disabled alike. A
directory knows more: an identity domain nearly everything, Fusion SCIM whether the user
is active. An integration names its directory in the field directory.

A directory is a weapon: through it any user of the pod could be taken over. Only an
administrator should be permitted to write one, and allowed_usernames must name the
integration users and nobody else.

    vault write oracle-financials/directories/prod type=fusion \
        url=https://abcd.fa.us2.oraclecloud.com username=VAULT_ADMIN \
        password=@password.txt allowed_usernames='INT_*'
    vault write oracle-financials/directories/domain type=identity_domain \
        url=https://idcs-0123.identity.oraclecloud.com client_id=0a1b2c \
        client_secret=@secret.txt allowed_usernames='INT_*' \
        allowed_server_hosts=abcd.fa.us2.oraclecloud.com
    vault patch oracle-financials/integrations/gl-prod directory=prod
`,
	}
}

func (b *backend) pathDirectoriesList() *framework.Path {
	return b.listPath(nounDirectories, "List the directories.", b.directoryList)
}

func (b *backend) directoryExists(ctx context.Context, _ *logical.Request, d *framework.FieldData) (bool, error) {
	if err := b.view.ensure(ctx); err != nil {
		return false, err
	}
	name, _ := d.Get("name").(string)
	_, found := b.view.directory(name)
	return found, nil
}

func (b *backend) directoryList(ctx context.Context, _ request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	return logical.ListResponse(b.view.directoryNames()), nil
}

func (b *backend) directoryRead(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	known, found := b.view.directory(req.name)
	if !found {
		return nil, unknownName(nounDirectories, req.name)
	}
	return &logical.Response{Data: b.readableDirectory(req.name, known, time.Now())}, nil
}

// readableDirectory is a directory as a read returns it: under the names a write takes, and never a secret.
func (b *backend) readableDirectory(name string, k knownDirectory, now time.Time) map[string]any {
	e, status := k.entry, b.directoryStatus(name, k, now)
	userField, _ := secretOf(e.Kind)
	data := map[string]any{
		"type": string(e.Kind), "url": e.URL, userField: e.User, "allowed_usernames": e.AllowedUsernames,
		"timeout": seconds(e.Timeout), "secret_set": true, "state": string(status.State), "message": status.Message,
		"rotation_phase": string(e.Rotation.phase()),
	}
	if e.Kind == oracle.IdentityDomain {
		data["allowed_server_hosts"] = e.AllowedServerHosts
	}
	if e.CACert != "" {
		data["ca_cert"] = e.CACert
	}
	if e.Rotation.Error != rotation.NoFailure {
		data["last_rotation_error"] = string(e.Rotation.Error) + ": " + rotation.RefusedToRotate(rotation.Integration{Directory: name}, e.Rotation.Error)
	}
	for field, at := range map[string]time.Time{"last_rotation_time": e.Rotation.Last, "last_success_time": status.LastSuccess, "held_since": status.HeldSince} {
		if !at.IsZero() {
			data[field] = stamp(at)
		}
	}
	return data
}

// directoryDelete forgets a directory, also one that cannot be read. Its account of refused logins stays.
func (b *backend) directoryDelete(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	unlock, err := b.names.lock(ctx, directoryPrefix+req.name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if users := b.view.usersOfDirectory(req.name); len(users) > 0 {
		return nil, badRequest("directory %q is used by %s: give those another directory, or none, first", req.name, someOf(users))
	}
	if entry, _ := b.view.directory(req.name); entry.entry.Rotation.phase() != rotation.PhaseIdle && !get(req.fields, "force", false) {
		return nil, badRequest("the directory's own password is being rotated: settle it with directories/%s/reconcile first, or delete with force=true, which forgets every password that may be live", req.name)
	}
	for _, key := range []string{directoryPrefix + req.name, healthPrefix + req.name} {
		if err := b.store.delete(ctx, key); err != nil {
			b.view.drop()
			return nil, err
		}
	}
	known, found := b.view.directory(req.name)
	b.takeDirectory(req.name, nil)
	if found {
		d := known.entry.forRotation(req.name)
		b.forgetAccount(ctx, d.Account(), req.name)
	}
	return nil, nil //nolint:nilnil // 204
}

// usersOfDirectory lists the integrations that name a directory.
func (v *view) usersOfDirectory(directory string) []string {
	return v.namesWith(func(e integrationEntry) bool { return e.Directory == directory })
}
