package oraclesim

import "fmt"

// BodyForm is what stands in the body of an answer that is not a success.
type BodyForm string

// The closed list of body forms.
const (
	BodyEmpty BodyForm = "empty"
	// BodyADF is the error payload of Oracle's ADF REST framework (title, status, o:errorDetails).
	BodyADF   BodyForm = "adf_json"
	BodyPlain BodyForm = "plain"
	BodyHTML  BodyForm = "html"
)

func (b BodyForm) validate() error {
	switch b {
	case BodyEmpty, BodyADF, BodyPlain, BodyHTML:
		return nil
	}
	return fmt.Errorf("body form %q is unknown: use empty, adf_json, plain or html", b)
}
