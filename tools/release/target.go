package main

import "strings"

// module is what is released.
const module = "vault-plugin-secrets-oracle-financials"

// plugin and agent are the programs that are released, agent and the simulator beside.
const (
	plugin    = module
	agent     = "oracle-financials-agent"
	simulator = "oracle-financials-sim"
)

func programs() []string { return []string{plugin, agent, simulator} }

// target is a platform.
type target struct{ os, arch string }

// targets lists the platforms of a release: where Vault servers run, and where people try things out.
func targets() []target {
	return []target{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}}
}

func (t target) String() string { return t.os + "_" + t.arch }

// file is a program's file name.
func (t target) file(program string) string {
	if t.os == "windows" {
		return program + ".exe"
	}
	return program
}

// archive is the name of the archive: a zip where people are used to that.
func (t target) archive(version string) string {
	name := module + "_" + strings.TrimPrefix(version, "v") + "_" + t.String()
	if t.os == "windows" {
		return name + ".zip"
	}
	return name + ".tar.gz"
}

// build is which source is built, as the programs say it of themselves.
type build struct {
	version string // semantic, with a v
	commit  string
	time    string // of the commit, RFC 3339
}

// flags are for the linker.
func (b build) flags() string {
	said := []string{"version=" + b.version, "commit=" + b.commit, "buildTime=" + b.time}
	all := []string{"-s", "-w", "-buildid="}
	for _, one := range said {
		all = append(all, "-X", module+"/plugin."+one, "-X", "main."+one)
	}
	return strings.Join(all, " ")
}
