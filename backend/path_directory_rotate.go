package backend

import (
	"context"
	"errors"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

func (b *backend) pathDirectoryRotate() *framework.Path {
	return b.directoryPath("rotate", "rotate", map[string]*framework.FieldSchema{"name": nameField("directory")}, b.directoryRotate,
		"Rotate the password of a fusion directory's own user, now.", `
By the same protocol as an integration's: the new password is stored before it is sent,
and is used once it is proved. The user sets its own password over Fusion SCIM, for which
it has the privilege already. The secret of an identity domain's client is not rotated.

    vault write -f oracle-financials/directories/prod/rotate
`)
}

func (b *backend) pathDirectoryReconcile() *framework.Path {
	return b.directoryPath("reconcile", "reconcile", reconcileFields("directory"), b.directoryReconcile,
		"Say which password of a fusion directory's own user is live, or adopt one that was set by hand.", `
As reconcile/ for integrations. While which password is live is not settled, the directory
says nothing and sets nothing.

    vault write oracle-financials/directories/prod/reconcile action=use_pending
    vault write oracle-financials/directories/prod/reconcile action=adopt password=@password.txt
`)
}

func (b *backend) directoryPath(verb, name string, fields map[string]*framework.FieldSchema, do operation, synopsis, help string) *framework.Path {
	return &framework.Path{
		Pattern:      nounDirectories + "/" + namePattern + "/" + verb + "$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields:       fields,
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.UpdateOperation: &framework.PathOperation{
				Callback: handle(do), Summary: synopsis, Responses: answers("The directory after it.", directoryContent()),
				ForwardPerformanceStandby: true, ForwardPerformanceSecondary: true,
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: name, OperationSuffix: "directory"},
			},
		},
		HelpSynopsis: synopsis, HelpDescription: help,
	}
}

// fusionDirectory is a directory whose user can set its own password.
func (b *backend) fusionDirectory(ctx context.Context, name string) (knownDirectory, error) {
	if err := b.view.ensure(ctx); err != nil {
		return knownDirectory{}, err
	}
	known, found := b.view.directory(name)
	if !found {
		return knownDirectory{}, unknownName(nounDirectories, name)
	}
	if known.entry.Kind != oracle.FusionDirectory {
		return knownDirectory{}, badRequest("only a fusion directory has a password to rotate: set a new client secret in the identity domain, and write it to directories/%s", name)
	}
	return known, nil
}

func (b *backend) directoryRotate(ctx context.Context, req request) (*logical.Response, error) {
	known, err := b.fusionDirectory(ctx, req.name)
	if err != nil {
		return nil, err
	}
	phase := known.entry.Rotation.phase()
	if phase == rotation.PhaseUnresolved {
		return nil, badRequest("nothing was rotated: the last rotation is unresolved; state with directories/%s/reconcile which password is live", req.name)
	}
	holder := rotation.Holder{Kind: rotation.HolderDirectory, Name: req.name}
	outcome, err := b.rotateNow(ctx, holder, rotation.RotateOptions{By: rotation.ByPerson, Actor: actorOf(req.Request)})
	if err == nil && beginRefused(outcome.Error) && phase == rotation.PhaseIdle {
		return nil, badRequest("nothing was rotated: %s", rotation.RefusedToRotate(rotation.Integration{}, outcome.Error))
	}
	return b.directoryAfter(ctx, req, outcome, err)
}

// directoryAfter is the directory after its rotation, as far as that got.
func (b *backend) directoryAfter(ctx context.Context, req request, outcome rotation.Outcome, err error) (*logical.Response, error) {
	if err != nil && !errors.Is(err, rotation.ErrRunning) {
		return nil, err
	}
	answer, readErr := b.directoryRead(ctx, req)
	if readErr != nil {
		return nil, readErr
	}
	switch {
	case err != nil:
		answer.AddWarning("a rotation is already running; no second one was begun")
	case outcome.Error != rotation.NoFailure:
		words := rotation.RefusedToRotate(rotation.Integration{Directory: req.name}, outcome.Error)
		if outcome.Detail != "" {
			words += " (" + outcome.Detail + ")"
		}
		answer.AddWarning("not rotated: " + words)
	}
	return answer, nil
}

func (b *backend) directoryReconcile(ctx context.Context, req request) (*logical.Response, error) {
	known, err := b.fusionDirectory(ctx, req.name)
	if err != nil {
		return nil, err
	}
	holder := rotation.Holder{Kind: rotation.HolderDirectory, Name: req.name}
	if get(req.fields, "action", "") == actionRelease && known.entry.openRotation() {
		outcome, err := b.longer(ctx, func(ctx context.Context) (rotation.Outcome, error) {
			return b.rotator.Resume(ctx, holder, rotation.RotateOptions{By: rotation.ByPerson, Actor: actorOf(req.Request)})
		})
		return b.directoryAfter(ctx, req, outcome, err)
	}
	options := rotation.ReconcileOptions{Statement: rotation.UseCurrent} // release of one that is not rotating
	if get(req.fields, "action", "") != actionRelease {
		if options, err = statementOf(req.fields); err != nil {
			return nil, err
		}
	}
	options.Side, options.Actor = rotation.SideCurrent, actorOf(req.Request)
	if err := b.state(ctx, holder, options, known.entry.URL); err != nil {
		return nil, err
	}
	return b.directoryRead(ctx, req)
}
