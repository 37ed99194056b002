package oraclesim

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
)

// Media types of actions (Oracle REST guides, Media Types).
const (
	typeAction       = "application/vnd.oracle.adf.action+json"
	typeActionResult = "application/vnd.oracle.adf.actionresult+json"
)

// userAccounts serves the HCM resource of that name to a caller with the same right as SCIM. On a pod it has a privilege
// of its own (PER_REST_SERVICE_ACCESS_USER_ACCOUNTS_PRIV).
type userAccounts struct {
	pod      *Pod
	caller   string
	switches Switches
}

func (u *userAccounts) serve(w http.ResponseWriter, r *http.Request, t target) {
	switch {
	case !u.pod.isIdentityAdmin(u.caller):
		forbidden(w, r, u.switches, forbiddenText)
	case len(t.below) == 0 && isRead(r):
		u.list(w, r, t)
	case len(t.below) == 1 && isRead(r):
		u.read(w, r, t)
	case len(t.below) == 1 && r.Method == http.MethodPatch:
		u.patch(w, r, t)
	case len(t.below) == 3 && t.below[1] == "action" && r.Method == http.MethodPost:
		u.act(w, r, t.below[0], t.below[2])
	case len(t.below) > 1:
		notFound(w)
	default:
		methodNotAllowed(w, r, u.switches, "GET, HEAD, PATCH")
	}
}

// item is a user as this resource shows him (HCM REST guide, Update a user account).
func (u *userAccounts) item(a *account, self string) map[string]any {
	return map[string]any{
		"UserId":                   firstKey + a.number,
		"Username":                 a.name,
		"SuspendedFlag":            a.disabled,
		"PersonId":                 nil,
		"PersonNumber":             nil,
		"CredentialsEmailSentFlag": false,
		"GUID":                     a.id,
		"links":                    []link{{Rel: "self", Href: self + "/" + a.id, Name: "userAccounts", Kind: "item"}},
	}
}

// list takes the query q=Username=NAME, with or without quotes.
func (u *userAccounts) list(w http.ResponseWriter, r *http.Request, t target) {
	q := queryOf(r).Get("q")
	attribute, value, _ := strings.Cut(q, "=")
	if q != "" && !strings.EqualFold(strings.TrimSpace(attribute), "Username") {
		badRequest("The simulator queries userAccounts by Username only.").write(w, r, u.switches)
		return
	}
	value = strings.Trim(strings.TrimSpace(value), `'"`)
	self := "https://" + r.Host + t.self
	items := make([]map[string]any, 0)
	u.pod.mu.Lock()
	for _, a := range u.pod.sortedAccounts() {
		if q == "" || accountKey(value) == accountKey(a.name) {
			items = append(items, u.item(a, self))
		}
	}
	u.pod.mu.Unlock()
	u.pod.answer(w, r, typeCollection, collection{
		Items: items, Count: len(items), Limit: u.switches.PageLimit,
		Links: []link{{Rel: "self", Href: self, Name: "userAccounts", Kind: "collection"}},
	})
}

// with runs change on the account of a GUID, and answers what it returns; 404 when there is none.
func (u *userAccounts) with(w http.ResponseWriter, r *http.Request, guid, native string, change func(*account) (any, *problem)) {
	u.pod.mu.Lock()
	a := u.pod.accountWith(guid, fusionID)
	if a == nil {
		u.pod.mu.Unlock()
		notFound(w)
		return
	}
	result, bad := change(a)
	u.pod.mu.Unlock()
	if bad != nil {
		bad.write(w, r, u.switches)
		return
	}
	u.pod.answer(w, r, native, result)
}

func (u *userAccounts) read(w http.ResponseWriter, r *http.Request, t target) {
	u.with(w, r, t.below[0], typeItem, func(a *account) (any, *problem) {
		return u.item(a, "https://"+r.Host+t.self), nil
	})
}

func (u *userAccounts) patch(w http.ResponseWriter, r *http.Request, t target) {
	var body struct {
		SuspendedFlag *flag
	}
	if err := decodeJSON(r, &body); err != nil || body.SuspendedFlag == nil {
		badRequest("The simulator changes SuspendedFlag only.").write(w, r, u.switches)
		return
	}
	u.with(w, r, t.below[0], typeItem, func(a *account) (any, *problem) {
		a.setActive(!bool(*body.SuspendedFlag), u.pod.now(), u.switches)
		return u.item(a, "https://"+r.Host+t.self), nil
	})
}

// act runs an action of a user account. The payload of updatePassword was not seen: it is taken as {"password": "…"}.
func (u *userAccounts) act(w http.ResponseWriter, r *http.Request, guid, action string) {
	var body struct {
		Password string `json:"password"`
	}
	if err := decodeJSON(r, &body); err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), typeAction) {
		problem{
			status: http.StatusUnsupportedMediaType, detail: "An action takes a JSON object of the type " + typeAction + ".",
		}.write(w, r, u.switches)
		return
	}
	switch action {
	case "resetPassword":
		u.with(w, r, guid, typeActionResult, func(a *account) (any, *problem) {
			a.replacePassword(rand.Text(), byReset+u.caller, u.pod.now())
			return map[string]any{"result": "SUCCESS"}, nil
		})
	case "updatePassword":
		u.with(w, r, guid, typeActionResult, func(a *account) (any, *problem) {
			by := byCaller("user_accounts:", u.caller, a)
			if err := a.setByDirectory(body.Password, by, u.pod.now(), u.switches); err != nil {
				return nil, &problem{status: http.StatusBadRequest, detail: u.switches.ScimRefusalText}
			}
			return map[string]any{"result": "SUCCESS"}, nil
		})
	default:
		problem{status: http.StatusNotFound, detail: "There is no action " + strconv.Quote(action) + "."}.write(w, r, u.switches)
	}
}
