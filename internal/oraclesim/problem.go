package oraclesim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// challenge is the header of the one 401 captured from a Fusion pod; its body was empty.
const challenge = `Basic realm="owsm"`

// forbiddenText is Oracle's wording of a 403 (Oracle REST guides, Status Codes).
const forbiddenText = "You may not have the necessary roles and privileges to use this REST resource."

// adfProblem is the error payload of the ADF REST framework; its status is a string.
type adfProblem struct {
	Title   string      `json:"title"`
	Status  string      `json:"status"`
	Details []adfDetail `json:"o:errorDetails"`
}

type adfDetail struct {
	Detail string `json:"detail"`
	Code   string `json:"o:errorCode,omitempty"`
}

// problem is an answer that refuses a request.
type problem struct {
	status int
	code   string // o:errorCode, may be empty
	detail string
}

// unauthorized is the same for a wrong password, an unknown, locked, expired or disabled user, and no
// credentials at all.
func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", challenge)
	w.WriteHeader(http.StatusUnauthorized)
}

// write answers in the structured form only to a client that asked for it, as the framework does, unless the switch
// gives it to all.
func (p problem) write(w http.ResponseWriter, r *http.Request, s Switches) {
	if s.ErrorBodyWithoutAccept || wantsStructuredErrors(r) {
		writeADFProblem(w, p)
		return
	}
	writeBody(w, p.status, typePlain, p.detail+"\n")
}

// wantsStructuredErrors: by the Accept header, or from version 4 of the REST framework on.
func wantsStructuredErrors(r *http.Request) bool {
	version, err := strconv.Atoi(r.Header.Get("REST-Framework-Version"))
	return err == nil && version >= 4 || slices.Contains(parseAccept(r).types, typeError)
}

// forbidden answers 403 in the form that the switch chose.
func forbidden(w http.ResponseWriter, r *http.Request, s Switches, detail string) {
	p := problem{status: http.StatusForbidden, detail: detail}
	if s.ForbiddenBody == BodyADF {
		p.write(w, r, s)
		return
	}
	writeForm(w, s.ForbiddenBody, p.status, p.detail)
}

// writeForm answers in a given form, whatever the client asked for.
func writeForm(w http.ResponseWriter, form BodyForm, status int, detail string) {
	switch form {
	case BodyADF:
		writeADFProblem(w, problem{status: status, detail: detail})
	case BodyPlain:
		writeBody(w, status, typePlain, detail+"\n")
	case BodyHTML:
		page := fmt.Sprintf("<!DOCTYPE html><html><head><title>%d %s</title></head><body>%s</body></html>\n",
			status, http.StatusText(status), detail)
		writeBody(w, status, typeHTML, page)
	default: // BodyEmpty
		w.WriteHeader(status)
	}
}

func writeADFProblem(w http.ResponseWriter, p problem) {
	body := adfProblem{
		Title:   http.StatusText(p.status),
		Status:  strconv.Itoa(p.status),
		Details: []adfDetail{{Detail: p.detail, Code: p.code}},
	}
	writeJSON(w, p.status, typeError, body)
}

func writeJSON(w http.ResponseWriter, status int, contentType string, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away is no fault of the pod
}

func writeBody(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType+";charset=UTF-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
