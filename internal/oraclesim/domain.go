package oraclesim

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
)

// Paths of an identity domain (OCI IAM Identity Domains API, and Oracle Identity Cloud Service before it).
const (
	oauthPath        = "/oauth2/v1/token"
	authenticatePath = "/sso/v1/sdk/authenticate"
	adminRoot        = "/admin/v1/"
)

// ownScopes is the scope that grants a client what its application roles hold.
const ownScopes = "urn:opc:idm:__myscopes__"

// typeSCIM is the media type of the domain's answers (RFC 7644).
const typeSCIM = "application/scim+json"

// unauthorizedPage is what a domain answers to an access token that is not good, where everything else is JSON.
const unauthorizedPage = "<!DOCTYPE html><html><head><title>401 Unauthorized</title></head><body>Unauthorized</body></html>\n"

// domainAPI is the identity domain: tokens for clients, and the administration of users for those who hold one.
type domainAPI struct{ pod *Pod }

func (a *domainAPI) serve(w http.ResponseWriter, r *http.Request) {
	a.identify(w)
	if a.pod.throttlesDomain() {
		retryAfter(w, a.pod.Switches())
		failDomain(w, http.StatusTooManyRequests, "Too many requests.", "")
		return
	}
	if r.URL.Path == oauthPath {
		a.serveToken(w, r)
		return
	}
	a.withLogin(w, r, a.dispatch)
}

// identify gives an answer the header by which Oracle's support finds a request.
func (a *domainAPI) identify(w http.ResponseWriter) { w.Header().Set("X-ORACLE-DMS-ECID", ecid()) }

func ecid() string { return strings.ToLower(rand.Text()) }

// withLogin lets a request pass whose access token is good.
func (a *domainAPI) withLogin(w http.ResponseWriter, r *http.Request, next func(http.ResponseWriter, *http.Request, string)) {
	a.pod.mu.Lock()
	id := a.pod.bearer(r, a.pod.now())
	a.pod.mu.Unlock()
	if id == "" && r.URL.Path != oauthPath {
		a.identify(w)
		writeBody(w, http.StatusUnauthorized, typeHTML, unauthorizedPage)
		return
	}
	next(w, r, id)
}

// dispatch hands the request of a client to its resource.
func (a *domainAPI) dispatch(w http.ResponseWriter, r *http.Request, id string) {
	a.identify(w)
	switch r.URL.Path {
	case oauthPath:
		a.serveToken(w, r)
		return
	case authenticatePath:
		a.authenticate(w, r)
		return
	}
	rest, ok := strings.CutPrefix(strings.TrimSuffix(r.URL.Path, "/"), adminRoot)
	parts := strings.Split(rest, "/")
	resource, known := domainResources()[parts[0]]
	if !ok || !known || len(parts) > 2 {
		failDomain(w, http.StatusNotFound, "No such resource.", "")
		return
	}
	call := domainCall{pod: a.pod, w: w, r: r, client: id, switches: a.pod.Switches()}
	if len(parts) == 2 {
		call.id = parts[1]
	}
	if r.Method != resource.method || resource.needsID && call.id == "" || resource.method == http.MethodPost && call.id != "" {
		failDomain(w, http.StatusMethodNotAllowed, "The simulator does not serve "+r.Method+" here.", "")
		return
	}
	if !a.pod.clientHas(id, resource.right) {
		failDomain(w, http.StatusForbidden, "You do not have permission to perform this operation.", "")
		return
	}
	resource.serve(&call)
}

// domainResource is one resource type of the domain. Each is served for one method here.
type domainResource struct {
	method  string
	needsID bool
	right   Right
	serve   func(*domainCall)
}

func domainResources() map[string]domainResource {
	return map[string]domainResource{
		"Users":                  {http.MethodGet, false, RightReadUsers, (*domainCall).users},
		"PasswordPolicies":       {http.MethodGet, false, RightReadUsers, (*domainCall).policies},
		"UserPasswordChanger":    {http.MethodPut, true, RightChangePasswords, (*domainCall).changePassword},
		"UserPasswordResetter":   {http.MethodPut, true, RightChangePasswords, (*domainCall).resetPassword},
		"UserLockedStateChanger": {http.MethodPost, false, RightChangeState, (*domainCall).changeLock},
		"UserStatusChanger":      {http.MethodPut, true, RightChangeState, (*domainCall).changeStatus},
	}
}

// domainCall is one request of a client, which has the right to it.
type domainCall struct {
	pod      *Pod
	w        http.ResponseWriter
	r        *http.Request
	client   string
	id       string // of the resource, may be empty
	switches Switches
}

func (c *domainCall) answer(status int, body any) { writeJSON(c.w, status, typeSCIM, body) }

// serveToken answers a client by an access token (RFC 6749, 4.4).
func (a *domainAPI) serveToken(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		failToken(w, http.StatusMethodNotAllowed, "invalid_request", "The method must be POST.")
		return
	}
	id, secret, ok := r.BasicAuth()
	if !ok || !a.pod.authenticates(id, secret) {
		failToken(w, http.StatusUnauthorized, "invalid_client", "Client authentication failed.")
		return
	}
	switch {
	case r.PostFormValue("grant_type") != "client_credentials":
		failToken(w, http.StatusBadRequest, "unsupported_grant_type", "The grant type must be client_credentials.")
	case r.PostFormValue("scope") != ownScopes:
		failToken(w, http.StatusBadRequest, "invalid_scope", "The scope must be "+ownScopes+".")
	default:
		value, lifetime := a.pod.issueToken(id)
		writeJSON(w, http.StatusOK, typeJSON, map[string]any{
			"access_token": value, "token_type": "Bearer", "expires_in": int(lifetime.Seconds()),
		})
	}
}

func failToken(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, typeJSON, map[string]string{"error": code, "error_description": description})
}

// URNs of the domain's errors (OCI IAM, REST API responses).
const (
	scimErrorSchema   = "urn:ietf:params:scim:api:messages:2.0:Error"
	domainErrorSchema = "urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error"
)

// failDomain answers in SCIM's form; status is a string in it. Functional failures carry no message id.
func failDomain(w http.ResponseWriter, status int, detail, messageID string) {
	body := map[string]any{
		"schemas": []string{scimErrorSchema, domainErrorSchema}, "detail": detail, "status": strconv.Itoa(status),
	}
	if messageID != "" {
		body[domainErrorSchema] = map[string]string{"messageId": messageID}
	}
	writeJSON(w, status, typeSCIM, body)
}
