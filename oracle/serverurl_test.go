package oracle_test

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/oracle"
)

func TestParseServerURL(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a.", 126) + "a" // 253 characters
	for name, test := range map[string]struct{ text, want string }{
		"a pod":                         {"https://abcd.fa.us2.oraclecloud.com", "https://abcd.fa.us2.oraclecloud.com"},
		"in capitals":                   {"HTTPS://ABCD.FA.US2.OracleCloud.COM", "https://abcd.fa.us2.oraclecloud.com"},
		"with a slash":                  {"https://abcd.fa.us2.oraclecloud.com/", "https://abcd.fa.us2.oraclecloud.com"},
		"with white space around it":    {"\t https://abcd.fa.us2.oraclecloud.com \n", "https://abcd.fa.us2.oraclecloud.com"},
		"with the root's dot":           {"https://abcd.oraclecloud.com.", "https://abcd.oraclecloud.com"},
		"with the usual port":           {"https://abcd.oraclecloud.com:443", "https://abcd.oraclecloud.com"},
		"with the usual port in full":   {"https://abcd.oraclecloud.com:00443/", "https://abcd.oraclecloud.com"},
		"with another port":             {"https://abcd.oraclecloud.com:8443", "https://abcd.oraclecloud.com:8443"},
		"with a dash and a line":        {"https://ab-cd_1.oraclecloud.com", "https://ab-cd_1.oraclecloud.com"},
		"a name of one part":            {"https://localhost:1", "https://localhost:1"},
		"an IPv4 address":               {"https://192.0.2.1:65535", "https://192.0.2.1:65535"},
		"an IPv6 address":               {"https://[2001:DB8:0:0::1]:8443", "https://[2001:db8::1]:8443"},
		"an IPv6 address alone":         {"https://[::1]", "https://[::1]"},
		"an IPv4 address in IPv6":       {"https://[::ffff:192.0.2.1]", "https://192.0.2.1"},
		"the same in hexadecimal":       {"https://[::ffff:c000:201]:8443", "https://192.0.2.1:8443"},
		"as long as DNS allows":         {"https://" + long, "https://" + long},
		"an internationalised name":     {"https://xn--bcher-kva.example", "https://xn--bcher-kva.example"},
		"a vanity domain":               {"https://apps.vision.com", "https://apps.vision.com"},
		"a host that looks like a path": {"https://fscmRestApi", "https://fscmrestapi"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := oracle.ParseServerURL(test.text)
			if err != nil || got != test.want {
				t.Fatalf("ParseServerURL(%q) = %q, %v, want %q", test.text, got, err, test.want)
			}
			if again, err := oracle.ParseServerURL(got); err != nil || again != got {
				t.Errorf("its result again = %q, %v", again, err)
			}
			if host := oracle.Host(got); "https://"+host != got {
				t.Errorf("Host = %q", host)
			}
			if want := got + "/fscmRestApi/resources/latest/"; oracle.RESTAPIURL(got) != want {
				t.Errorf("RESTAPIURL = %q, want %q", oracle.RESTAPIURL(got), want)
			}
		})
	}
}

// Each refused text holds the canary somewhere: a password pasted into the wrong field must not come back.
func TestParseServerURLRefuses(t *testing.T) {
	t.Parallel()
	const pod = "abcd.oraclecloud.com"
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"nothing":                        {"", oracle.ErrServerURL},
		"a password":                     {password, oracle.ErrServerURL},
		"a host alone":                   {pod, oracle.ErrServerURL},
		"a host and a port":              {pod + ":443", oracle.ErrServerURL},
		"no scheme":                      {"//" + pod, oracle.ErrServerURL},
		"another scheme":                 {"http://" + pod, oracle.ErrServerURLScheme},
		"another scheme in capitals":     {"HTTP://" + pod, oracle.ErrServerURLScheme},
		"a scheme nobody knows":          {password + "://" + pod, oracle.ErrServerURLScheme},
		"a scheme that only begins so":   {"httpsx://" + pod, oracle.ErrServerURLScheme},
		"one slash":                      {"https:/" + pod, oracle.ErrServerURL},
		"no slash":                       {"https:" + pod, oracle.ErrServerURL},
		"three slashes":                  {"https:///" + pod, oracle.ErrServerURL},
		"no host":                        {"https://", oracle.ErrServerURL},
		"a port alone":                   {"https://:443", oracle.ErrServerURL},
		"a port that is none":            {"https://" + pod + ":" + password, oracle.ErrServerURL},
		"port 0":                         {"https://" + pod + ":0", oracle.ErrServerURL},
		"port 65536":                     {"https://" + pod + ":65536", oracle.ErrServerURL},
		"a negative port":                {"https://" + pod + ":-1", oracle.ErrServerURL},
		"an empty port":                  {"https://" + pod + ":", oracle.ErrServerURL},
		"an empty port after IPv6":       {"https://[::1]:", oracle.ErrServerURL},
		"a path":                         {"https://" + pod + "/fscmRestApi/" + password, oracle.ErrServerURLPath},
		"two slashes at the end":         {"https://" + pod + "//", oracle.ErrServerURLPath},
		"a query":                        {"https://" + pod + "?" + password, oracle.ErrServerURLPath},
		"an empty query":                 {"https://" + pod + "?", oracle.ErrServerURLPath},
		"a fragment":                     {"https://" + pod + "#" + password, oracle.ErrServerURLPath},
		"an empty fragment":              {"https://" + pod + "/#", oracle.ErrServerURLPath},
		"a user name":                    {"https://INT_GL@" + pod, oracle.ErrServerURLPath},
		"a user name and password":       {"https://INT_GL:" + password + "@" + pod, oracle.ErrServerURLPath},
		"an empty user name":             {"https://@" + pod, oracle.ErrServerURLPath},
		"a password before another host": {"https://" + password + "@evil.com", oracle.ErrServerURLPath},
		"a backslash":                    {`https://evil.com\.oraclecloud.com`, oracle.ErrServerURL},
		"a backslash before an @":        {`https://evil.com\@` + pod, oracle.ErrServerURL},
		"a space inside":                 {"https://abcd .oraclecloud.com", oracle.ErrServerURL},
		"a new line inside":              {"https://abcd\n.oraclecloud.com", oracle.ErrServerURL},
		"a tab inside":                   {"https://abcd.oraclecloud.com\t/x", oracle.ErrServerURL},
		"a NUL":                          {"https://abcd\x00.oraclecloud.com", oracle.ErrServerURL},
		"an escaped NUL":                 {"https://abcd%00.oraclecloud.com", oracle.ErrServerURL},
		"an escaped letter":              {"https://%61bcd.oraclecloud.com", oracle.ErrServerURL},
		"an escaped slash":               {"https://evil.com%2f.oraclecloud.com", oracle.ErrServerURL},
		"a letter that is not ASCII":     {"https://bücher.example", oracle.ErrServerURL},
		"full-width letters":             {"https://ａｂｃｄ.oraclecloud.com", oracle.ErrServerURL},
		"a full-width dot":               {"https://abcd．oraclecloud.com", oracle.ErrServerURL},
		"a Kelvin sign":                  {"https://\u212a.oraclecloud.com", oracle.ErrServerURL},
		"an escaped Kelvin sign":         {"https://%E2%84%AA.oraclecloud.com", oracle.ErrServerURL},
		"an empty part":                  {"https://abcd..oraclecloud.com", oracle.ErrServerURL},
		"two dots at the end":            {"https://abcd.oraclecloud.com..", oracle.ErrServerURL},
		"a dot first":                    {"https://.oraclecloud.com", oracle.ErrServerURL},
		"a dot alone":                    {"https://.", oracle.ErrServerURL},
		"a dash first":                   {"https://-abcd.oraclecloud.com", oracle.ErrServerURL},
		"a dash last":                    {"https://abcd-.oraclecloud.com", oracle.ErrServerURL},
		"a star":                         {"https://*.oraclecloud.com", oracle.ErrServerURL},
		"two hosts":                      {"https://" + pod + ",evil.com", oracle.ErrServerURL},
		"longer than DNS allows":         {"https://" + strings.Repeat("a.", 127) + "a", oracle.ErrServerURL},
		"IPv6 without brackets":          {"https://2001:db8::1", oracle.ErrServerURL},
		"IPv6 with a zone":               {"https://[fe80::1%25eth0]", oracle.ErrServerURL},
		"IPv4 in brackets":               {"https://[192.0.2.1]", oracle.ErrServerURL},
		"a bracket left open":            {"https://[::1", oracle.ErrServerURL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := oracle.ParseServerURL(test.text)
			if got != "" || !errors.Is(err, test.want) {
				t.Fatalf("ParseServerURL(%q) = %q, %v, want %v", test.text, got, err, test.want)
			}
			if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "evil") {
				t.Errorf("error %q repeats what was sent", err)
			}
		})
	}
}

func TestHostAllowed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		patterns  []string
		serverURL string
		want      bool
	}{
		"no pattern":                    {nil, "https://abcd.oraclecloud.com", false},
		"the exact host":                {[]string{"abcd.oraclecloud.com"}, "https://abcd.oraclecloud.com", true},
		"another host":                  {[]string{"abcd.oraclecloud.com"}, "https://abce.oraclecloud.com", false},
		"one of several":                {[]string{"a.com", "b.com"}, "https://b.com", true},
		"a star for one part":           {[]string{"*.oraclecloud.com"}, "https://abcd.oraclecloud.com", true},
		"a star over dots":              {[]string{"*.oraclecloud.com"}, "https://abcd.fa.us2.oraclecloud.com", true},
		"a star in the middle":          {[]string{"*.fa.*.oraclecloud.com"}, "https://abcd.fa.us2.oraclecloud.com", true},
		"a star alone":                  {[]string{"*"}, "https://anything.example", true},
		"not the domain itself":         {[]string{"*.oraclecloud.com"}, "https://oraclecloud.com", false},
		"a domain that ends alike":      {[]string{"*.oraclecloud.com"}, "https://evil-oraclecloud.com", false},
		"a domain in front":             {[]string{"*.oraclecloud.com"}, "https://abcd.oraclecloud.com.evil.com", false},
		"the port does not count":       {[]string{"*.oraclecloud.com"}, "https://abcd.oraclecloud.com:8443", true},
		"a host in capitals":            {[]string{"*.oraclecloud.com"}, "https://ABCD.OracleCloud.com", true},
		"an exact IPv6 address":         {[]string{"2001:db8::1"}, "https://[2001:db8::1]:8443", true},
		"IPv6 by a star":                {[]string{"2001:db8::*"}, "https://[2001:db8::1]", true},
		"another IPv6 address":          {[]string{"2001:db8::1"}, "https://[2001:db8::2]", false},
		"an address is not a name":      {[]string{"*.oraclecloud.com"}, "https://192.0.2.1", false},
		"the pattern in a path":         {[]string{"*.oraclecloud.com"}, "https://evil.com/.oraclecloud.com", false},
		"the pattern in a user name":    {[]string{"*.oraclecloud.com"}, "https://abcd.oraclecloud.com@evil.com", false},
		"the pattern in a query":        {[]string{"*.oraclecloud.com"}, "https://evil.com?.oraclecloud.com", false},
		"the pattern in a fragment":     {[]string{"*.oraclecloud.com"}, "https://evil.com#.oraclecloud.com", false},
		"the pattern after a backslash": {[]string{"*.oraclecloud.com"}, `https://evil.com\.oraclecloud.com`, false},
		"what is no URL":                {[]string{"*"}, "https://[::1", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			patterns := make([]string, len(test.patterns))
			for i, text := range test.patterns {
				var err error
				patterns[i], err = oracle.ParseHostPattern(text)
				must(t, err)
			}
			if got := oracle.HostAllowed(patterns, test.serverURL); got != test.want {
				t.Errorf("HostAllowed(%q, %q) = %v", test.patterns, test.serverURL, got)
			}
		})
	}
}

func TestParseHostPattern(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"*.oraclecloud.com":      "*.oraclecloud.com",
		" *.OracleCloud.COM\n":   "*.oraclecloud.com",
		"abcd.oraclecloud.com":   "abcd.oraclecloud.com",
		"*":                      "*",
		"192.0.2.*":              "192.0.2.*",
		"2001:DB8::1":            "2001:db8::1",
		"ab-cd_*":                "ab-cd_*",
		strings.Repeat("a", 253): strings.Repeat("a", 253),
	} {
		if got, err := oracle.ParseHostPattern(text); err != nil || got != want {
			t.Errorf("ParseHostPattern(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", " ", "https://abcd.oraclecloud.com", "abcd.oraclecloud.com:443", "abcd.oraclecloud.com/", "evil.com/.oraclecloud.com",
		"x@abcd.oraclecloud.com", "[::1]", "a?c.com", "[a-z].com", `a\*.com`, "a b.com", "a\nb.com", "bücher.example", "\u212a.com",
		"abcd.oraclecloud.com,evil.com", strings.Repeat("a", 254), password,
	} {
		got, err := oracle.ParseHostPattern(text)
		if got != "" || !errors.Is(err, oracle.ErrHostPattern) {
			t.Errorf("ParseHostPattern(%q) = %q, %v", text, got, err)
		}
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("error %q repeats what was sent", err)
		}
	}
}

// FuzzParseServerURL: what is accepted is one https host, the one that net/url sees, in one form.
func FuzzParseServerURL(f *testing.F) {
	for _, seed := range []string{
		"https://abcd.fa.us2.oraclecloud.com", "HTTPS://A.B:443/", "https://[::1]:8443", "https://[::ffff:192.0.2.1]", "https://[::ffff:0:0]",
		"https://evil.com/.oraclecloud.com", "https://x@host", `https://a\b`, "https://a%2fb", "https://a.", "https://a..", "https://a:",
		"https://\u212a.com", "https://%E2%84%AA.com", "https://a:00443", "https://a:0", "http://a", "https:a", "https:///a", "https://a?",
		"https://a#", "https://a//", "https://0x7f000001", "https://127.1", "https://[fe80::1%25eth0]", "https://[1.2.3.4]", "https://a_b", "https://\u0130.com",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := oracle.ParseServerURL(text)
		if err != nil {
			if got != "" {
				t.Errorf("refused and returned %q", got)
			}
			return
		}
		if again, err := oracle.ParseServerURL(got); err != nil || again != got {
			t.Errorf("%q becomes %q, which becomes %q, %v", text, got, again, err)
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		if u.Scheme != "https" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "" {
			t.Errorf("%q becomes %q, which is more than a host: %+v", text, got, u)
		}
		if u.Host != oracle.Host(got) || u.Hostname() == "" || strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Errorf("%q becomes %q with the host %q", text, got, u.Host)
		}
		if u.Port() == "443" || u.Port() == "0" || strings.HasPrefix(u.Port(), "0") {
			t.Errorf("%q becomes %q, whose port is not in its one form", text, got)
		}
		if meant, err := url.Parse(strings.TrimSpace(text)); err != nil || meant.User != nil || !sameHost(meant.Hostname(), u.Hostname()) {
			t.Errorf("%q becomes %q: another host than %+v", text, got, meant)
		}
		if !oracle.HostAllowed([]string{u.Hostname()}, got) {
			t.Errorf("%q is not allowed by its own name", got)
		}
	})
}

// sameHost compares names as DNS does and addresses as numbers.
func sameHost(a, b string) bool {
	if x, err := netip.ParseAddr(a); err == nil {
		y, err := netip.ParseAddr(b)
		return err == nil && x.Unmap() == y.Unmap()
	}
	return strings.EqualFold(strings.TrimSuffix(a, "."), b)
}
