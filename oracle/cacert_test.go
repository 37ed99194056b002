package oracle_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/oracle"
)

func TestParseCACert(t *testing.T) {
	t.Parallel()
	one := string(startSim(t).sim.CACertPEM())
	other := string(startSim(t).sim.CACertPEM())
	for name, text := range map[string]string{
		"one":                 one,
		"two":                 one + other,
		"with words around":   "Our authority\n\n" + one + "\nThe end.",
		"with Windows' lines": strings.ReplaceAll(one, "\n", "\r\n"),
		"without a last line": strings.TrimSpace(one),
	} {
		pool, err := oracle.ParseCACert(text)
		if err != nil || pool == nil {
			t.Errorf("%s: %v, %v", name, pool, err)
		}
	}
	if pool, err := oracle.ParseCACert(""); pool != nil || err != nil {
		t.Errorf("none: %v, %v, want the system's roots", pool, err)
	}
	for name, text := range map[string]string{
		"white space":           " \n",
		"words":                 password,
		"the base64 alone":      strings.Join(strings.Split(one, "\n")[1:3], "\n"),
		"another kind of block": strings.ReplaceAll(one, "CERTIFICATE", "PUBLIC KEY"),
		"a broken certificate":  strings.Replace(one, "MII", "MIJ", 1),
		"cut off":               one[:len(one)/2],
		"an escaped line break": strings.ReplaceAll(one, "\n", `\n`),
		"the path of a file":    "/etc/ssl/certs/ca.pem",
		"a private key":         "-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n",
		"a key beside it":       one + "-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n",
	} {
		pool, err := oracle.ParseCACert(text)
		if err == nil || pool != nil {
			t.Errorf("%s: %v, %v", name, pool, err)
		} else if strings.Contains(err.Error(), password) || !strings.Contains(err.Error(), "ca_cert") {
			t.Errorf("%s: error = %q", name, err)
		}
	}
}

// ca_cert adds to the system's roots, so that a pod that moves to a public authority goes on working.
func TestCACertAddsToTheSystemsRoots(t *testing.T) {
	t.Parallel()
	ca := startSim(t).sim.CACertPEM()
	pool, err := oracle.ParseCACert(string(ca))
	must(t, err)
	want, err := x509.SystemCertPool()
	must(t, err)
	if pool.Equal(want) {
		t.Error("the authority was not added")
	}
	want.AppendCertsFromPEM(ca)
	if !pool.Equal(want) {
		t.Error("the pool is not the system's roots and the authority")
	}
}

// An authority is trusted by the endpoint that names it, and by no other of the same client.
func TestRootsAreNotShared(t *testing.T) {
	t.Parallel()
	a, b := startSim(t), startSim(t)
	client := newClient(t)
	for range 2 { // the second time from the transports that are kept
		for _, p := range []pod{a, b} {
			if got := ask(within(t, patience), client, p.endpoint, login()); got.Outcome != oracle.Rows {
				t.Fatalf("answer = %+v", got)
			}
		}
	}
	for p, other := range map[*pod]string{&a: b.endpoint.CACert, &b: a.endpoint.CACert} {
		for _, p.endpoint.CACert = range []string{other, ""} {
			if got := ask(within(t, patience), client, p.endpoint, login()); got.Outcome != oracle.TLSFailure || p.logins() != 2 {
				t.Errorf("answer = %+v after %d logins", got, p.logins())
			}
		}
	}
}
