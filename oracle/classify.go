package oracle

import (
	"bytes"
	"mime"
	"net/http"
	"strings"
)

// classify says what an HTTP answer means, and the words of understand, if there are any. whole is false when the
// body broke off or was cut at the limit; then understand is not asked and may be nil.
func classify(
	status int, header http.Header, body []byte, whole bool, understand func(int, []byte) (Outcome, string),
) (Outcome, string) {
	switch {
	case status == http.StatusUnauthorized:
		return Refused, ""
	case status == http.StatusForbidden && !looksLikeHTML(header, body):
		return Forbidden, ""
	case status == http.StatusNotFound:
		return NotFound, ""
	case status == http.StatusTooManyRequests:
		return Throttled, ""
	case status >= http.StatusInternalServerError:
		return Unavailable, ""
	case whole && isJSON(header):
		return understand(status, body)
	}
	return UnexpectedContent, ""
}

// understandCollection looks for the envelope that every ADF collection has (Navigate a Collection, REST
// guide): items and count. A 200 without it may be a sign-on page, a proxy or another product.
func understandCollection(status int, body []byte) (Outcome, string) {
	envelope := objectFrom(body)
	items, isList := envelope.list("items")
	_, counted := envelope.number("count")
	switch {
	case status != http.StatusOK || !isList || !counted:
		return UnexpectedContent, ""
	case len(items) == 0:
		return NoRows, ""
	}
	return Rows, ""
}

func isJSON(header http.Header) bool {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

func looksLikeHTML(header http.Header, body []byte) bool {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	text := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	return media == "text/html" || media == "application/xhtml+xml" || bytes.HasPrefix(text, []byte("<"))
}
