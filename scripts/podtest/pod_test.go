package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	user     = "INT_GL"
	password = "Canary-7Zq!" // also what leak tests look for
	admin    = "ROTATOR"
	clientID = "podtest-app"
)

// pod is a simulated one with its directories, and what the program is told about it.
type pod struct {
	sim *oraclesim.Server
	env map[string]string
}

// start serves a pod whose user may be refused once, until the test ends.
func start(t *testing.T, switches oraclesim.Switches) pod {
	t.Helper()
	sim, err := oraclesim.Start(oraclesim.Config{
		Switches: switches, Domain: true,
		Users: []oraclesim.User{
			{Name: user, Password: password},
			{Name: admin, Password: "admin-" + password, IdentityAdmin: true},
		},
		Clients: []oraclesim.Client{{ID: clientID, Secret: "client-" + password}},
	})
	must(t, err)
	t.Cleanup(sim.Close)
	return pod{sim: sim, env: map[string]string{
		"SERVER_URL": sim.URL(), "CA_CERT": write(t, string(sim.CACertPEM())),
		"USERNAME": user, "PASSWORD": password, "SPEND_ONE_REFUSED_LOGIN": user,
		"DIRECTORY_USERNAME": admin, "DIRECTORY_PASSWORD_FILE": write(t, "admin-"+password+"\n"),
		"DIRECTORY_DOMAIN_URL": sim.DomainURL(), "DIRECTORY_CLIENT_ID": clientID, "DIRECTORY_CLIENT_SECRET": "client-" + password,
	}}
}

// result is how a run ended.
type result struct {
	code                       int
	shown, complaints, written string
}

func (p pod) run(t *testing.T) result {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pod.md")
	got := runWith(t, p.env, "-o", path)
	written, err := os.ReadFile(path)
	must(t, err)
	got.written = string(written)
	return got
}

func runWith(t *testing.T, env map[string]string, arguments ...string) result {
	t.Helper()
	var out, complaints bytes.Buffer
	code := run(t.Context(), arguments, func(name string) string { return env[strings.TrimPrefix(name, prefix)] }, &out, &complaints)
	return result{code: code, shown: out.String(), complaints: complaints.String()}
}

// verdicts reads the written table: check by check, whether the pod agrees.
func (r result) verdicts() map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(r.written) {
		if cells := strings.Split(line, " | "); len(cells) == 8 && strings.HasPrefix(cells[1], "`") {
			found[strings.Trim(cells[1], "`")] = cells[5]
		}
	}
	return found
}

// marked lists the checks with a verdict, in the order of the table.
func (r result) marked(verdict string) []string {
	var names []string
	all := r.verdicts()
	for _, topic := range topics() {
		for _, c := range topic.checks {
			if all[c.name] == verdict {
				names = append(names, c.name)
			}
		}
	}
	return names
}

// refusedLogins counts the logins that any user of the pod was refused.
func (p pod) refusedLogins() int {
	refused := 0
	for _, name := range []string{user, admin} {
		for _, login := range p.sim.Pod().Logins(name) {
			if !login.Accepted {
				refused++
			}
		}
	}
	return refused
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
