package chart_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"k8s.io/kubernetes/pkg/apis/core"
)

const module = "vault-plugin-secrets-oracle-financials"

// stages reads the Containerfile as a builder does.
func stages(t *testing.T) []instructions.Stage {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(read(t, deploy+"/container/Containerfile")))
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range parsed.Warnings {
		t.Errorf("Containerfile: %s", warning.Short)
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(stages) != 2 {
		t.Fatalf("%d stages: one builds, one is shipped", len(stages))
	}
	return stages
}

// commands gives those of one kind, in their order.
func commands[T any](stage instructions.Stage) []T {
	var found []T
	for _, command := range stage.Commands {
		if c, is := command.(T); is {
			found = append(found, c)
		}
	}
	return found
}

// only gives the one command of its kind.
func only[T any](t *testing.T, stage instructions.Stage) T {
	t.Helper()
	found := commands[T](stage)
	if len(found) != 1 {
		t.Fatalf("%d commands of the kind %T, and there should be one", len(found), *new(T))
	}
	return found[0]
}

func TestTheImageHoldsNothingButTheAgent(t *testing.T) {
	image := stages(t)[1]
	if image.BaseName != "scratch" {
		t.Errorf("the image is made on %s", image.BaseName)
	}
	if run := commands[*instructions.RunCommand](image); len(run) > 0 {
		t.Error("something is run in an image that has no shell")
	}
	var files []string
	for _, command := range commands[*instructions.CopyCommand](image) {
		files = append(files, command.DestPath)
	}
	want := []string{
		"/etc/ssl/certs/ca-certificates.crt", "/usr/local/bin/oracle-financials-agent", "/var/lib/oracle-financials-agent",
	}
	if !slices.Equal(files, want) {
		t.Errorf("the image holds %q, and should hold %q", files, want)
	}
	if entry := only[*instructions.EntrypointCommand](t, image); entry.PrependShell || !slices.Equal(entry.CmdLine, want[1:2]) {
		t.Errorf("the image starts %q", entry.CmdLine)
	}
}

// The chart writes the same number into the pod, and the volume's owner is taken from it.
func TestTheImageRunsAsTheUserOfTheChart(t *testing.T) {
	pod := deployment(t, "").Spec.Template.Spec
	want := fmt.Sprintf("%d:%d", *pod.SecurityContext.RunAsUser, *pod.SecurityContext.RunAsGroup)
	image := stages(t)[1]
	if user := only[*instructions.UserCommand](t, image).User; user != want {
		t.Errorf("the image runs as %s, and the pod as %s", user, want)
	}
	for _, command := range commands[*instructions.CopyCommand](image) {
		if command.DestPath == stateDir(t) && command.Chown != want {
			t.Errorf("the state's folder is owned by %q", command.Chown)
		}
	}
}

// Without a configuration file the image must serve where it says, and keep its state where a volume is put.
func TestTheImageListensAndKeepsItsStateAsTheChartSays(t *testing.T) {
	image := stages(t)[1]
	got := map[string]string{}
	for _, pair := range only[*instructions.EnvCommand](t, image).Env {
		got[pair.Key] = pair.Value
	}
	config := agentConfig(t, "")
	for key, variable := range map[string]string{"listen": "ORACLE_FINANCIALS_AGENT_LISTEN", "state_dir": "ORACLE_FINANCIALS_AGENT_STATE_DIR"} {
		if got[variable] != config[key] {
			t.Errorf("%s is %q, and the chart says %q", variable, got[variable], config[key])
		}
	}
	if ports := only[*instructions.ExposeCommand](t, image).Ports; !slices.Equal(ports, []string{"9720"}) {
		t.Errorf("the image exposes %q", ports)
	}
}

func TestTheProgramIsBuiltStaticAndReproducible(t *testing.T) {
	var script string
	for _, command := range commands[*instructions.RunCommand](stages(t)[0]) {
		script += strings.Join(command.CmdLine, " ") + "\n"
	}
	for _, want := range []string{"CGO_ENABLED=0", "-trimpath", "-buildvcs=false", "-buildid=", "-X main.version=", "./cmd/oracle-financials-agent"} {
		if !strings.Contains(script, want) {
			t.Errorf("the build does not say %s:\n%s", want, script)
		}
	}
}

// The builder is given folders by name, so that a change of a document does not build everything anew.
func TestTheBuilderIsGivenAllThatTheAgentIsMadeOf(t *testing.T) {
	var given []string
	for _, command := range commands[*instructions.CopyCommand](stages(t)[0]) {
		given = append(given, command.SourcePaths...)
	}
	list, err := exec.CommandContext(t.Context(), "go", "list", "-C", "../..", "-deps", "./cmd/oracle-financials-agent").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for path := range strings.Lines(string(list)) {
		folder, ours := strings.CutPrefix(strings.TrimSpace(path), module+"/")
		if !ours {
			continue
		}
		seen++
		if !slices.ContainsFunc(given, func(copied string) bool { return strings.HasPrefix(folder+"/", copied) }) {
			t.Errorf("the agent needs %s, and the builder is given only %q", folder, given)
		}
	}
	if seen < 2 {
		t.Errorf("only %d packages of ours were found", seen)
	}
}

// stateDir is where the chart puts the volume.
func stateDir(t *testing.T) string {
	t.Helper()
	mounts := deployment(t, "").Spec.Template.Spec.Containers[0].VolumeMounts
	i := slices.IndexFunc(mounts, func(mount core.VolumeMount) bool { return mount.Name == "state" })
	if i < 0 {
		t.Fatal("no folder for the state")
	}
	return mounts[i].MountPath
}
