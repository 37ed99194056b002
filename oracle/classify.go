package oracle

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
)

// classify says what an HTTP answer means. whole is false when the body broke off or was cut at the limit.
func classify(status int, header http.Header, body []byte, whole bool) Outcome {
	switch {
	case status == http.StatusUnauthorized:
		return Refused
	case status == http.StatusForbidden && !looksLikeHTML(header, body):
		return Forbidden
	case status == http.StatusNotFound:
		return NotFound
	case status == http.StatusTooManyRequests:
		return Throttled
	case status >= http.StatusInternalServerError:
		return Unavailable
	case status == http.StatusOK && whole && isJSON(header):
		return classifyCollection(body)
	}
	return UnexpectedContent
}

// classifyCollection looks for the envelope that every ADF collection has (Navigate a Collection, REST
// guide): items and count. A 200 without it may be a sign-on page, a proxy or another product.
func classifyCollection(body []byte) Outcome {
	var envelope map[string]json.RawMessage // not a struct, which takes Items and Count as well: DynamoDB's
	if err := json.Unmarshal(body, &envelope); err != nil {
		return UnexpectedContent
	}
	var items *[]json.RawMessage
	var count *int64
	if json.Unmarshal(envelope["items"], &items) != nil || json.Unmarshal(envelope["count"], &count) != nil || items == nil || count == nil {
		return UnexpectedContent
	}
	if len(*items) == 0 {
		return NoRows
	}
	return Rows
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
