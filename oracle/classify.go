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
	var envelope struct {
		Items *[]json.RawMessage `json:"items"`
		Count *int64             `json:"count"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil || envelope.Items == nil || envelope.Count == nil {
		return UnexpectedContent
	}
	if len(*envelope.Items) == 0 {
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
	return media == "text/html" || media == "application/xhtml+xml" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}
