package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// scimPath is where Fusion keeps users and their schemas.
const scimPath = "/hcmRestApi/scim/"

func fusionChecks() []check {
	return []check{
		{
			name: "scim-user", question: "What does Fusion SCIM tell of a user's state?", needs: needsFusion,
			assumes: "active; nothing of locks, logins or the password's age", ask: askScimUser,
		},
		{
			name: "scim-form", question: "In which form does it tell it?", needs: needsFusion,
			assumes: "id of 32 hex digits, dates as 2016-10-20 12:36:21.000, no totalResults", ask: askScimForm,
		},
		{
			name: "scim-schemas", question: "Which attributes do its schemas list?", needs: needsFusion,
			assumes: "nothing of locks, logins or the password's age", ask: askScimSchemas,
		},
		{
			name: "scim-engine", question: "What does the engine read there?", needs: needsFusion,
			assumes: "the user, its id, active and roles", ask: askScimEngine,
		},
	}
}

// userFilter asks for one user; settings refuse a name that could ask for another.
func userFilter(username string) string {
	return "Users?count=2&filter=" + strings.ReplaceAll(url.QueryEscape(`userName eq "`+username+`"`), "+", "%20")
}

func (s *session) scim(ctx context.Context, what string, by credential) (*exchange, error) {
	return s.rightLogin(ctx, question{base: s.pod, path: scimPath + what, accept: acceptJSON, by: by})
}

// scimUser gives the one user that SCIM found, or a finding that says why there is none.
func (s *session) scimUser(ctx context.Context) (user map[string]any, answer *exchange, none *finding) {
	answer, err := s.scim(ctx, userFilter(s.user.username), s.admin)
	if err != nil {
		f := notAsked(err)
		return nil, nil, &f
	}
	resources, isList := answer.object()["Resources"].([]any)
	switch {
	case answer.status == http.StatusForbidden:
		f := unsettled("the directory's user lacks the identity privilege: "+form(answer), answer)
		return nil, answer, &f
	case answer.status != http.StatusOK || !isList:
		f := judge(false, "no list of users: "+form(answer), answer)
		return nil, answer, &f
	case len(resources) != 1:
		f := unsettled(fmt.Sprintf("%d users of this name", len(resources)), answer)
		return nil, answer, &f
	}
	user, _ = resources[0].(map[string]any)
	return user, answer, nil
}

// stateWords are what an attribute would be called that tells more than active. The password itself is write-only.
var stateWords = regexp.MustCompile(`(?i)lock|expir|login|attempt|passw.+`)

// tellsState picks the names that would tell of a lock, of logins or of the password's age.
func tellsState(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return strings.EqualFold(name, "password") || !stateWords.MatchString(name)
	})
}

func askScimUser(ctx context.Context, s *session) finding {
	user, answer, none := s.scimUser(ctx)
	if none != nil {
		return *none
	}
	names := slices.Sorted(maps.Keys(user))
	return judge(slices.Contains(names, "active") && len(tellsState(names)) == 0, s.hidden.foreign(strings.Join(names, ", ")), answer)
}

var (
	guid       = regexp.MustCompile(`^[0-9A-Fa-f]{32}$`)
	fusionDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$`)
)

func askScimForm(ctx context.Context, s *session) finding {
	user, answer, none := s.scimUser(ctx)
	if none != nil {
		return *none
	}
	id, _ := user["id"].(string)
	meta, _ := user["meta"].(map[string]any)
	created, _ := meta["created"].(string)
	_, counted := answer.object()["totalResults"]
	said := fmt.Sprintf("id as assumed: %s; dates as assumed: %s; totalResults: %s",
		yesNo(guid.MatchString(id)), yesNo(fusionDate.MatchString(created)), yesNo(counted))
	return judge(guid.MatchString(id) && fusionDate.MatchString(created) && !counted, said, answer)
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func askScimSchemas(ctx context.Context, s *session) finding {
	answer, err := s.scim(ctx, "Schemas", s.admin)
	if err != nil {
		return notAsked(err)
	}
	names := attributeNames(answer.object())
	if answer.status != http.StatusOK || len(names) == 0 {
		return unsettled("no attributes: "+form(answer), answer)
	}
	telling := tellsState(names)
	said := fmt.Sprintf("%d attributes", len(names))
	if len(telling) > 0 {
		said += ", among them " + s.hidden.foreign(strings.Join(telling, ", "))
	}
	return judge(len(telling) == 0, said, answer)
}

// attributeNames finds every named member of attributes and subAttributes, however deep: the form of the page was not seen.
func attributeNames(value any) []string {
	found := map[string]bool{}
	var walk func(value any, listed bool)
	walk = func(value any, listed bool) {
		switch v := value.(type) {
		case []any:
			for _, element := range v {
				walk(element, listed)
			}
		case map[string]any:
			if name, is := v["name"].(string); is && listed {
				found[name] = true
			}
			for key, member := range v {
				walk(member, strings.EqualFold(key, "attributes") || strings.EqualFold(key, "subAttributes"))
			}
		}
	}
	walk(value, false)
	return slices.Sorted(maps.Keys(found))
}
