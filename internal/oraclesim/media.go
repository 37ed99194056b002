package oraclesim

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// Media types of Oracle's ADF REST framework (Oracle REST guides, Media Types).
const (
	typeCollection  = "application/vnd.oracle.adf.resourcecollection+json"
	typeItem        = "application/vnd.oracle.adf.resourceitem+json"
	typeDescription = "application/vnd.oracle.adf.description+json"
	typeError       = "application/vnd.oracle.adf.error+json"
	typeJSON        = "application/json"
	typePlain       = "text/plain"
	typeHTML        = "text/html"
)

// accepted is what a request's Accept header asks for.
type accepted struct {
	types []string
	// noBody is the framework's way to ask for a status alone: Accept: …resourceitem+json;q=0.
	noBody bool
}

func parseAccept(r *http.Request) accepted {
	var a accepted
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		name, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		if strings.Trim(parameters["q"], "0.") == "" && parameters["q"] != "" {
			a.noBody = a.noBody || name == typeItem
			continue
		}
		a.types = append(a.types, name)
	}
	return a
}

// choose returns the content type to answer with when native is the framework's own name for it, or "" when
// the client takes neither. application/json is accepted as a superset of all the types.
func (a accepted) choose(native string) string {
	switch {
	case slices.Contains(a.types, native), len(a.types) == 0:
		return native
	case slices.Contains(a.types, typeJSON):
		return typeJSON
	case slices.Contains(a.types, "*/*"), slices.Contains(a.types, "application/*"):
		return native
	}
	return ""
}
