package oracle

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

var htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// detail finds the sentence for people in an error body: ADF JSON, SCIM Errors, plain text, an HTML title.
func detail(header http.Header, body []byte) string {
	switch {
	case looksLikeHTML(header, body):
		if title := htmlTitle.FindSubmatch(body); title != nil {
			return "an HTML page with the title " + quoted(string(title[1]))
		}
		return "an HTML page"
	case isJSON(header):
		return jsonDetail(body)
	}
	return string(body)
}

func jsonDetail(body []byte) string {
	var adf struct {
		Title   string `json:"title"`
		Detail  string `json:"detail"`
		Details []struct {
			Detail string `json:"detail"`
		} `json:"o:errorDetails"`
		Errors []struct {
			Description string `json:"description"`
		} `json:"Errors"`
	}
	if err := json.Unmarshal(body, &adf); err != nil {
		return ""
	}
	for _, d := range adf.Details {
		if d.Detail != "" {
			return d.Detail
		}
	}
	for _, e := range adf.Errors {
		if e.Description != "" {
			return e.Description
		}
	}
	if adf.Detail != "" {
		return adf.Detail
	}
	return adf.Title
}

func quoted(text string) string { return `"` + strings.TrimSpace(text) + `"` }
