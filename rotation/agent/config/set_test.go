package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

func TestAFlagWinsAndItsFaultsNameIt(t *testing.T) {
	t.Parallel()
	before := must(config.Load("../../../deploy/agent/config.example.yaml", noEnvironment))(t)
	kept := before
	c := before
	for key, text := range map[string]string{
		"mounts": "/a/,b", "interval": "2s", "listen": ":1", "external_url": "https://b/", "web_config_file": "./w", "state_dir": "/s", "log_level": "error", "log_format": "json",
	} {
		if err := c.Set("--"+key, key, text); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	want := before
	want.Mounts, want.Interval, want.Listen, want.WebConfigFile, want.StateDir = []string{"a", "b"}, 2*time.Second, ":1", "./w", "/s"
	want.ExternalURL, want.LogLevel, want.LogFormat = "https://b", "error", "json"
	if !c.Equal(want) || c.Check() != nil {
		t.Errorf("got %+v, %v", c, c.Check())
	}
	if !before.Equal(kept) || before.Mounts[0] != "oracle-financials" {
		t.Errorf("the copy that was not set changed: %+v", before)
	}
	if err := c.Set("--listen", "listen", "9720"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("--listen: listen: must be host:port, such as 127.0.0.1:9720, :9720 for every address of this machine, or none for no HTTP", said(c.Check())); diff != "" {
		t.Error(diff)
	}
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestAFlagThatCannotBeSetIsRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ key, text, want string }{
		"a key of the file only": {"receivers", "x", "--flag: receivers: can be said in the file only"},
		"a key that is none":     {"listne", "x", "--flag: listne: can be said in the file only"},
		"no value":               {"log_level", " ", "--flag: log_level: has no value: give it one, or leave it out"},
		"no mount":               {"mounts", "", "--flag: mounts: has no value: give it one, or leave it out"},
		"no unit":                {"interval", "90", "--flag: interval: is a number without a unit: write 60s for sixty seconds, or 24h for a day"},
		"no number":              {"interval", "soon", "--flag: interval: must be a number with a unit, ms, s, m or h: write 60s, or 24h for a day"},
	} {
		c := config.Defaults()
		if got := said(c.Set("--flag", row.key, row.text)); got != row.want {
			t.Errorf("%s: got %s", name, got)
		}
		if !c.Equal(config.Defaults()) {
			t.Errorf("%s: is set to %+v", name, c)
		}
	}
}

func TestListenNoneIsNoHTTP(t *testing.T) {
	t.Parallel()
	for text, serves := range map[string]bool{"none": false, ":0": true, "localhost:9720": true, "[::]:9720": true} {
		file := must(config.Parse("agent.yaml", []byte("listen: \""+text+"\"\n"), noEnvironment))(t)
		flag := config.Defaults()
		if err := flag.Set("--listen", "listen", text); err != nil {
			t.Fatal(err)
		}
		if file.Serves() != serves || flag.Serves() != serves || (file.Listen == "") == serves || file.Check() != nil || flag.Check() != nil {
			t.Errorf("%s: %v, %v", text, file.Check(), flag.Check())
		}
	}
	if (config.Config{Listen: config.ListenNone}).Serves() {
		t.Error("none serves")
	}
}

func TestAConfigurationMadeInCodeIsCheckedWithoutAPlace(t *testing.T) {
	t.Parallel()
	want := `vault.auth.method: must be token, token_file, approle, kubernetes, jwt or cert
mounts: is empty: name at least one mount of the engine, such as oracle-financials
interval: is too short: write at least 1s
log_level: must be trace, debug, info, warn or error
log_format: must be standard or json`
	if diff := cmp.Diff(want, said(config.Config{}.Check())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, said(config.Config{}.Validate())); diff != "" {
		t.Error(diff)
	}
}

func TestACopyThatIsSetLeavesTheOtherAsItIs(t *testing.T) {
	t.Parallel()
	kept := must(config.Parse("agent.yaml", []byte("listen: \":1\"\n"), noEnvironment))(t)
	kept.Mounts = []string{"/a/"}
	c := kept
	if err := c.Set("--listen", "listen", ":2"); err != nil {
		t.Fatal(err)
	}
	if kept.Mounts[0] != "/a/" || c.Mounts[0] != "a" || kept.Listen != ":1" {
		t.Errorf("got %+v from %+v", c, kept)
	}
	kept.Mounts, kept.Listen = []string{"a"}, "a"
	if got := said(kept.Check()); !strings.HasPrefix(got, "agent.yaml:1: listen: ") {
		t.Errorf("got %s", got)
	}
}
