package oraclesim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// restRoot is the context root of the ERP resources (Oracle Financials REST guide, Quick Start).
const restRoot = "/fscmRestApi/resources"

// frameworkVersions are the versions of the REST framework the pod offers.
const frameworkVersions = 9

// restVersions are the version segments served, the default one first.
func restVersions() []string { return []string{"11.13.18.05", "latest"} }

// targetKind is what a path under the context root leads to.
type targetKind int

const (
	targetNone targetKind = iota
	targetCatalogue
	targetCollection
	targetDescribe
	targetSCIM
	targetUserAccounts
)

// target is the place a path leads to.
type target struct {
	kind     targetKind
	resource Resource
	self     string   // path of the resource, with its version
	below    []string // what follows a SCIM or userAccounts collection
}

// locate finds what a path leads to.
func (p *Pod) locate(path string) target {
	path = strings.TrimSuffix(path, "/")
	if t, ok := locateHCM(path); ok {
		return t
	}
	rest, ok := strings.CutPrefix(path, restRoot)
	if !ok {
		return target{}
	}
	if rest == "" {
		return target{kind: targetCatalogue}
	}
	parts := strings.Split(strings.TrimPrefix(rest, "/"), "/")
	if len(parts) < 2 || !slices.Contains(restVersions(), parts[0]) {
		return target{}
	}
	p.mu.Lock()
	res, known := p.resources[parts[1]]
	p.mu.Unlock()
	t := target{resource: res, self: strings.Join([]string{restRoot, parts[0], parts[1]}, "/")}
	switch {
	case !known:
	case len(parts) == 2:
		t.kind = targetCollection
	case len(parts) == 3 && parts[2] == "describe":
		t.kind = targetDescribe
	}
	return t
}

// serveTarget answers a request of an authenticated user.
func (p *Pod) serveTarget(w http.ResponseWriter, r *http.Request, t target, user string) {
	switch {
	case t.kind == targetNone:
		notFound(w)
	case t.kind == targetSCIM:
		(&scim{pod: p, caller: user, switches: p.Switches()}).serve(w, r, t.below)
	case t.kind == targetUserAccounts:
		(&userAccounts{pod: p, caller: user, switches: p.Switches()}).serve(w, r, t)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		methodNotAllowed(w, r, p.Switches(), "GET, HEAD")
	case t.kind == targetCatalogue:
		p.serveCatalogue(w, r)
	case t.kind == targetDescribe:
		p.serveDescribe(w, r, t, user)
	default:
		p.serveCollection(w, r, t, user)
	}
}

func methodNotAllowed(w http.ResponseWriter, r *http.Request, s Switches, allowed string) {
	w.Header().Set("Allow", allowed)
	problem{status: http.StatusMethodNotAllowed, detail: "The simulator serves " + allowed + " only here."}.write(w, r, s)
}

// notFound is what was seen of a resource that does not exist: 404 in plain text.
func notFound(w http.ResponseWriter) { writeBody(w, http.StatusNotFound, typePlain, "Not Found\n") }

func (p *Pod) serveCollection(w http.ResponseWriter, r *http.Request, t target, user string) {
	switches := p.Switches()
	access := p.permission(user, t.resource)
	if access == AccessDenied {
		forbidden(w, r, switches, forbiddenText)
		return
	}
	pg, bad, ok := parsePage(queryOf(r), t.resource, switches.PageLimit)
	if !ok {
		bad.write(w, r, switches)
		return
	}
	rows := rowsPerResource
	if access == AccessNoData {
		rows = 0
	}
	if t.resource.NeedsFinder && !pg.finder {
		if !switches.BareFinderEmpty {
			badRequest("A finder or a query is required to get "+t.resource.Name+".").write(w, r, switches)
			return
		}
		rows = 0
	}
	p.answer(w, r, typeCollection, newCollection(t.resource, rows, pg, "https://"+r.Host+t.self))
}

// serveDescribe answers metadata: no rows, and no items envelope either.
func (p *Pod) serveDescribe(w http.ResponseWriter, r *http.Request, t target, user string) {
	switches := p.Switches()
	if p.permission(user, t.resource) == AccessDenied && !switches.DescribeWithoutPrivilege {
		forbidden(w, r, switches, forbiddenText)
		return
	}
	attributes := make([]map[string]any, 0, len(t.resource.Attributes))
	for i, name := range t.resource.Attributes {
		kind := "string"
		if i == 0 {
			kind = "integer"
		}
		attributes = append(attributes, map[string]any{"name": name, "type": kind, "mandatory": i == 0, "queryable": true})
	}
	p.answer(w, r, typeDescription, map[string]any{
		"Resources": map[string]any{
			t.resource.Name: map[string]any{"title": t.resource.Name, "attributes": attributes},
		},
	})
}

// serveCatalogue lists the versions (Oracle REST guides, Set the REST Framework Version: GET on the context
// root).
func (p *Pod) serveCatalogue(w http.ResponseWriter, r *http.Request) {
	allowed := make([]string, 0, frameworkVersions)
	for v := range frameworkVersions {
		allowed = append(allowed, strconv.Itoa(v+1))
	}
	version := restVersions()[0]
	href := "https://" + r.Host + restRoot
	p.answer(w, r, typeCollection, map[string]any{
		"items": []map[string]any{{
			"version":  version,
			"isLatest": true,
			"adf:extension": map[string]any{
				"defaultFrameworkVersion":  "1",
				"allowedFrameworkVersions": allowed,
			},
			"links": []link{{Rel: "self", Href: href + "/" + version, Name: "self", Kind: "item"}},
		}},
		"links": []link{{Rel: "self", Href: href, Name: "self", Kind: "collection"}},
	})
}

// answer sends a success in the media type the client takes.
func (p *Pod) answer(w http.ResponseWriter, r *http.Request, native string, body any) {
	accept := parseAccept(r)
	if accept.noBody {
		w.WriteHeader(http.StatusOK)
		return
	}
	contentType := accept.choose(native)
	if contentType == "" {
		problem{status: http.StatusNotAcceptable, detail: "None of the accepted media types can be produced."}.write(w, r, p.Switches())
		return
	}
	writeJSON(w, http.StatusOK, contentType, body)
}
