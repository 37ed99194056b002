package arch_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const (
	modulePath = "vault-plugin-secrets-oracle-financials"
	vaultPath  = "github.com/hashicorp/vault"
)

// mayImport is every package of ours, and the packages of ours that its source may import. What tests import is free,
// but for Vault itself and commands.
var mayImport = map[string][]string{
	"cmd/vault-plugin-secrets-oracle-financials": {"plugin"},
	"cmd/oracle-financials-sim":                  {"internal/oraclesim"},
	"cmd/oracle-financials-agent": {
		"rotation/agent", "rotation/agent/config", "rotation/agent/login", "rotation/agent/engine", "rotation/agent/estate",
		"rotation/agent/metrics", "rotation/agent/notify", "rotation/agent/once", "rotation/agent/output", "rotation/agent/page",
		"rotation/agent/receiver",
		"rotation/agent/web",
	},

	"rotation/agent":         {"rotation/agent/config", "rotation/agent/engine", "rotation/agent/estate", "rotation"},
	"rotation/agent/once":    {"rotation/agent/engine", "rotation/agent/estate", "rotation"},
	"rotation/agent/engine":  {"rotation/agent/login", "rotation/agent/estate"},
	"rotation/agent/login":   {"rotation/agent/config", "internal/secret"},
	"rotation/agent/config":  {"rotation"},
	"rotation/agent/metrics": {"rotation/agent/estate", "rotation"},
	"rotation/agent/page":    {"rotation/agent/estate", "rotation"},

	"rotation/agent/notify":                {"rotation/agent/receiver", "rotation/agent/config", "rotation/agent/estate", "rotation"},
	"rotation/agent/receiver":              {"rotation/agent/config", "rotation", "internal/secret"},
	"rotation/agent/receiver/receiverfake": {},

	"rotation/agent/web":    {"rotation/agent/estate", "rotation"},
	"rotation/agent/output": {"rotation/agent/estate", "rotation"},
	"rotation/agent/estate": {"rotation"},

	"plugin":             {"backend"},
	"backend":            {"rotation", "oracle", "internal/generator", "internal/secret"},
	"rotation":           {"oracle", "internal/secret"},
	"oracle":             {"internal/secret"},
	"internal/generator": {"internal/secret"},
	"internal/secret":    {},

	"client":             {},
	"deploy":             {},
	"deploy/prometheus":  {},
	"internal/oraclesim": {},
	"internal/vaultdev":  {},
	"internal/arch":      {},
	"e2e":                {"internal/oraclesim", "internal/vaultdev"},
	"scripts/stage":      {"internal/vaultdev"},
	"scripts/demo":       {"scripts/stage"},
	"scripts/dev":        {"scripts/stage"},
	"scripts/compat":     {},
	"scripts/podtest":    {"oracle", "internal/secret"},
	"scripts/reference":  {"backend", "rotation", "oracle", "rotation/agent/output", "rotation/agent/estate"},
}

// neverDirectly is what the source of a package must not import itself; "vault" stands for every package of Vault's.
var neverDirectly = map[string][]string{
	"rotation": {"vault", "net/http"},
}

// knowsNoVault is the packages that must not reach any package of Vault's, not even over others.
var knowsNoVault = []string{
	"rotation", "oracle", "internal/generator", "internal/secret", "internal/oraclesim",
	"rotation/agent/config", "rotation/agent/estate", "rotation/agent/metrics", "rotation/agent/web", "rotation/agent/output",
	"rotation/agent/page", "rotation/agent/notify", "rotation/agent/receiver", "rotation/agent/receiver/receiverfake",
}

// emptyNames say nothing about what belongs into a package, so everything ends up there.
var emptyNames = []string{"utils", "util", "common", "helpers", "helper", "types", "models", "misc", "shared"}

// pkg is what `go list -json` says about a package, as far as it matters here.
type pkg struct {
	ImportPath   string
	Dir          string
	Name         string
	GoFiles      []string
	Imports      []string
	Deps         []string
	TestImports  []string
	XTestImports []string
}

// arrows returns a sentence for each import that runs the wrong way.
func arrows(packages []pkg) []string {
	var faults []string
	for _, p := range packages {
		name := ours(p.ImportPath)
		allowed, known := mayImport[name]
		if !known {
			faults = append(faults, fmt.Sprintf("%s is a package nobody has placed yet: add it to mayImport in "+
				"internal/arch/rules_test.go with the packages of ours that it may import, and give its folder a sentence "+
				"in CONTRIBUTING.md", name))
			continue
		}
		for _, imported := range p.Imports {
			if isOurs(imported) && !slices.Contains(allowed, ours(imported)) {
				faults = append(faults, fmt.Sprintf("%s imports %s, and may import of ours only %q: turn the arrow round "+
					"with a small interface, or change mayImport in internal/arch/rules_test.go if the design has changed",
					name, ours(imported), allowed))
			}
			if slices.ContainsFunc(neverDirectly[name], func(banned string) bool {
				return imported == banned || banned == "vault" && isVault(imported)
			}) {
				faults = append(faults, fmt.Sprintf("%s imports %s: it decides, and others act for it", name, imported))
			}
		}
	}
	return faults
}

// reaches returns a sentence for each package that a package must not reach over any way.
func reaches(packages []pkg) []string {
	var faults []string
	for _, p := range packages {
		name := ours(p.ImportPath)
		if slices.Contains(knowsNoVault, name) {
			if i := slices.IndexFunc(p.Deps, isVault); i >= 0 {
				faults = append(faults, fmt.Sprintf("%s reaches %s: it must work without Vault", name, p.Deps[i]))
			}
		}
		for _, imported := range slices.Concat(p.Deps, p.Imports, p.TestImports, p.XTestImports) {
			if isVaultCore(imported) {
				faults = append(faults, fmt.Sprintf("%s reaches %s: only Vault's api and sdk are libraries", name, imported))
				break // one names the fault, the rest follows from it
			}
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if strings.HasPrefix(imported, modulePath+"/cmd/") && imported != p.ImportPath {
				faults = append(faults, fmt.Sprintf("%s imports %s: a command is wiring, move what is needed into a package",
					name, ours(imported)))
			}
		}
	}
	return faults
}

// names returns a sentence for each package whose name says nothing.
func names(packages []pkg) []string {
	var faults []string
	for _, p := range packages {
		for _, name := range []string{p.Name, path.Base(p.ImportPath)} {
			if slices.Contains(emptyNames, name) {
				faults = append(faults, fmt.Sprintf("%s is called %s: name it after what belongs into it", ours(p.ImportPath), name))
				break
			}
		}
	}
	return faults
}

// ours is an import path without the module's, which is how the table names packages.
func ours(importPath string) string { return strings.TrimPrefix(importPath, modulePath+"/") }

func isOurs(importPath string) bool { return strings.HasPrefix(importPath, modulePath+"/") }

// isVault says whether a package is Vault's: its client, its SDK, or itself.
func isVault(importPath string) bool {
	return importPath == vaultPath || strings.HasPrefix(importPath, vaultPath+"/")
}

// isVaultCore says whether a package is of Vault itself, a program under another licence that is no library.
func isVaultCore(importPath string) bool {
	library := slices.ContainsFunc([]string{"/api", "/sdk"}, func(module string) bool {
		return importPath == vaultPath+module || strings.HasPrefix(importPath, vaultPath+module+"/")
	})
	return isVault(importPath) && !library
}
