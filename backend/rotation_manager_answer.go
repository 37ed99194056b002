package backend

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// managerAnswer is what came of telling Vault's rotation manager something. The list is closed.
type managerAnswer string

// The answers.
const (
	// managerDid is done.
	managerDid managerAnswer = "done"
	// managerAbsent is a Vault that has no manager, or none that a plugin built with this SDK can register with.
	managerAbsent managerAnswer = "absent"
	// managerSilent is no answer within managerLimit: what was asked may have been done all the same.
	managerSilent managerAnswer = "silent"
	// managerRefused is anything else.
	managerRefused managerAnswer = "refused"
)

// managerAnswers lists them.
func managerAnswers() []managerAnswer {
	return []managerAnswer{managerDid, managerAbsent, managerSilent, managerRefused}
}

// notInCommunity is what the community edition says of the manager (vault/sdk helper/automatedrotationutil,
// ErrRotationManagerUnsupported).
const notInCommunity = "not supported in Vault community edition"

// managerAnswerTo reads an error of the manager by its code and text. Nothing else of it comes through the connection of a
// plugin: the community edition's own error arrives as Internal, and a Vault that does not know the call, as all do
// whose SDK is older than 0.24, says Unimplemented.
func managerAnswerTo(err error) managerAnswer {
	switch code := status.Code(err); {
	case err == nil:
		return managerDid
	case code == codes.Unimplemented, strings.Contains(err.Error(), notInCommunity):
		return managerAbsent
	case code == codes.DeadlineExceeded, strings.Contains(err.Error(), context.DeadlineExceeded.Error()):
		return managerSilent
	}
	return managerRefused
}

// warning is what somebody who wrote or deleted a policy is told; empty when there is nothing to tell.
func (a managerAnswer) warning(registers bool, err error) string {
	const ownSchedule = "the engine's own schedule rotates the passwords all the same"
	const harmless = "the calls that it goes on making rotate nothing that is not due, so they do no harm"
	switch {
	case a == managerDid:
		return ""
	case a == managerAbsent && registers:
		return "Vault's rotation manager takes no jobs of this plugin, so the schedule is not registered there: " + ownSchedule + ", and there is nothing to do"
	case a == managerAbsent:
		return "" // there can be no job
	case a == managerSilent && registers:
		return fmt.Sprintf("Vault's rotation manager did not answer within %d seconds, so the schedule may not be registered there: %s; "+
			"to try it again, write the schedule again", seconds(managerLimit), ownSchedule)
	case a == managerSilent:
		return fmt.Sprintf("Vault's rotation manager did not answer within %d seconds, so it may still hold a job for this policy: %s", seconds(managerLimit), harmless)
	case registers:
		return fmt.Sprintf("Vault's rotation manager did not take the schedule (%s): %s; to try it again, write the schedule again", status.Convert(err).Message(), ownSchedule)
	}
	return fmt.Sprintf("Vault's rotation manager did not drop its job for this policy (%s): %s", status.Convert(err).Message(), harmless)
}
