package oracle_test

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/oracle"
)

func TestParseProbe(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a resource":                            "11.13.18.05/ledgersLOV",
		"with a query":                          "11.13.18.05/ledgersLOV?onlyData=true&limit=1&fields=LedgerId,Name",
		"the newest version":                    "latest/ledgersLOV?limit=1",
		"the versions of the pod":               "11.13.18.05",
		"a finder":                              "11.13.18.05/ledgerBalances?finder=AccountBalanceFinder;accountCombination=01-000-1110,ledgerName=Vision",
		"a space in a finder":                   "11.13.18.05/ledgerBalances?q=LedgerName=Vision%20Operations",
		"a space as Java writes it":             "11.13.18.05/ledgerBalances?q=LedgerName=Vision+Operations",
		"quotes in a query":                     "11.13.18.05/invoices?q=InvoiceNumber='A-1'",
		"a letter that is not ASCII in a query": "11.13.18.05/ledgersLOV?q=Name=Soci%C3%A9t%C3%A9",
		"a slash in a query":                    "11.13.18.05/projects?q=Name=a/b",
		"two escapings of a space":              "11.13.18.05/ledgersLOV?q=Name=a%2520b",
		"a description":                         "11.13.18.05/ledgersLOV/describe",
		"a child":                               "11.13.18.05/invoices/300100/child/invoiceLines?limit=1",
		"as long as allowed":                    "a?" + strings.Repeat("b", 1022),
	} {
		if got, err := oracle.ParseProbe(text); err != nil || got != text {
			t.Errorf("%s: ParseProbe(%q) = %q, %v", name, text, got, err)
		}
		if got, err := oracle.ParseProbe("\n " + text + "\t"); err != nil || got != text {
			t.Errorf("%s with white space around it: %q, %v", name, got, err)
		}
	}
}

func TestParseProbeRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":                           "",
		"white space":                       " \n",
		"a slash":                           "/",
		"a slash first":                     "/11.13.18.05/ledgersLOV",
		"an escaped slash first":            "%2f11.13.18.05/ledgersLOV",
		"an escaped slash first, twice":     "%252f11.13.18.05/ledgersLOV",
		"the whole path":                    "/fscmRestApi/resources/11.13.18.05/ledgersLOV",
		"a dot":                             ".",
		"an escaped dot":                    "%2e",
		"a query alone":                     "?limit=1",
		"a question mark alone":             "?",
		"an absolute URL":                   "https://evil.com/ledgersLOV",
		"another host":                      "//evil.com/ledgersLOV",
		"a user name":                       "INT_GL@evil.com",
		"an escaped @":                      "INT_GL%40evil.com",
		"an escaped @, twice":               "INT_GL%2540evil.com",
		"up":                                "../../hcmRestApi/scim/Users",
		"up inside":                         "11.13.18.05/../../../hcmRestApi",
		"up at the end":                     "11.13.18.05/..",
		"up and down":                       "11.13.18.05/../11.13.18.05/ledgersLOV",
		"up in a query":                     "11.13.18.05/ledgersLOV?x=../..",
		"up, escaped":                       "%2e%2e/%2e%2e/hcmRestApi",
		"up, escaped in capitals":           "%2E%2E/hcmRestApi",
		"up, half escaped":                  ".%2e/hcmRestApi",
		"up, escaped twice":                 "%252e%252e/hcmRestApi",
		"up, half escaped twice":            "%252e./hcmRestApi",
		"up, escaped three times":           "%25252e%25252e/hcmRestApi",
		"up, escaped six times":             "%252525252525252e%252525252525252e/x",
		"up by an escaped slash":            "..%2fhcmRestApi",
		"three escapings of a space":        "11.13.18.05/ledgersLOV?q=Name=a%252520b",
		"up with a parameter":               "..;/hcmRestApi",
		"up with an escaped parameter":      "..%3b/hcmRestApi",
		"up in overlong UTF-8":              "%c0%ae%c0%ae/hcmRestApi",
		"a slash in overlong UTF-8":         "a%c0%afb",
		"up in full width":                  "%ef%bc%8e%ef%bc%8e/hcmRestApi",
		"a slash in full width":             "a%ef%bc%8fb",
		"a dot leader":                      "%e2%80%a5/hcmRestApi",
		"not ASCII in the path":             "11.13.18.05/r%C3%A9sum%C3%A9",
		"full width as it is":               "．．/hcmRestApi",
		"two slashes":                       "11.13.18.05//ledgersLOV",
		"two slashes, escaped":              "11.13.18.05%2f%2fledgersLOV",
		"two slashes, half escaped":         "11.13.18.05/%2fledgersLOV",
		"two slashes, escaped twice":        "11.13.18.05%252f%252fledgersLOV",
		"two slashes in a query":            "11.13.18.05/ledgersLOV?x=https://evil.com",
		"a backslash":                       `11.13.18.05\ledgersLOV`,
		"an escaped backslash":              "11.13.18.05%5cledgersLOV",
		"an escaped backslash, twice":       "11.13.18.05%255cledgersLOV",
		"a fragment":                        "11.13.18.05/ledgersLOV#x",
		"an escaped fragment":               "11.13.18.05/ledgersLOV%23x",
		"a space":                           "11.13.18.05/ledgersLOV?q=a b",
		"a new line":                        "11.13.18.05/ledgersLOV\nX-Evil: 1",
		"a new line, escaped":               "11.13.18.05/ledgersLOV%0d%0aX-Evil:1",
		"a new line, escaped twice":         "11.13.18.05/ledgersLOV%250aX",
		"a request line":                    "11.13.18.05/ledgersLOV HTTP/1.1",
		"a NUL":                             "11.13.18.05/ledgersLOV\x00",
		"a NUL, escaped":                    "11.13.18.05/ledgersLOV%00",
		"a DEL, escaped":                    "11.13.18.05/ledgersLOV%7f",
		"an escaping of nothing":            "11.13.18.05/ledgersLOV%",
		"an escaping of half":               "11.13.18.05/ledgersLOV%2",
		"an escaping that is none":          "11.13.18.05/ledgersLOV?q=%zz",
		"an escaping of Microsoft's":        "%u002e%u002e/x",
		"a letter that is not ASCII":        "11.13.18.05/ledgersLOV?q=Société",
		"longer than allowed":               "a?" + strings.Repeat("b", 1023),
		"a password of many sorts of signs": password + "@\\",
	} {
		got, err := oracle.ParseProbe(text)
		if got != "" || err == nil {
			t.Errorf("%s: ParseProbe(%q) = %q, %v", name, text, got, err)
			continue
		}
		if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "evil") {
			t.Errorf("%s: error %q repeats what was sent", name, err)
		}
	}
}

// What we ask by ourselves obeys the rules for what others ask, and asks for one row.
func TestDocumentedProbes(t *testing.T) {
	t.Parallel()
	for _, m := range oracle.Modules() {
		plan := oracle.PlanFor(m, "")
		if plan.Module != m || len(plan.Candidates) == 0 {
			t.Errorf("plan of %s = %+v", m, plan)
		}
		for i, candidate := range plan.Candidates {
			if got, err := oracle.ParseProbe(candidate); err != nil || got != candidate {
				t.Errorf("%s: ParseProbe(%q) = %q, %v", m, candidate, got, err)
			}
			if !strings.Contains(candidate, "limit=1") && !strings.HasSuffix(candidate, "/describe") {
				t.Errorf("%s: %q asks for more than a row", m, candidate)
			}
			if slices.Index(plan.Candidates, candidate) != i {
				t.Errorf("%s: %q is asked twice", m, candidate)
			}
		}
	}
	if diff := cmp.Diff(oracle.Plan{Module: "GL", Candidates: []string{"latest/x"}}, oracle.PlanFor("GL", "latest/x")); diff != "" {
		t.Error(diff)
	}
}

// FuzzParseProbe: whatever is accepted stays on the pod and below the folder, also for a server that decodes
// it more often than it should, takes \ for / and cuts parameters off.
func FuzzParseProbe(f *testing.F) {
	for _, m := range oracle.Modules() {
		for _, candidate := range oracle.PlanFor(m, "").Candidates {
			f.Add(candidate)
		}
	}
	for _, seed := range []string{
		"?", ".", "./x", "%2e%2e/x", "%252e%252e/x", "%25252e%25252e/x", "a%2f%2fb", "a%5cb", "a%40b", "%c0%ae%c0%ae/x", "%ef%bc%8e%ef%bc%8e/x",
		"a\nb", "https://evil.com", "//evil.com", "a;..;/b", "a/.;x/.;y/b", "a?b#c", "a%23b", "a%3fb/..", "a?b?c", "a:b", "x%", "%u002e", "a/./b", "%2fa", "a+b",
	} {
		f.Add(seed)
	}
	const pod = "https://abcd.oraclecloud.com"
	f.Fuzz(func(t *testing.T, text string) {
		probe, err := oracle.ParseProbe(text)
		if err != nil {
			if probe != "" {
				t.Errorf("refused and returned %q", probe)
			}
			return
		}
		if again, err := oracle.ParseProbe(probe); err != nil || again != probe {
			t.Errorf("%q becomes %q, which becomes %q, %v", text, probe, again, err)
		}
		request, err := http.NewRequest(http.MethodGet, pod+oracle.ResourcesPath+probe, nil)
		if err != nil {
			t.Fatalf("%q is accepted and no URL: %v", probe, err)
		}
		if request.URL.Host != "abcd.oraclecloud.com" || request.Host != request.URL.Host || request.URL.User != nil || request.URL.Fragment != "" {
			t.Errorf("%q leads to %+v", probe, request.URL)
		}
		sent, _, _ := strings.Cut(request.URL.RequestURI(), "?")
		for range 8 {
			for _, reading := range []string{sent, strings.ReplaceAll(sent, `\`, "/"), withoutParameters(sent)} {
				if !strings.HasPrefix(path.Clean(reading)+"/", oracle.ResourcesPath) {
					t.Fatalf("%q can be read as %q", probe, reading)
				}
			}
			if strings.Contains(sent, "//") {
				t.Fatalf("%q can be read as %q", probe, sent)
			}
			plain, err := url.PathUnescape(sent)
			if err != nil || plain == sent {
				break
			}
			sent = plain
		}
	})
}

func withoutParameters(sent string) string {
	parts := strings.Split(sent, "/")
	for i, part := range parts {
		parts[i], _, _ = strings.Cut(part, ";")
	}
	return strings.Join(parts, "/")
}
