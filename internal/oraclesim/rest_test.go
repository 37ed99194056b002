package oraclesim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	adfCollection  = "application/vnd.oracle.adf.resourcecollection+json"
	adfError       = "application/vnd.oracle.adf.error+json"
	adfDescription = "application/vnd.oracle.adf.description+json"
	bothErrors     = "application/json, " + adfError
	plainText      = "text/plain;charset=UTF-8"
)

// TestRefusedLoginsLookTheSame compares the whole 401, since a client must not be able to learn the cause.
func TestRefusedLoginsLookTheSame(t *testing.T) {
	t.Parallel()
	nothing := func(*oraclesim.Pod) error { return nil }
	tests := map[string]struct {
		change func(*oraclesim.Pod) error
		call   call
	}{
		"wrong password": {nothing, call{path: ledgers, user: user, password: "wrong"}},
		"unknown user":   {nothing, call{path: ledgers, user: "NOBODY", password: password}},
		"no header":      {nothing, call{path: ledgers}},
		"garbled header": {nothing, call{path: ledgers, header: map[string]string{"Authorization": "Basic ???"}}},
		"unknown path":   {nothing, call{path: "/"}},
		"locked":         {func(p *oraclesim.Pod) error { return p.Lock(user) }, get(ledgers)},
		"expired":        {func(p *oraclesim.Pod) error { return p.Expire(user) }, get(ledgers)},
		"disabled":       {func(p *oraclesim.Pod) error { return p.Disable(user) }, get(ledgers)},
		"lag": {func(p *oraclesim.Pod) error {
			if err := p.Lock(user); err != nil {
				return err
			}
			return p.Unlock(user)
		}, get(ledgers)},
	}
	clock := newFakeClock()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, oraclesim.Config{Now: clock.Now})
			must(t, test.change(sim.Pod()))
			want := reply{status: 401, header: http.Header{
				"Www-Authenticate": {`Basic realm="owsm"`},
				"Content-Length":   {"0"},
				"Date":             {"Thu, 01 Jan 2026 12:00:00 GMT"},
			}}
			if diff := cmp.Diff(want, test.call.do(t, sim), cmp.AllowUnexported(reply{})); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	access := func(m oraclesim.Module, a oraclesim.Access) func(*oraclesim.Pod) error {
		return func(p *oraclesim.Pod) error { return p.SetPrivilege(user, m, a) }
	}
	tests := map[string]struct {
		path        string
		accept      string
		change      func(*oraclesim.Pod) error
		switches    oraclesim.Switches
		status      int
		contentType string
		body        string // part of it
	}{
		"ledgers":                      {path: ledgers, status: 200, contentType: adfCollection, body: `"LedgerId":300000000000001`},
		"version latest":               {path: "/fscmRestApi/resources/latest/ledgersLOV", status: 200, contentType: adfCollection},
		"other version":                {path: "/fscmRestApi/resources/11.12.0.0/ledgersLOV", status: 404, contentType: plainText},
		"chart of accounts":            {path: root + "/chartOfAccountsLOV", status: 200, contentType: adfCollection},
		"account combinations":         {path: root + "/accountCombinationsLOV", status: 200, contentType: adfCollection},
		"invoices":                     {path: root + "/invoices?fields=InvoiceId", status: 200, contentType: adfCollection},
		"payments":                     {path: root + "/payablesPayments", status: 200, contentType: adfCollection},
		"receivables invoices":         {path: root + "/receivablesInvoices?fields=CustomerTransactionId", status: 200, contentType: adfCollection},
		"receipts":                     {path: root + "/standardReceipts", status: 200, contentType: adfCollection},
		"asset books":                  {path: root + "/fixedAssetBooksLOV", status: 200, contentType: adfCollection},
		"bank accounts":                {path: root + "/cashBankAccounts?fields=BankAccountId", status: 200, contentType: adfCollection},
		"banks":                        {path: root + "/cashBanks", status: 200, contentType: adfCollection},
		"projects":                     {path: root + "/projects?fields=ProjectId", status: 200, contentType: adfCollection},
		"suppliers belong to others":   {path: root + "/suppliers", status: 403, contentType: plainText},
		"suppliers, granted":           {path: root + "/suppliers", change: access("PO", "granted"), status: 200, contentType: adfCollection},
		"business units need no right": {path: root + "/businessUnitsLOV", status: 200, contentType: adfCollection},

		"balances need a finder":    {path: root + "/ledgerBalances", accept: bothErrors, status: 400, contentType: adfError, body: `"status":"400"`},
		"balances with a finder":    {path: root + "/ledgerBalances?finder=AccountBalanceFinder;ledgerName=US", status: 200, contentType: adfCollection, body: `"count":25`},
		"balances, the other guess": {path: root + "/ledgerBalances", switches: oraclesim.Switches{BareFinderEmpty: true}, status: 200, contentType: adfCollection, body: `"items":[],"count":0`},

		"the guides' wrong name": {path: root + "/chartOfAccounts", status: 404, contentType: plainText},
		"the other wrong name":   {path: root + "/customers", status: 404, contentType: plainText},
		"an old pod that has it": {path: root + "/chartOfAccounts", change: func(p *oraclesim.Pod) error {
			return p.AddResource(oraclesim.Resource{Name: "chartOfAccounts", Module: "GL"})
		}, status: 200, contentType: adfCollection, body: `"Id":`},
		"a module that is missing":   {path: root + "/projects", change: func(p *oraclesim.Pod) error { return p.RemoveModule("PA") }, status: 404, contentType: plainText},
		"a resource that is missing": {path: ledgers, change: func(p *oraclesim.Pod) error { return p.RemoveResource("ledgersLOV") }, status: 404, contentType: plainText},
		"a neighbour stays":          {path: root + "/cashBanks", change: func(p *oraclesim.Pod) error { return p.RemoveResource("cashBankAccounts") }, status: 200, contentType: adfCollection},
		"an item":                    {path: ledgers + "/1", status: 404, contentType: plainText},
		"a path outside REST":        {path: "/index.html", status: 404, contentType: plainText},

		"no privilege, text":      {path: ledgers, change: access("GL", "denied"), status: 403, contentType: plainText, body: "You may not have the necessary roles and privileges"},
		"no privilege, ADF":       {path: ledgers, accept: bothErrors, change: access("GL", "denied"), status: 403, contentType: adfError, body: `{"title":"Forbidden","status":"403","o:errorDetails":[{"detail":"You may not`},
		"no privilege, empty":     {path: ledgers, accept: bothErrors, switches: oraclesim.Switches{ForbiddenBody: "empty"}, change: access("GL", "denied"), status: 403},
		"no privilege, HTML":      {path: ledgers, accept: bothErrors, switches: oraclesim.Switches{ForbiddenBody: "html"}, change: access("GL", "denied"), status: 403, contentType: "text/html;charset=UTF-8", body: "<html>"},
		"privilege of another":    {path: ledgers, change: access("AP", "denied"), status: 200, contentType: adfCollection},
		"no data security policy": {path: ledgers, change: access("GL", "no_data"), status: 200, contentType: adfCollection, body: `{"items":[],"count":0,"hasMore":false,`},

		"describe":                         {path: ledgers + "/describe", status: 200, contentType: adfDescription, body: `{"Resources":{"ledgersLOV":`},
		"describe as JSON":                 {path: ledgers + "/describe", accept: "application/json", status: 200, contentType: "application/json"},
		"describe without a privilege":     {path: ledgers + "/describe", change: access("GL", "denied"), status: 403, contentType: plainText},
		"describe, the other guess":        {path: ledgers + "/describe", switches: oraclesim.Switches{DescribeWithoutPrivilege: true}, change: access("GL", "denied"), status: 200, contentType: adfDescription},
		"describe of nothing":              {path: root + "/customers/describe", status: 404, contentType: plainText},
		"catalogue":                        {path: "/fscmRestApi/resources", status: 200, contentType: adfCollection, body: `"version":"11.13.18.05"`},
		"catalogue with slash":             {path: "/fscmRestApi/resources/", status: 200, contentType: adfCollection, body: `"allowedFrameworkVersions":["1","2"`},
		"accept JSON":                      {path: ledgers, accept: "application/json", status: 200, contentType: "application/json"},
		"accept anything":                  {path: ledgers, accept: "*/*", status: 200, contentType: adfCollection},
		"accept the exact type":            {path: ledgers, accept: "application/json;q=0.5, " + adfCollection, status: 200, contentType: adfCollection},
		"accept JSON, and errors":          {path: ledgers, accept: bothErrors, status: 200, contentType: "application/json"},
		"accept something else":            {path: ledgers, accept: "text/html", status: 406, contentType: plainText},
		"accept a status only":             {path: ledgers, accept: "application/vnd.oracle.adf.resourceitem+json;q=0", status: 200},
		"bad limit":                        {path: ledgers + "?limit=many", accept: bothErrors, status: 400, contentType: adfError},
		"negative offset":                  {path: ledgers + "?offset=-1", status: 400, contentType: plainText},
		"unknown field":                    {path: ledgers + "?fields=Salary", status: 400, contentType: plainText, body: "no attribute Salary"},
		"fields with expand":               {path: ledgers + "?fields=Name&expand=all", status: 400, contentType: plainText},
		"unknown resource, wrong password": {path: root + "/customers", change: func(p *oraclesim.Pod) error { return p.Lock(user) }, status: 401},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, oraclesim.Config{Switches: test.switches})
			if test.change != nil {
				must(t, test.change(sim.Pod()))
			}
			c := get(test.path)
			if test.accept != "" {
				c.header = map[string]string{"Accept": test.accept}
			}
			got := c.do(t, sim)
			wantStatus(t, got, test.status)
			if contentType := got.header.Get("Content-Type"); contentType != test.contentType {
				t.Errorf("Content-Type = %q, want %q", contentType, test.contentType)
			}
			if !strings.Contains(got.body, test.body) || (test.contentType == "") != (got.body == "") {
				t.Errorf("body = %q, want it to hold %q", got.body, test.body)
			}
		})
	}
}

func TestStructuredErrorsFromFrameworkVersion4(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	for version, want := range map[string]string{
		"3": plainText, "4": adfError, "9": adfError, "11.13.18.05": plainText,
	} {
		c := get(ledgers + "?limit=x")
		c.header = map[string]string{"REST-Framework-Version": version}
		if got := c.do(t, sim).header.Get("Content-Type"); got != want {
			t.Errorf("framework version %s: Content-Type = %q, want %q", version, got, want)
		}
	}
}

func TestOrderOfAuthenticationAndExistence(t *testing.T) {
	t.Parallel()
	missing := call{path: root + "/customers", user: user, password: "wrong"}
	catalogue := call{path: "/fscmRestApi/resources"}
	other := oraclesim.Switches{ResourceBeforeLogin: true, CatalogueWithoutLogin: true}
	tests := map[string]struct {
		switches   oraclesim.Switches
		call       call
		status     int
		wantLogins int
	}{
		"401 comes first":           {call: missing, status: 401, wantLogins: 1},
		"404 comes first":           {switches: other, call: missing, status: 404},
		"what exists needs a login": {switches: other, call: call{path: ledgers, user: user, password: "wrong"}, status: 401, wantLogins: 1},
		"the catalogue needs one":   {call: catalogue, status: 401},
		"the catalogue is open":     {switches: other, call: catalogue, status: 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, oraclesim.Config{Switches: test.switches})
			wantStatus(t, test.call.do(t, sim), test.status)
			if got := len(sim.Pod().Logins(user)); got != test.wantLogins {
				t.Errorf("%d logins, want %d", got, test.wantLogins)
			}
		})
	}
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	tests := map[string]struct {
		query string
		want  map[string]any // without items and links
		items int
		first float64 // key of the first item
	}{
		"defaults":      {query: "", want: envelope(25, 25, 0, true), items: 25, first: 300000000000001},
		"limit":         {query: "?limit=2", want: envelope(2, 2, 0, true), items: 2, first: 300000000000001},
		"second page":   {query: "?offset=25", want: envelope(5, 25, 25, false), items: 5, first: 300000000000026},
		"past the end":  {query: "?offset=99", want: envelope(0, 25, 99, false)},
		"exactly all":   {query: "?limit=30", want: envelope(30, 30, 0, false), items: 30, first: 300000000000001},
		"clamped limit": {query: "?limit=5000", want: envelope(30, 500, 0, false), items: 30, first: 300000000000001},
		"total": {
			query: "?limit=1&totalResults=true", items: 1, first: 300000000000001,
			want: map[string]any{"count": 1.0, "limit": 1.0, "offset": 0.0, "hasMore": true, "totalResults": 30.0},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := decodeJSON(t, get(ledgers+test.query).do(t, sim).body)
			items, _ := got["items"].([]any)
			if len(items) != test.items {
				t.Fatalf("%d items, want %d", len(items), test.items)
			}
			if len(items) > 0 && items[0].(map[string]any)["LedgerId"] != test.first {
				t.Errorf("first item = %v, want key %v", items[0], test.first)
			}
			wantLinks := []any{map[string]any{"rel": "self", "href": sim.URL() + ledgers, "name": "ledgersLOV", "kind": "collection"}}
			if diff := cmp.Diff(wantLinks, got["links"]); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
			delete(got, "items")
			delete(got, "links")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("envelope (-want +got):\n%s", diff)
			}
		})
	}
}

func envelope(count, limit, offset float64, hasMore bool) map[string]any {
	return map[string]any{"count": count, "limit": limit, "offset": offset, "hasMore": hasMore}
}

func TestItems(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{Switches: oraclesim.Switches{PageLimit: 1}})
	key, name := 300000000000001.0, "Name 1"
	links := []any{map[string]any{
		"rel": "self", "href": sim.URL() + ledgers + "/300000000000001", "name": "ledgersLOV", "kind": "item",
	}}
	for query, want := range map[string]map[string]any{
		"":                               {"LedgerId": key, "Name": name, "links": links},
		"?onlyData=true":                 {"LedgerId": key, "Name": name},
		"?fields=Name":                   {"Name": name, "links": links},
		"?fields=LedgerId&onlyData=true": {"LedgerId": key},
		"?fields=Name,LedgerId":          {"LedgerId": key, "Name": name, "links": links},
	} {
		got := decodeJSON(t, get(ledgers+query).do(t, sim).body)["items"]
		if diff := cmp.Diff([]any{want}, got); diff != "" {
			t.Errorf("items of %q (-want +got):\n%s", query, diff)
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	for method, want := range map[string]int{"HEAD": 200, "POST": 405, "PATCH": 405, "DELETE": 405} {
		c := get(ledgers)
		c.method = method
		wantStatus(t, c.do(t, sim), want)
	}
}

func TestDateIsThePodsOwn(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{Now: newFakeClock().Now})
	sim.Pod().AdvanceClock(36 * time.Hour)
	if got := get(ledgers).do(t, sim).header.Get("Date"); got != "Sat, 03 Jan 2026 00:00:00 GMT" {
		t.Errorf("Date = %q", got)
	}
}

func TestUserAccess(t *testing.T) {
	t.Parallel()
	only := map[oraclesim.Module]oraclesim.Access{oraclesim.GeneralLedger: oraclesim.AccessGranted}
	sim := start(t, oraclesim.Config{Users: []oraclesim.User{{Name: user, Password: password, Access: only}}})
	wantStatus(t, get(ledgers).do(t, sim), http.StatusOK)
	wantStatus(t, get(root+"/invoices").do(t, sim), http.StatusForbidden)
	if diff := cmp.Diff([]oraclesim.Reason{"accepted", "accepted"}, reasons(sim)); diff != "" {
		t.Errorf("a 403 is an accepted login (-want +got):\n%s", diff)
	}
}
