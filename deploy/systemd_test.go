package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// unit is what a unit file says: for each section and key, the values in their order.
type unit map[string][]string

func readUnit(t *testing.T, name string) unit {
	t.Helper()
	section, found := "", unit{}
	for line := range strings.Lines(read(t, "systemd/"+name)) {
		line = strings.TrimSpace(line)
		key, value, isSetting := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
		case isSetting:
			found[section+"."+key] = append(found[section+"."+key], value)
		default:
			t.Fatalf("%s: %q is neither a section nor a setting", name, line)
		}
	}
	return found
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// analyze runs systemd-analyze on copies of the units whose program is one that is there.
func analyze(t *testing.T, args ...string) {
	t.Helper()
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed: the units are only read by the other tests, not judged by systemd itself")
	}
	folder := t.TempDir()
	agent := filepath.Join(folder, "oracle-financials-agent")
	if err := os.WriteFile(agent, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var units []string
	for _, name := range []string{"oracle-financials-agent.service", "oracle-financials-sweep.service", "oracle-financials-sweep.timer"} {
		text := strings.ReplaceAll(read(t, "systemd/"+name), "/usr/local/bin/oracle-financials-agent", agent)
		unit := filepath.Join(folder, name)
		if err := os.WriteFile(unit, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if args[0] == "verify" || strings.HasSuffix(name, ".service") {
			units = append(units, unit)
		}
	}
	output, err := exec.CommandContext(t.Context(), program, append(args, units...)...).CombinedOutput()
	switch text := string(output); {
	case strings.Contains(text, "unrecognized option") || strings.Contains(text, "Unknown command"):
		t.Skipf("this systemd-analyze is older than the units' systemd 250: %s", text)
	case err != nil:
		t.Errorf("systemd-analyze %s: %v\n%s", strings.Join(args, " "), err, text)
	case args[0] == "verify":
		for line := range strings.Lines(text) { // it says what it ignores, and ends well
			if strings.Contains(line, "oracle-financials") {
				t.Errorf("systemd-analyze verify: %s", line)
			}
		}
	}
}

func TestSystemdTakesTheUnits(t *testing.T) {
	analyze(t, "verify", "--man=no", "--recursive-errors=no")
}

// The exposure that is left, 1.2 of 10, is what a program with a network has. 1.3 is where the test begins to fail.
func TestSystemdFindsTheServicesHardened(t *testing.T) {
	analyze(t, "security", "--offline=true", "--threshold=13", "--no-pager")
}

// The settings that somebody's alarm, or login, rests on.
func TestUnitsSayWhatOperationsRestOn(t *testing.T) {
	for name, wanted := range map[string]map[string]string{
		"oracle-financials-agent.service": {
			"Service.Type":                  "notify",
			"Service.ExecStart":             "/usr/local/bin/oracle-financials-agent run --config /etc/oracle-financials-agent/agent.yaml",
			"Service.ExecReload":            "/bin/kill -HUP $MAINPID",
			"Service.Restart":               "on-failure",
			"Service.WatchdogSec":           "2min",
			"Service.StateDirectory":        "oracle-financials-agent",
			"Unit.StartLimitIntervalSec":    "0", // never given up
			"Service.Environment":           "ORACLE_FINANCIALS_AGENT_STATE_DIR=%S/oracle-financials-agent",
			"Install.WantedBy":              "multi-user.target",
			"Service.SuccessExitStatus":     "",
			"Service.StateDirectoryMode":    "0700",
			"Service.LoadCredential":        "role-id:/etc/oracle-financials-agent/role-id secret-id:/etc/oracle-financials-agent/secret-id",
			"Service.SystemCallFilter":      "@system-service ~@privileged @resources",
			"Service.ProtectSystem":         "strict",
			"Service.NoNewPrivileges":       "yes",
			"Service.DynamicUser":           "yes",
			"Service.LimitCORE":             "0",
			"Service.CapabilityBoundingSet": "",
		},
		"oracle-financials-sweep.service": {
			"Service.Type":              "oneshot",
			"Service.ExecStart":         "/usr/local/bin/oracle-financials-agent sweep --config /etc/oracle-financials-agent/sweep.yaml",
			"Service.SuccessExitStatus": "1", // a warning is no failure of the unit; critical and unknown are
			"Service.Restart":           "",  // the next sweep is the next try
			"Service.TimeoutStartSec":   "20min",
		},
		"oracle-financials-sweep.timer": {
			"Timer.Persistent":         "true",
			"Timer.RandomizedDelaySec": "2min",
			"Timer.OnCalendar":         "*:00/15",
			"Timer.Unit":               "oracle-financials-sweep.service",
			"Install.WantedBy":         "timers.target",
		},
	} {
		unit := readUnit(t, name)
		for setting, want := range wanted {
			if got := strings.Join(unit[setting], " "); got != want {
				t.Errorf("%s: %s is %q, and should be %q", name, setting, got, want)
			}
		}
	}
}

// What the two services write apart is how they start and end; the walls around them are the same, and so is what the
// login takes.
func TestBothServicesHaveTheSameWalls(t *testing.T) {
	agent, sweep := readUnit(t, "oracle-financials-agent.service"), readUnit(t, "oracle-financials-sweep.service")
	apart := map[string]bool{
		"Service.Type": true, "Service.ExecStart": true, "Service.ExecReload": true, "Service.Restart": true,
		"Service.RestartSec": true, "Service.WatchdogSec": true, "Service.TimeoutStopSec": true, "Service.TimeoutStartSec": true,
		"Service.SuccessExitStatus": true, "Service.Environment": true, "Service.StateDirectory": true, "Service.StateDirectoryMode": true,
	}
	walls := 0
	for _, pair := range [][2]unit{{agent, sweep}, {sweep, agent}} {
		for setting, values := range pair[0] {
			if !strings.HasPrefix(setting, "Service.") || apart[setting] {
				continue
			}
			walls++
			if other, said := pair[1][setting]; !said || strings.Join(values, "\n") != strings.Join(other, "\n") {
				t.Errorf("%s is %q in one service and %q in the other", setting, values, other)
			}
		}
	}
	if walls < 40 {
		t.Errorf("only %d settings compared", walls)
	}
}
