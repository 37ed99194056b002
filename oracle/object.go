package oracle

import (
	"encoding/json"
	"time"
)

// object is a JSON object of a server, read member by member: one that is absent, null or of another type is taken
// for not said, and costs no other member.
//
// It is a map because a struct takes members in other letters as well: Items and Count are DynamoDB's envelope.
type object map[string]json.RawMessage

// objectFrom reads a JSON text; what is no object has no members.
func objectFrom(text []byte) object {
	var o object
	if json.Unmarshal(text, &o) != nil {
		return nil
	}
	return o
}

func (o object) object(name string) object { return objectFrom(o[name]) }

// list gives the elements of an array, and whether there is one.
func (o object) list(name string) ([]json.RawMessage, bool) {
	return member[[]json.RawMessage](o, name)
}

// text gives a string, empty when there is none.
func (o object) text(name string) string {
	text, _ := member[string](o, name)
	return text
}

// number gives a whole number, and whether there is one.
func (o object) number(name string) (int64, bool) { return member[int64](o, name) }

// fact gives what a boolean says.
func (o object) fact(name string) Fact {
	switch said, known := member[bool](o, name); {
	case !known:
		return NotKnown
	case said:
		return Yes
	}
	return No
}

// member reads one member as a type, through a pointer because null is of every type and says nothing.
func member[T any](o object, name string) (T, bool) {
	var value *T
	if json.Unmarshal(o[name], &value) != nil || value == nil {
		var none T
		return none, false
	}
	return *value, true
}

// The years in which a directory's times can lie. One outside is a default or a mistake, and one past 9999 could not
// be stored.
const (
	firstYear = 2000
	lastYear  = 2199
)

// instant gives an RFC 3339 time, with or without a fraction, in UTC; the zero time when there is none.
func (o object) instant(name string) time.Time {
	at, err := time.Parse(time.RFC3339, o.text(name)) // accepts a fraction, too
	if at = at.UTC(); err != nil || at.Year() < firstYear || at.Year() > lastYear {
		return time.Time{}
	}
	return at
}
