package oraclesim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Roots of the HCM services (Oracle Applications REST guide, Get all users; HCM REST guide, Get all user accounts).
const (
	scimRoot = "/hcmRestApi/scim/"
	hcmRoot  = "/hcmRestApi/resources/"
)

// fusionUserSchema is the URN of Fusion's users; it is older than RFC 7643.
const fusionUserSchema = "urn:scim:schemas:core:2.0:User"

// scimPage is how many users are listed without a count.
const scimPage = 500

// locateHCM finds SCIM and userAccounts; false for any other path.
func locateHCM(path string) (target, bool) {
	if rest, ok := strings.CutPrefix(path, scimRoot); ok {
		below := strings.Split(rest, "/")
		switch {
		case below[0] == "Users" && len(below) <= 2, below[0] == "Schemas" && len(below) == 1:
			return target{kind: targetSCIM, below: below}, true
		}
		return target{}, true
	}
	rest, ok := strings.CutPrefix(path, hcmRoot)
	if !ok {
		return target{}, false
	}
	parts := strings.Split(rest, "/")
	if len(parts) < 2 || !slices.Contains(restVersions(), parts[0]) || parts[1] != "userAccounts" {
		return target{}, true
	}
	return target{kind: targetUserAccounts, self: hcmRoot + parts[0] + "/userAccounts", below: parts[2:]}, true
}

// scim serves Fusion's users to an authenticated caller.
type scim struct {
	pod      *Pod
	caller   string
	switches Switches
}

// scimErrors is the error body of Fusion's SCIM (Oracle Applications REST guide, Reset User Password).
type scimErrors struct {
	Errors []scimError `json:"Errors"`
}

type scimError struct {
	Description string `json:"description"`
	Code        string `json:"code"`
}

func (s *scim) fail(w http.ResponseWriter, status int, description string) {
	writeJSON(w, status, typeJSON, scimErrors{[]scimError{{Description: description, Code: strconv.Itoa(status)}}})
}

func (s *scim) serve(w http.ResponseWriter, r *http.Request, below []string) {
	admin := s.pod.isIdentityAdmin(s.caller)
	switch {
	case !admin && !s.switches.SelfChangeWithoutPrivilege:
		s.refuse(w)
	case below[0] == "Schemas" && isRead(r):
		writeJSON(w, http.StatusOK, typeJSON, fusionSchemas())
	case len(below) == 1 && isRead(r):
		s.list(w, r, admin)
	case len(below) == 2 && isRead(r):
		s.read(w, r, below[1], admin)
	case len(below) == 2 && r.Method == http.MethodPatch:
		s.patch(w, r, below[1], admin)
	default:
		s.fail(w, http.StatusMethodNotAllowed, "The simulator does not serve "+r.Method+" here.")
	}
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// refuse answers a caller who lacks the privilege.
func (s *scim) refuse(w http.ResponseWriter) {
	switch {
	case s.switches.ScimWithoutPrivilege401:
		unauthorized(w)
	case s.switches.ForbiddenBody == BodyADF:
		s.fail(w, http.StatusForbidden, forbiddenText)
	default:
		writeForm(w, s.switches.ForbiddenBody, http.StatusForbidden, forbiddenText)
	}
}

// list answers GET Users: no totalResults, as in Oracle's own example.
func (s *scim) list(w http.ResponseWriter, r *http.Request, admin bool) {
	query := r.URL.Query()
	wanted, err := parseFilter(query.Get("filter"))
	if err != nil {
		s.fail(w, http.StatusBadRequest, "Invalid request: "+err.Error())
		return
	}
	part, err := parseWindow(query, scimPage)
	if err != nil {
		s.fail(w, http.StatusBadRequest, "Invalid request: "+err.Error())
		return
	}
	users := windowOf(s.find(r, wanted, admin), part)
	writeJSON(w, http.StatusOK, typeJSON, map[string]any{
		"itemsPerPage": len(users), "startIndex": part.start, "Resources": users,
	})
}

func (s *scim) read(w http.ResponseWriter, r *http.Request, id string, admin bool) {
	users := s.find(r, filter{attribute: "id", value: id}, admin)
	if len(users) == 0 {
		s.fail(w, http.StatusNotFound, "User "+strconv.Quote(id)+" not found")
		return
	}
	writeJSON(w, http.StatusOK, typeJSON, users[0])
}

// mayRead: a caller without the privilege sees himself alone.
func (s *scim) mayRead(a *account, admin bool) bool { return admin || a.name == s.caller }

// find renders the users that the filter matches and the caller may read, in the order of their names.
func (s *scim) find(r *http.Request, wanted filter, admin bool) []map[string]any {
	attributes := named(r.URL.Query().Get("attributes"))
	p := s.pod
	p.mu.Lock()
	defer p.mu.Unlock()
	var users []map[string]any
	for _, a := range p.matching(wanted, fusionID) {
		if s.mayRead(a, admin) {
			users = append(users, pick(fusionUser(a, "https://"+r.Host, s.switches), attributes))
		}
	}
	return users
}

// pick leaves the attributes that were named, and those every answer has; none named leaves all.
func pick(user map[string]any, attributes []string) map[string]any {
	if len(attributes) == 0 {
		return user
	}
	picked := make(map[string]any)
	for name, value := range user {
		wanted := slices.ContainsFunc(attributes, func(a string) bool {
			top, _, _ := strings.Cut(a, ".")
			return strings.EqualFold(top, name)
		})
		if wanted || name == "id" || name == "schemas" {
			picked[name] = value
		}
	}
	return picked
}
