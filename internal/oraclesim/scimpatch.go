package oraclesim

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// userPatch is the body of PATCH Users/{id}: a partial resource, and no list of operations (Oracle Applications REST
// guide, Reset User Password and Disable a User).
type userPatch struct {
	Schemas  []string `json:"schemas"`
	Password *string  `json:"password"`
	Active   *flag    `json:"active"`
}

// flag is a boolean that may come as text, as one published client sends it.
type flag bool

func (f *flag) UnmarshalJSON(data []byte) error {
	b, err := strconv.ParseBool(strings.Trim(string(data), `"`))
	*f = flag(b)
	return err
}

// parsePatch is strict where a client's mistake would otherwise pass unseen. Its errors repeat no value.
func parsePatch(r *http.Request) (userPatch, error) {
	var patch userPatch
	var fields map[string]json.RawMessage
	if err := decodeJSON(r, &patch, &fields); err != nil {
		return userPatch{}, err
	}
	if !slices.Contains(patch.Schemas, fusionUserSchema) {
		return userPatch{}, errors.New("schemas must hold " + fusionUserSchema)
	}
	if _, ok := fields["Operations"]; ok {
		return userPatch{}, errors.New("the body must be a partial resource, not a list of operations")
	}
	if patch.Password == nil && patch.Active == nil {
		return userPatch{}, errors.New("the simulator changes password and active only")
	}
	return patch, nil
}

// decodeJSON reads a body of plain JSON into each of the values.
func decodeJSON(r *http.Request, values ...any) error {
	contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !strings.HasSuffix(contentType, "json") {
		return errors.New("the Content-Type must be application/json")
	}
	var body json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return errors.New("the body is not JSON")
	}
	for _, value := range values {
		if err := json.Unmarshal(body, value); err != nil {
			return errors.New("the body is no object of the right form")
		}
	}
	return nil
}

func (s *scim) patch(w http.ResponseWriter, r *http.Request, id string, admin bool) {
	patch, err := parsePatch(r)
	if err != nil {
		s.fail(w, http.StatusBadRequest, "Invalid request: "+err.Error())
		return
	}
	status, refusal := s.apply(id, patch, admin)
	if refusal != "" {
		s.fail(w, status, refusal)
		return
	}
	s.read(w, r, id, admin)
}

// apply changes the user in full or not at all.
func (s *scim) apply(id string, patch userPatch, admin bool) (status int, refusal string) {
	p := s.pod
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.accountWith(id, fusionID)
	if a == nil || !s.mayRead(a, admin) {
		return http.StatusNotFound, "User " + strconv.Quote(id) + " not found"
	}
	if patch.Active != nil && !admin {
		return http.StatusForbidden, forbiddenText
	}
	if patch.Password != nil {
		if err := s.setPassword(a, *patch.Password); err != nil {
			return http.StatusBadRequest, s.switches.ScimRefusalText
		}
	}
	if patch.Active != nil {
		a.setActive(bool(*patch.Active), p.now(), s.switches)
	}
	return http.StatusOK, ""
}

func (s *scim) setPassword(a *account, password string) error {
	now := s.pod.now()
	if s.switches.ScimPasswordIgnored {
		return a.allows(password, now, s.switches)
	}
	return a.setByDirectory(password, byCaller("scim:", s.caller, a), now, s.switches)
}

// byCaller names who changes an account's password.
func byCaller(way, caller string, a *account) string {
	if caller == a.name {
		return bySelf
	}
	return way + caller
}

// setActive suspends or restores; it lifts a lock as well where the switch shows locks as inactive.
func (a *account) setActive(active bool, now time.Time, s Switches) {
	a.disabled = !active
	a.modified = now
	if active && s.ActiveFlipsOnLock {
		a.unlock(now, s)
	}
}
