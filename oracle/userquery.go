package oracle

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxUsername is far above the longest user name that Oracle takes, which is an e-mail address.
	maxUsername = 320
	// anotherUser is told when a directory's answer is about somebody else than was asked for.
	anotherUser = "the directory answered with another user than the one asked for"
)

// acceptSCIM asks for what both directories speak (Media Types, Fusion REST guide: SCIM is plain application/json).
const acceptSCIM = "application/json"

// unaskable says, in a few words, why a user name cannot be asked for; empty when it can.
//
// A name stands between quotes in a filter (RFC 7644, 3.4.2.2). One that could end its quotes might ask for
// somebody else, and whoever asks goes on to change what comes back. So it is not escaped but refused.
func unaskable(username string) string {
	switch {
	case username == "":
		return "a user without a name cannot be looked up"
	case len(username) > maxUsername || !utf8.ValidString(username):
		return "a user name is UTF-8 of at most 320 bytes"
	case strings.ContainsAny(username, `"\`) || strings.ContainsFunc(username, unicode.IsControl):
		return `a user name with ", \ or a control character cannot be looked up: it could ask for another user`
	}
	return ""
}

// userQuery writes the query for one user. Two are asked for, because a second one shows that the name does not
// tell them apart.
func userQuery(username string, attributes ...string) string {
	query := "?filter=" + inQuery(`userName eq "`+username+`"`) + "&count=2"
	if len(attributes) > 0 {
		query += "&attributes=" + inQuery(strings.Join(attributes, ","))
	}
	return query
}

// inQuery escapes a value. A space becomes %20, as in Oracle's examples, because not every server reads + as one.
func inQuery(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

// userList is what a SCIM directory answered when asked for one user.
type userList struct {
	is   bool   // whether the answer is such a list at all
	user object // the one asked for; nil when there is none
}

// understandUsers gives what reads an answer about a user into list. mustCount wants totalResults, which every
// ListResponse has (RFC 7644, 3.4.2) and Fusion's documented answers lack.
func understandUsers(username string, mustCount bool, list *userList) func(int, []byte) (Outcome, string) {
	return func(status int, body []byte) (Outcome, string) {
		*list = userList{}
		envelope := objectFrom(body)
		resources, isList := envelope.list("Resources")
		total, counted := envelope.number("totalResults")
		if status != http.StatusOK || !isList || (mustCount && !counted) {
			return UnexpectedContent, ""
		}
		list.is = true
		switch {
		case len(resources) > 1 || total > 1:
			return UnexpectedContent, "the directory answered with more than one user of this name"
		case counted && total != int64(len(resources)):
			return UnexpectedContent, "the directory counts other users than it shows"
		case len(resources) == 0:
			return NoRows, ""
		}
		user := objectFrom(resources[0])
		if !sameUser(user.text("userName"), username) {
			return UnexpectedContent, anotherUser
		}
		list.user = user
		return Rows, ""
	}
}

// sameUser compares two user names without regard to case, as directories do. Equal lengths keep letters that fold to
// an ASCII letter apart from it: K, the sign for kelvin, is no k.
func sameUser(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// plainID is an identifier that stands in a path as it is; Oracle's are 32 hexadecimal digits or a word.
var plainID = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$`)

// identifier gives a member that names a resource in a path; empty when it is none that could, or repeats a credential.
func identifier(o object, name string, by credential) string {
	id := o.text(name)
	if !plainID.MatchString(id) || repeats(id, by) {
		return ""
	}
	return id
}
