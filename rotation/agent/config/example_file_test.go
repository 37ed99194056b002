package config_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// liveLogin is the login that the example uses; otherLogin is one that it shows in comments.
var (
	liveLogin  = regexp.MustCompile(`(?m)^  auth:\n(    .*\n)+`)
	otherLogin = regexp.MustCompile(`(?m)^  # auth:\n(  #   .*\n)+`)
)

// examples is the example, and the example with each login of its comments in place of the live one.
func examples(t *testing.T) []string {
	t.Helper()
	text := string(must(os.ReadFile(exampleFile))(t))
	if len(liveLogin.FindAllString(text, -1)) != 1 {
		t.Fatal("the example has not one login")
	}
	all := []string{text}
	for _, login := range otherLogin.FindAllString(text, -1) {
		all = append(all, liveLogin.ReplaceAllLiteralString(text, strings.ReplaceAll(login, "  # ", "  ")))
	}
	return all
}

func TestTheExampleIsValidWithEveryLoginThatItShows(t *testing.T) {
	t.Parallel()
	schema, methods := compiled(t), map[config.Method]bool{}
	for _, text := range examples(t) {
		if err := bySchema(schema, []byte(text)); err != nil {
			t.Errorf("the schema refuses the example: %v\n%s", err, text)
		}
		c, err := config.Parse("example.yaml", []byte(text), noEnvironment)
		if err != nil {
			t.Errorf("the loader refuses the example: %v\n%s", err, text)
			continue
		}
		methods[c.Vault.Auth.Method] = true
	}
	methods[config.MethodToken] = true // has no keys to show
	if len(methods) != len(config.Methods()) {
		t.Errorf("the example shows only %v", slices.Sorted(maps.Keys(methods)))
	}
}

func TestTheExampleHasEveryKeyAndReceiver(t *testing.T) {
	t.Parallel()
	text, root := string(must(os.ReadFile(exampleFile))(t)), rawSchema(t)
	for key := range schemaKeys(root, root, "") {
		name := key[strings.LastIndex(key, ".")+1:]
		if !regexp.MustCompile(`(?m)^[ #-]*` + name + `:`).MatchString(text) {
			t.Errorf("the example does not show %s", key)
		}
	}
	c := must(config.Load(exampleFile, noEnvironment))(t)
	var types []config.ReceiverType
	for _, receiver := range c.Receivers {
		types = append(types, receiver.Type)
	}
	if !slices.Equal(types, config.ReceiverTypes()) {
		t.Errorf("the example has receivers of the types %v", types)
	}
}

func TestTheExampleKeepsTheDefaultsItCanKeep(t *testing.T) {
	t.Parallel()
	c, defaults := must(config.Load(exampleFile, noEnvironment))(t), config.Defaults()
	c.Vault, c.Mounts, c.ExternalURL, c.WebConfigFile, c.StateDir, c.Receivers = defaults.Vault, defaults.Mounts, "", "", "", nil
	if !c.Equal(defaults) {
		t.Errorf("got %+v, want %+v", c, defaults)
	}
}
