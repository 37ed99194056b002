package oracle

import (
	"context"
	"encoding/json"
	"net/http"
)

// fusionUsersPath is where Fusion's users live (Get all users, Common Features REST guide).
const fusionUsersPath = "/hcmRestApi/scim/Users"

// lookUpFusion asks Fusion SCIM. Its request is a login of the directory's user, which needs the privilege "Use REST
// Service - Identity Integration" (Use Cases, Common Features REST guide).
func (c *Client) lookUpFusion(ctx context.Context, directory Directory, username string) LookUp {
	var list userList
	by := credential{login: directory.Login}
	answer := c.do(ctx, directory.Endpoint, request{
		method: http.MethodGet, place: fusionUsersPath + userQuery(username), accept: acceptSCIM,
		by: by, understand: understandUsers(username, false, &list),
	})
	return list.fromFusion(answer, by)
}

// fromFusion makes a look-up of an answer and of what was read from it.
func (list userList) fromFusion(answer Answer, by credential) LookUp {
	look := LookUp{Login: loginBehind(answer, list.is), Answer: answer}
	switch answer.Outcome {
	case Rows:
		look.View = viewFromFusion(list.user, by)
	case NoRows:
		look.View = View{Found: No}
	default: // nothing was said about the user
	}
	return look
}

// loginBehind says what an answer to a request with a password says about that password. proved is whether the answer
// is one that only follows a login.
func loginBehind(answer Answer, proved bool) LoginResult {
	switch {
	case proved || answer.Outcome.ProvesLogin():
		return LoginAccepted
	case answer.Outcome == Refused:
		return LoginRefused
	case answer.Delivery == Unanswered:
		return LoginUnanswered
	}
	return LoginUnproved
}

// viewFromFusion reads a user of Fusion SCIM. Of an account's state it shows active only (Get all users).
func viewFromFusion(user object, by credential) View {
	view := View{Found: Yes, ID: identifier(user, "id", by), Active: user.fact("active")}
	if roles, known := user.list("roles"); known {
		view.Roles = roleNames(roles, by)
		view.RolesKnown = len(roles) == 0 || len(view.Roles) > 0
	}
	return view
}

// roleNames gives the names of the first MaxRoles roles, leaving out those without one.
func roleNames(roles []json.RawMessage, by credential) []string {
	var names []string
	for _, element := range roles {
		if len(names) == MaxRoles {
			break
		}
		role := objectFrom(element)
		name := role.text("displayName")
		if name == "" {
			name = role.text("value")
		}
		if name = forPeople(name, by); name != "" {
			names = append(names, name)
		}
	}
	return names
}
