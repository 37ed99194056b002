package oracle

import (
	"net/http"
	"regexp"
	"strings"
)

var htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// detail finds the sentence for people in an error body: JSON of any of Oracle's forms, plain text, an HTML title.
func detail(header http.Header, body []byte) string {
	switch {
	case looksLikeHTML(header, body):
		if title := htmlTitle.FindSubmatch(body); title != nil {
			return "an HTML page with the title " + quoted(string(title[1]))
		}
		return "an HTML page"
	case isJSON(header):
		return jsonDetail(objectFrom(body))
	}
	return string(body)
}

// jsonDetail gives the most telling text of an error:
//
//   - ADF, o:errorDetails[].detail (ADF REST guide), whose status is a string on some pods and a number on others;
//   - Fusion SCIM, Errors[].description (Reset User Password, Common Features REST guide), and detail beside it;
//   - an identity domain's SCIM, detail (REST API responses, OCI IAM; RFC 7644, 3.12);
//   - OAuth, error_description, else the code in error (RFC 6749, 5.2).
//
// Status and codes are not read: the HTTP status says the same, and their types differ from server to server.
func jsonDetail(failure object) string {
	for _, place := range []struct{ list, text string }{
		{"o:errorDetails", "detail"}, {"Errors", "description"}, {"Errors", "detail"},
	} {
		elements, _ := failure.list(place.list)
		for _, element := range elements {
			if text := objectFrom(element).text(place.text); text != "" {
				return text
			}
		}
	}
	for _, name := range []string{"detail", "error_description", "title", "error"} {
		if text := failure.text(name); text != "" {
			return text
		}
	}
	return ""
}

func quoted(text string) string { return `"` + strings.TrimSpace(text) + `"` }
