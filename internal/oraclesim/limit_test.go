package oraclesim_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// TestWhatStandsBeforeTheLogin covers maintenance and location-based access, on REST and SCIM alike.
func TestWhatStandsBeforeTheLogin(t *testing.T) {
	t.Parallel()
	const html = "text/html;charset=UTF-8"
	tests := map[string]struct {
		switches    oraclesim.Switches
		status      int
		contentType string
		header      map[string]string
		logins      int
	}{
		"503": {oraclesim.Switches{Maintenance: "unavailable"}, 503, html, map[string]string{"Retry-After": ""}, 0},
		"503 with Retry-After": {
			oraclesim.Switches{Maintenance: "unavailable", RetryAfter: "120"}, 503, html, map[string]string{"Retry-After": "120"}, 0,
		},
		"200": {oraclesim.Switches{Maintenance: "page", RetryAfter: "120"}, 200, html, map[string]string{"Retry-After": ""}, 0},
		"302": {oraclesim.Switches{Maintenance: "redirect"}, 302, html, map[string]string{"Location": "https://maintenance.example.invalid/"}, 0},
		"location, 401": {
			oraclesim.Switches{LocationAccess: "unauthorized"}, 401, "", map[string]string{"Www-Authenticate": `Basic realm="owsm"`}, 0,
		},
		"location, 403": {oraclesim.Switches{LocationAccess: "forbidden"}, 403, plainText, nil, 0},
		"location, 403, empty": {
			oraclesim.Switches{LocationAccess: "forbidden", ForbiddenBody: "empty"}, 403, "", nil, 0,
		},
		"location, 403, with a login": {
			oraclesim.Switches{LocationAccess: "forbidden", LocationAccessCountsLogin: true}, 403, plainText, nil, 1,
		},
		"location, 401, with a login": {oraclesim.Switches{LocationAccess: "unauthorized", LocationAccessCountsLogin: true}, 401, "", nil, 1},
		"off":                         {oraclesim.Switches{Maintenance: "off", LocationAccess: "off"}, 200, adfCollection, nil, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, test.switches)
			must(t, sim.Pod().SetIdentityAdmin(user, true))
			for _, path := range []string{ledgers, scimUsers} {
				got := get(path).do(t, sim)
				contentType := got.header.Get("Content-Type")
				if got.status != test.status || contentType != test.contentType && contentType != "application/json" {
					t.Errorf("%s: %d %s", path, got.status, contentType)
				}
				for header, want := range test.header {
					if got.header.Get(header) != want {
						t.Errorf("%s = %q, want %q", header, got.header.Get(header), want)
					}
				}
			}
			if got := len(sim.Pod().Logins(user)); got != 2*test.logins {
				t.Errorf("%d logins, want %d", got, 2*test.logins)
			}
			wantStatus(t, inDomain(t, sim, "GET", domainUsers, ""), 200) // the domain still answers
		})
	}
}

// TestRateLimits sends requests in one second of the clock, and one after it.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		switches oraclesim.Switches
		want     []int // five in one second, one in the next
		domain   []int
	}{
		"off":        {want: []int{200, 200, 200, 200, 200, 200}, domain: []int{200, 200, 200, 200, 200, 200}},
		"per second": {switches: oraclesim.Switches{RateLimit: 2}, want: []int{200, 200, 429, 429, 429, 200}, domain: []int{200, 200, 200, 200, 200, 200}},
		"every":      {switches: oraclesim.Switches{RateLimitEvery: 3}, want: []int{200, 200, 429, 200, 200, 429}, domain: []int{200, 200, 200, 200, 200, 200}},
		"domain":     {switches: oraclesim.Switches{DomainRateLimit: 4}, want: []int{200, 200, 200, 200, 200, 200}, domain: []int{200, 200, 200, 429, 429, 200}}, // one for the token
		"retry":      {switches: oraclesim.Switches{DomainRateLimit: 1, RateLimit: 1, RetryAfter: "1"}, want: []int{200, 429, 429, 429, 429, 200}, domain: []int{429, 429, 429, 429, 429, 200}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, test.switches)
			onDomain := call{path: domainUsers, domain: true, token: token(t, sim)}
			var got, domain []int
			for i := range 6 {
				if i == 5 {
					sim.Pod().AdvanceClock(time.Second)
				}
				for _, c := range []call{get(ledgers), onDomain} {
					r := c.do(t, sim)
					if c.domain {
						domain = append(domain, r.status)
					} else {
						got = append(got, r.status)
					}
					if want := test.switches.RetryAfter; r.status == 429 && r.header.Get("Retry-After") != want {
						t.Errorf("Retry-After = %q, want %q", r.header.Get("Retry-After"), want)
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("pod (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.domain, domain); diff != "" {
				t.Errorf("domain (-want +got):\n%s", diff)
			}
			accepted := 0
			for _, status := range got {
				if status == 200 {
					accepted++
				}
			}
			if logins := len(sim.Pod().Logins(user)); logins != accepted {
				t.Errorf("%d logins, want %d: 429 spends none", logins, accepted)
			}
		})
	}
}

func TestErrorBodyWithoutAccept(t *testing.T) {
	t.Parallel()
	for on, want := range map[bool]string{false: plainText, true: adfError} {
		sim := start(t, oraclesim.Config{Switches: oraclesim.Switches{ErrorBodyWithoutAccept: on}})
		if got := get(ledgers+"?limit=x").do(t, sim).header.Get("Content-Type"); got != want {
			t.Errorf("ErrorBodyWithoutAccept %v: %s, want %s", on, got, want)
		}
	}
}

func TestOddSwitchesAreRefused(t *testing.T) {
	t.Parallel()
	pod := start(t, oraclesim.Config{}).Pod()
	for want, s := range map[string]oraclesim.Switches{
		`maintenance "x" is unknown: use off, unavailable, page or redirect`:                                     {Maintenance: "x"},
		`location access "x" is unknown: use off, unauthorized or forbidden`:                                     {LocationAccess: "x"},
		`password policy "x" is unknown: use simple, complex, very_complex or custom`:                            {PasswordPolicy: "x"},
		`password history must be from 0 to 24`:                                                                  {PasswordHistory: 25},
		`rate limits must not be negative`:                                                                       {DomainRateLimit: -1},
		`password max age must be positive, or never`:                                                            {PasswordMaxAge: -2},
		`password min length, password min age, password expire warning and token lifetime must not be negative`: {TokenLifetime: -1},
	} {
		if err := pod.SetSwitches(s); err == nil || err.Error() != want {
			t.Errorf("error = %v, want %q", err, want)
		}
	}
}
