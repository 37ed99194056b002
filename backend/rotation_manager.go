package backend

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	manager "github.com/hashicorp/vault/sdk/rotation"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// Vault Enterprise has a rotation manager: a plugin registers a job with a schedule, and Vault calls the plugin back by it.
// Here it is one more clock, and never the one that matters: the engine's own sweep rotates, with or without it. What has
// a schedule is a policy, so a policy is a job. A job is told of when somebody writes a schedule, and at no other time: what
// the manager then holds outlives this process.

const (
	// managerLimit bounds all that one write asks of the manager. The write itself is stored by then.
	managerLimit = 3 * time.Second
	// managerTurn is before a policy's name in the lock under which the manager is told of it.
	managerTurn = "rotation-manager/"
)

// sendsSchedule says whether a write of a policy says anything that the manager is told.
func sendsSchedule(f fields) bool {
	for _, name := range []string{"rotation_period", "rotation_schedule", "rotation_window", "disable_automated_rotation"} {
		if _, sent := f[name]; sent {
			return true
		}
	}
	return false
}

// onEnterprise says whether this Vault is an edition that has a rotation manager. The community edition is not asked: nobody
// there wants to hear, whenever he writes a schedule, of what he does not have.
func (b *backend) onEnterprise(ctx context.Context) bool {
	environment, err := b.System().PluginEnv(ctx)
	if err != nil {
		b.Logger().Debug("Vault did not say which edition it is", "error", err)
		return false
	}
	return isEnterprise(environment.GetVaultVersion(), environment.GetVaultVersionMetadata())
}

// isEnterprise reads the edition from a version such as 1.21.4+ent.hsm, whose metadata may come apart from it.
func isEnterprise(version, metadata string) bool {
	_, behind, _ := strings.Cut(version, "+")
	return slices.Contains(strings.Split(behind+"."+metadata, "."), "ent")
}

// tellManager lets Vault's rotation manager know of a policy's schedule as it is stored by now, or that it has none any
// more. The answer is nil, or warns of what did not work: that never makes a write fail. No lock of the policy is held.
func (b *backend) tellManager(ctx context.Context, req request) *logical.Response {
	ctx, cancel := context.WithTimeout(ctx, managerLimit)
	defer cancel()
	if !b.onEnterprise(ctx) {
		return nil
	}
	registers, err := b.tellOfPolicy(ctx, req.MountPoint, req.name)
	warning := managerAnswerTo(err).warning(registers, err)
	if warning == "" {
		return nil
	}
	b.Logger().Warn("told Vault's rotation manager of a policy", "policy", req.name, "warning", warning)
	answer := &logical.Response{}
	answer.AddWarning(warning)
	return answer
}

// tellOfPolicy tells of one policy at a time, and of what is stored once its turn has come: of two writes at the same
// time the manager ends up with what was stored last.
func (b *backend) tellOfPolicy(ctx context.Context, mountPoint, name string) (registers bool, err error) {
	unlock, err := b.names.lock(ctx, managerTurn+name)
	if err != nil {
		return true, err
	}
	defer unlock()
	if err := b.view.ensure(ctx); err != nil {
		return true, err
	}
	p, _ := b.view.policy(name)
	if job := jobOf(mountPoint, name, p); job != nil {
		_, err = b.System().RegisterRotationJob(ctx, job)
		return true, err //nolint:wrapcheck // its code is read, which a wrapping would hide
	}
	gone := &manager.RotationJobDeregisterRequest{MountPoint: mountPoint, ReqPath: jobPath(name)}
	return false, b.System().DeregisterRotationJob(ctx, gone) //nolint:wrapcheck // as above
}

// jobPath is the path by which the manager knows a policy's job, and calls it.
func jobPath(policy string) string { return nounPolicies + "/" + policy }

// jobOf is a policy's schedule as the manager takes it: nothing else of the policy, and no secret. It is nil without one:
// rotate_before_expiry alone is no schedule that the manager knows.
func jobOf(mountPoint, name string, p rotation.Policy) *manager.RotationJobConfigureRequest {
	if p.DisableAutomatedRotation || p.RotationPeriod == 0 && p.RotationSchedule == "" {
		return nil
	}
	return &manager.RotationJobConfigureRequest{
		Name: name, MountPoint: mountPoint, ReqPath: jobPath(name),
		RotationPeriod: p.RotationPeriod, RotationSchedule: p.RotationSchedule, RotationWindow: p.RotationWindow,
	}
}

// rotateForManager is a call of the manager for a policy's rotations. Those that are due go to the sweep, as when somebody
// asks for one: it begins nothing twice, and nothing past the guard. How they end, and when they are tried again, is the
// engine's own affair and shown in status. An error makes the manager call again after a delay, and at last give the job
// up; so it is one only where it could not be seen what is due.
func (b *backend) rotateForManager(ctx context.Context, req *logical.Request) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	if err := b.view.ensure(ctx); err != nil {
		return fmt.Errorf("see what is to be rotated: %w", err)
	}
	policy := strings.TrimPrefix(req.Path, jobPath(""))
	due := slices.DeleteFunc(b.plan(time.Now()), func(r rotation.Result) bool {
		entry, found := b.view.integration(r.Name)
		return r.Action != rotation.ActionRotate || !found || entry.Policy != policy
	})
	if len(due) > 0 {
		b.sweeper.Begin(due, 0)
	}
	return nil
}
