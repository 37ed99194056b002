package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// FuzzLoad looks for a text that panics, for a configuration that is taken and then refused or that the schema refuses,
// and for a fault that takes more than its line.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, exampleFile) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "")
	}
	f.Add("", "oracle-financials,a/b")
	schema := compiled(f)
	f.Fuzz(func(t *testing.T, text, variable string) {
		c, err := config.Parse("agent.yaml", []byte(text), func(string) string { return variable })
		if err == nil {
			if err := c.Check(); err != nil {
				t.Errorf("was taken, and then refused: %v", err)
			}
			if err := bySchema(schema, []byte(text)); err != nil {
				t.Errorf("was taken, and the schema refuses it: %v", err)
			}
			return
		}
		var invalid *config.InvalidError
		if !errors.As(err, &invalid) {
			t.Fatalf("is no list of faults: %v", err)
		}
		for _, fault := range invalid.Faults {
			if strings.ContainsAny(fault.String(), "\n\r\x00") || fault.Place == "" || fault.Text == "" {
				t.Errorf("is no line with a place: %q", fault.String())
			}
		}
	})
}
