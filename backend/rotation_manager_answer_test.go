package backend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/vault/sdk/helper/automatedrotationutil"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What the manager says comes through a plugin's connection as a code and a text, and within one process as a text.
func TestTheManagersAnswerIsReadByCodeAndText(t *testing.T) {
	t.Parallel()
	community := automatedrotationutil.ErrRotationManagerUnsupported.Error()
	reached := map[managerAnswer]bool{}
	for name, tt := range map[string]struct {
		err     error
		want    managerAnswer
		written string // of the warning on a write of a schedule; empty: none
		dropped string // of the warning where a job is dropped
	}{
		"it works": {nil, managerDid, "", ""},
		"a Vault that does not know the call": {
			status.Error(codes.Unimplemented, "unknown method RegisterRotationJobWithResponse for service pb.SystemView"), managerAbsent,
			"takes no jobs of this plugin", "",
		},
		"the community edition": {status.Error(codes.Internal, "error registering rotation job: "+community), managerAbsent, "takes no jobs of this plugin", ""},
		"the community edition in one process": {
			fmt.Errorf("error registering rotation job: %s", community), managerAbsent, "takes no jobs of this plugin", "",
		},
		"a refusal": {
			status.Error(codes.Internal, "rotation policy not found"), managerRefused,
			"did not take the schedule (rotation policy not found)", "did not drop its job for this policy (rotation policy not found)",
		},
		"a refusal in one process":    {errors.New("rotation policy not found"), managerRefused, "(rotation policy not found)", "(rotation policy not found)"},
		"a connection that is broken": {status.Error(codes.Unavailable, "transport is closing"), managerRefused, "(transport is closing)", "(transport is closing)"},
		"no answer in time":           {status.Error(codes.DeadlineExceeded, "stream ended"), managerSilent, "did not answer within 3 seconds", "may still hold a job"},
		"no answer in time in one process": {
			fmt.Errorf("wait for its turn: %w", context.DeadlineExceeded), managerSilent, "did not answer within 3 seconds", "may still hold a job",
		},
		"a manager that waited too long itself": {
			status.Error(codes.Internal, context.DeadlineExceeded.Error()), managerSilent, "did not answer within 3 seconds", "may still hold a job",
		},
	} {
		got := managerAnswerTo(tt.err)
		if reached[got] = true; got != tt.want {
			t.Errorf("%s: read as %q, want %q", name, got, tt.want)
		}
		for registers, want := range map[bool]string{true: tt.written, false: tt.dropped} {
			warning := got.warning(registers, tt.err)
			if !strings.Contains(warning, want) || (want == "") != (warning == "") {
				t.Errorf("%s: warned with %q, want %q in it", name, warning, want)
			}
			if registers && warning != "" && !strings.Contains(warning, "the engine's own schedule rotates") {
				t.Errorf("%s: %q does not say who rotates", name, warning)
			}
			if strings.Contains(warning, "rpc error") {
				t.Errorf("%s: %q is not for people", name, warning)
			}
		}
	}
	for _, answer := range managerAnswers() {
		if !reached[answer] {
			t.Errorf("nothing is read as %q", answer)
		}
	}
}

func TestTheEditionIsInTheVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		version, metadata string
		want              bool
	}{
		{"", "", false},
		{"1.21.4", "", false},
		{"1.21.4", "ent", true},
		{"1.21.4", "ent.hsm.fips1403", true},
		{"1.21.4+ent", "", true},
		{"1.21.4+ent.hsm", "", true},
		{"1.21.4", "builtin.ent", true},
		{"1.21.4-ent", "", false},
		{"2.4.1", "bao", false},
		{"1.21.4", "enter", false},
		{"1.21.4+content", "", false},
	} {
		if got := isEnterprise(tt.version, tt.metadata); got != tt.want {
			t.Errorf("version %q with %q is Enterprise: %t", tt.version, tt.metadata, got)
		}
	}
}
