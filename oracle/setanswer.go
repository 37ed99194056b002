package oracle

import "net/http"

// judged gives the request what reads its answer, and writes down in result what became of the password.
func (r request) judged(userID string, result *SetResult) request {
	r.understand = understandSetting(userID)
	r.judge = func(came reply, outcome Outcome) Outcome {
		*result = came.setting(outcome)
		if *result == SetAccepted {
			return Rows
		}
		return outcome
	}
	return r
}

// understandSetting reads an answer in JSON. Rows is the user whose password was to be set: both directories answer with
// a resource that has his id (RFC 7644, 3.5; RFC 7643, 3.1).
func understandSetting(userID string) func(int, []byte) (Outcome, string) {
	return func(status int, body []byte) (Outcome, string) {
		id := objectFrom(body).text("id")
		switch {
		case status != http.StatusOK && status != http.StatusCreated:
			return UnexpectedContent, ""
		case sameUser(id, userID):
			return Rows, ""
		case id != "":
			return UnexpectedContent, anotherUser
		}
		return UnexpectedContent, ""
	}
}

// setting says what became of the password. outcome is what classify and understandSetting made of the answer.
//
// A status from 400 to 499 says that nothing was done, but for two doubts: what stands before Oracle puts its own page
// in the place of an answer under 400 and 403, whatever that answer was, and 408 is also said of an answer that was late.
// The page of a 401 is none of these: an identity domain has no other.
func (r reply) setting(outcome Outcome) SetResult {
	switch {
	case outcome == Rows, r.status == http.StatusNoContent && len(r.body) == 0 && r.whole:
		return SetAccepted
	case outcome == Refused || outcome == Forbidden:
		return SetDenied
	case r.status == http.StatusBadRequest && r.whole && !looksLikeHTML(r.header, r.body):
		return SetPolicy
	case r.status == http.StatusBadRequest || r.status == http.StatusForbidden || r.status == http.StatusRequestTimeout:
		return SetUnknown
	case r.status >= http.StatusBadRequest && r.status < http.StatusInternalServerError:
		return SetNotDone
	}
	return SetUnknown
}
