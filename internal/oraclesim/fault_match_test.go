package oraclesim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// TestWhichRequestsAFaultMeets sends the same requests against each set of faults.
func TestWhichRequestsAFaultMeets(t *testing.T) {
	t.Parallel()
	status := func(code int, f oraclesim.Fault) oraclesim.Fault {
		f.Kind, f.Status = oraclesim.FaultStatus, code
		return f
	}
	requests := []call{get(ledgers), get(root + "/invoices"), get(ledgers), {path: ledgers}, get(ledgers)}
	tests := map[string]struct {
		faults []oraclesim.Fault
		want   []int
		left   int // faults still armed
	}{
		"none":           {want: []int{200, 200, 200, 401, 200}},
		"all":            {faults: []oraclesim.Fault{status(503, oraclesim.Fault{})}, want: []int{503, 503, 503, 503, 503}, left: 1},
		"two":            {faults: []oraclesim.Fault{status(503, oraclesim.Fault{Count: 2})}, want: []int{503, 503, 200, 401, 200}},
		"not the first":  {faults: []oraclesim.Fault{status(503, oraclesim.Fault{Skip: 1, Count: 1})}, want: []int{200, 503, 200, 401, 200}},
		"a path":         {faults: []oraclesim.Fault{status(503, oraclesim.Fault{Path: root + "/inv"})}, want: []int{200, 503, 200, 401, 200}, left: 1},
		"another path":   {faults: []oraclesim.Fault{status(503, oraclesim.Fault{Path: "/hcmRestApi"})}, want: []int{200, 200, 200, 401, 200}, left: 1},
		"a method":       {faults: []oraclesim.Fault{status(503, oraclesim.Fault{Method: "GET"})}, want: []int{503, 503, 503, 503, 503}, left: 1},
		"another method": {faults: []oraclesim.Fault{status(503, oraclesim.Fault{Method: "PATCH"})}, want: []int{200, 200, 200, 401, 200}, left: 1},
		"the domain":     {faults: []oraclesim.Fault{status(503, oraclesim.Fault{Domain: true})}, want: []int{200, 200, 200, 401, 200}, left: 1},
		"a user":         {faults: []oraclesim.Fault{status(503, oraclesim.Fault{User: "int_gl"})}, want: []int{503, 503, 503, 401, 503}, left: 1},
		"another user":   {faults: []oraclesim.Fault{status(503, oraclesim.Fault{User: "NOBODY"})}, want: []int{200, 200, 200, 401, 200}, left: 1},
		"the first wins": {faults: []oraclesim.Fault{status(503, oraclesim.Fault{Count: 1}), status(500, oraclesim.Fault{Count: 1})}, want: []int{503, 500, 200, 401, 200}},
		"a skip passes a request on to the next": {
			faults: []oraclesim.Fault{status(503, oraclesim.Fault{Skip: 1}), status(500, oraclesim.Fault{Count: 1})},
			want:   []int{500, 503, 503, 503, 503}, left: 1,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, oraclesim.Config{})
			for _, f := range test.faults {
				must(t, sim.Pod().Inject(f))
			}
			var got []int
			for _, c := range requests {
				got = append(got, c.do(t, sim).status)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
			if left := len(sim.Pod().Faults()); left != test.left {
				t.Errorf("%d faults are left, want %d", left, test.left)
			}
			sim.Pod().ClearFaults()
			if get(ledgers).do(t, sim).status != http.StatusOK {
				t.Error("ClearFaults left a fault")
			}
		})
	}
}

func TestFaultsShowWhatIsLeft(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	f := oraclesim.Fault{Kind: oraclesim.FaultReset, Skip: 2, Count: 3}
	must(t, sim.Pod().Inject(f))
	get(ledgers).do(t, sim)
	f.Skip = 1
	if diff := cmp.Diff([]oraclesim.Fault{f}, sim.Pod().Faults()); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	pod := start(t, oraclesim.Config{}).Pod()
	tests := map[string]struct {
		fault oraclesim.Fault
		want  string
	}{
		"no kind": {oraclesim.Fault{}, `fault "": the kind is unknown: use status, sso_page, maintenance_page, redirect, ` +
			`truncated, huge, slow, hang, reset, lost_reply, late or drop`},
		"no status":         {oraclesim.Fault{Kind: "status"}, `fault "status": it needs a status from 200 to 599`},
		"interim status":    {oraclesim.Fault{Kind: "status", Status: 100}, `fault "status": it needs a status from 200 to 599`},
		"odd body":          {oraclesim.Fault{Kind: "status", Status: 500, Body: "xml"}, `fault "status": body form "xml" is unknown: use empty, adf_json, plain or html`},
		"nowhere":           {oraclesim.Fault{Kind: "redirect"}, `fault "redirect": it needs a location`},
		"no redirect":       {oraclesim.Fault{Kind: "redirect", Location: "/", Status: 200}, `fault "redirect": its status must be from 300 to 399`},
		"no delay":          {oraclesim.Fault{Kind: "slow"}, `fault "slow": it needs a delay`},
		"no size":           {oraclesim.Fault{Kind: "huge"}, `fault "huge": it needs a size in MiB`},
		"drop of a path":    {oraclesim.Fault{Kind: "drop", Path: "/"}, `fault "drop": it comes before the request is read, so it takes no method, path, user or login`},
		"lost after login":  {oraclesim.Fault{Kind: "lost_reply", AfterLogin: true}, `fault "lost_reply": its request logs in anyway, so it takes no login before it`},
		"negative count":    {oraclesim.Fault{Kind: "reset", Count: -1}, `fault "reset": skip and count must not be negative`},
		"relative path":     {oraclesim.Fault{Kind: "reset", Path: "x"}, `fault "reset": path "x" must begin with a slash`},
		"unused status":     {oraclesim.Fault{Kind: "hang", Status: 503}, `fault "hang": it takes no status`},
		"unused delay":      {oraclesim.Fault{Kind: "hang", Delay: 1}, `fault "hang": it takes no delay`},
		"unused retry":      {oraclesim.Fault{Kind: "redirect", Location: "/", RetryAfter: "1"}, `fault "redirect": it takes no retry after`},
		"unused body":       {oraclesim.Fault{Kind: "huge", MiB: 1, Body: "html"}, `fault "huge": it takes no body`},
		"unused location":   {oraclesim.Fault{Kind: "sso_page", Location: "/"}, `fault "sso_page": it takes no location`},
		"unused size":       {oraclesim.Fault{Kind: "truncated", MiB: 1}, `fault "truncated": it takes no size in MiB`},
		"nothing was armed": {oraclesim.Fault{Kind: "xx"}, `fault "xx": the kind is unknown`},
	}
	for name, test := range tests {
		if got := fmt.Sprint(pod.Inject(test.fault)); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: error = %q, want %q", name, got, test.want)
		}
	}
	if faults := pod.Faults(); faults != nil {
		t.Errorf("armed all the same: %+v", faults)
	}
}
