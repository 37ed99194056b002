package oraclesim

import (
	"crypto/rand"
	"net/http"
	"slices"
	"time"
)

// changerSchema is the URN of one of the domain's changing resources.
func changerSchema(name string) string { return "urn:ietf:params:scim:schemas:oracle:idcs:" + name }

// missingAttributes is the one message id that was seen for a body that is not complete.
const missingAttributes = "error.common.validation.missingReqAttributes"

// changeBody is the body of the four changing resources; each needs fields of its own.
type changeBody struct {
	Schemas  []string `json:"schemas"`
	Password string   `json:"password"`
	UserID   string   `json:"userId"`
	Locked   *bool    `json:"locked"`
	Active   *bool    `json:"active"`
	// BypassNotification keeps the domain from writing an e-mail, which it never does here.
	BypassNotification bool `json:"bypassNotification"`
}

// read reads a body that has to name the resource's schema; false when the answer has been given. Its answers repeat no
// value.
func (c *domainCall) read(name string) (changeBody, bool) {
	var body changeBody
	if err := decodeJSON(c.r, &body); err != nil {
		failDomain(c.w, http.StatusBadRequest, "Invalid request: "+err.Error()+".", "")
		return changeBody{}, false
	}
	if !slices.Contains(body.Schemas, changerSchema(name)) {
		c.lacks("schemas")
		return changeBody{}, false
	}
	return body, true
}

func (c *domainCall) lacks(attribute string) {
	failDomain(c.w, http.StatusBadRequest, "Missing required attribute(s): "+attribute+".", missingAttributes)
}

// change runs f on the user of an id, as the domain sees him, and answers with what f says to show; f's error is a
// refusal.
func (c *domainCall) change(id, schema string, status int, f func(*account, time.Time) (map[string]any, error)) {
	p := c.pod
	p.mu.Lock()
	a := p.accountWith(id, domainID)
	if a == nil {
		p.mu.Unlock()
		c.id = id
		c.notFound()
		return
	}
	shown, err := f(a.inDomain(c.switches), p.now())
	p.mu.Unlock()
	if err != nil {
		failDomain(c.w, http.StatusBadRequest, "The password does not meet the password policy: "+err.Error()+".", "")
		return
	}
	shown["schemas"] = []string{changerSchema(schema)}
	c.answer(status, shown)
}

// changePassword sets a known value (OCI SDK, UserPasswordChanger).
func (c *domainCall) changePassword() {
	const name = "UserPasswordChanger"
	body, ok := c.read(name)
	if !ok {
		return
	}
	if body.Password == "" {
		c.lacks("password")
		return
	}
	c.change(c.id, name, http.StatusOK, func(a *account, now time.Time) (map[string]any, error) {
		if err := c.pod.domainRules.allow(body.Password, a.name); err != nil {
			return nil, err
		}
		err := a.setByDirectory(body.Password, "domain:"+c.client, now, c.switches)
		return map[string]any{"id": a.domainID, "userName": a.name}, err
	})
}

// resetPassword sets a random value that nobody is told (OCI command line, user-password-resetter put).
func (c *domainCall) resetPassword() {
	const name = "UserPasswordResetter"
	if _, ok := c.read(name); !ok {
		return
	}
	c.change(c.id, name, http.StatusOK, func(a *account, now time.Time) (map[string]any, error) {
		a.replacePassword(rand.Text(), byReset+c.client, now)
		return map[string]any{"id": a.domainID}, nil
	})
}

// changeLock lifts a lock, with the API's lag, or sets one (Identity Cloud Service, UserLockedStateChanger).
func (c *domainCall) changeLock() {
	const name = "UserLockedStateChanger"
	body, ok := c.read(name)
	if !ok {
		return
	}
	if body.UserID == "" || body.Locked == nil {
		c.lacks("userId,locked")
		return
	}
	c.change(body.UserID, name, http.StatusCreated, func(a *account, now time.Time) (map[string]any, error) {
		if *body.Locked {
			a.lockByAdmin(now, c.switches)
		} else {
			a.unlock(now, c.switches)
		}
		return map[string]any{"userId": a.domainID, "locked": a.locked()}, nil
	})
}

// changeStatus activates or deactivates (UserStatusChanger).
func (c *domainCall) changeStatus() {
	const name = "UserStatusChanger"
	body, ok := c.read(name)
	if !ok {
		return
	}
	if body.Active == nil {
		c.lacks("active")
		return
	}
	c.change(c.id, name, http.StatusOK, func(a *account, now time.Time) (map[string]any, error) {
		a.disabled = !*body.Active
		a.modified = now
		return map[string]any{"id": a.domainID, "active": !a.disabled}, nil
	})
}
