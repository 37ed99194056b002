package oraclesim

import (
	"fmt"
	"net/http"
	"time"
)

// userBody is a User on the control port.
type userBody struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	// PasswordAge is how long ago the password was set.
	PasswordAge span `json:"password_age"`
	// PasswordMaxAge is a duration, or "never".
	PasswordMaxAge string            `json:"password_max_age"`
	Disabled       bool              `json:"disabled"`
	IdentityAdmin  bool              `json:"identity_admin"`
	MustChange     bool              `json:"must_change"`
	Federated      bool              `json:"federated"`
	Access         map[Module]Access `json:"access"`
	Roles          []Role            `json:"roles"`
}

func (c *control) userRoutes() []route {
	return []route{
		{"GET /users", "", c.listUsers},
		{
			"POST /users",
			"name password [password_age password_max_age disabled identity_admin must_change federated access roles]", c.addUser,
		},
		{"GET /users/{name}", "", c.userCall(func(string) error { return nil })},
		{"DELETE /users/{name}", "", c.removeUser},
		{"POST /users/{name}/password", "password", c.setPassword},
		{"GET /users/{name}/password-changes", "", c.listPasswordChanges},
		{"POST /users/{name}/privilege", "module access", c.setPrivilege},
		{"POST /users/{name}/identity-admin", "on", c.userFlag(c.pod.SetIdentityAdmin)},
		{"POST /users/{name}/must-change", "on", c.userFlag(c.pod.SetMustChange)},
		{"POST /users/{name}/federated", "on", c.userFlag(c.pod.SetFederated)},
		{"POST /users/{name}/roles", "code [name]", c.addRole},
		{"DELETE /users/{name}/roles/{code}", "", c.removeRole},
		{"POST /users/{name}/lock", "", c.userCall(c.pod.Lock)},
		{"POST /users/{name}/unlock", "", c.userCall(c.pod.Unlock)},
		{"POST /users/{name}/disable", "", c.userCall(c.pod.Disable)},
		{"POST /users/{name}/enable", "", c.userCall(c.pod.Enable)},
		{"POST /users/{name}/expire", "", c.userCall(c.pod.Expire)},
		{"GET /users/{name}/logins", "", c.listLogins},
	}
}

func (b userBody) user(now time.Time) (User, error) {
	u := User{
		Name: b.Name, Password: b.Password, Disabled: b.Disabled, Access: b.Access,
		IdentityAdmin: b.IdentityAdmin, MustChange: b.MustChange, Federated: b.Federated, Roles: b.Roles,
	}
	if b.PasswordAge != 0 {
		u.PasswordSet = now.Add(-time.Duration(b.PasswordAge))
	}
	switch b.PasswordMaxAge {
	case "":
	case never:
		u.PasswordMaxAge = NeverExpires
	default:
		age, err := ParseDuration(b.PasswordMaxAge)
		if err != nil {
			return User{}, err
		}
		if age <= 0 {
			return User{}, fmt.Errorf("password_max_age %q must be positive, or never", b.PasswordMaxAge)
		}
		u.PasswordMaxAge = age
	}
	return u, nil
}

func (c *control) listUsers(*http.Request) (any, error) {
	return map[string]any{"users": c.pod.States()}, nil
}

func (c *control) addUser(r *http.Request) (any, error) {
	var body userBody
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	u, err := body.user(c.pod.Now())
	if err != nil {
		return nil, err
	}
	if err := c.pod.AddUser(u); err != nil {
		return nil, err
	}
	return c.pod.State(u.Name)
}

func (c *control) setPassword(r *http.Request) (any, error) {
	var body struct {
		Password string `json:"password"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if err := c.pod.SetPassword(r.PathValue("name"), body.Password); err != nil {
		return nil, err
	}
	return c.pod.State(r.PathValue("name"))
}

func (c *control) setPrivilege(r *http.Request) (any, error) {
	var body struct {
		Module Module `json:"module"`
		Access Access `json:"access"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if err := c.pod.SetPrivilege(r.PathValue("name"), body.Module, body.Access); err != nil {
		return nil, err
	}
	return c.pod.State(r.PathValue("name"))
}

// userCall makes a handler of a method that takes nothing but the user's name.
func (c *control) userCall(call func(user string) error) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		if err := decode(r, &struct{}{}); err != nil {
			return nil, err
		}
		if err := call(r.PathValue("name")); err != nil {
			return nil, err
		}
		return c.pod.State(r.PathValue("name"))
	}
}

func (c *control) listLogins(r *http.Request) (any, error) {
	state, err := c.pod.State(r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"logins": neverNull(c.pod.Logins(state.Name))}, nil
}
