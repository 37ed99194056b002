package output

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// NotifyTestSchema is the schema of what Deliveries writes as JSON.
const NotifyTestSchema = "oracle-financials.notify-test/v1"

// Delivery is what became of one message that tries a receiver.
type Delivery struct {
	Receiver string `json:"name"`
	Type     string `json:"type"`
	Taken    bool   `json:"delivered"`
	Message  string `json:"message,omitempty"` // why it was not, with what to do next
}

// Deliveries is what became of all of them.
type Deliveries struct {
	All []Delivery
	Now time.Time
}

// ExitCode is 0 when every receiver took its message, else 3: whoever did not could not be told.
func (d Deliveries) ExitCode() int {
	if d.taken() < len(d.All) {
		return ExitUnknown
	}
	return ExitOK
}

func (d Deliveries) taken() int {
	n := 0
	for _, delivery := range d.All {
		if delivery.Taken {
			n++
		}
	}
	return n
}

// Write writes one line for each receiver, in the format said.
func (d Deliveries) Write(w io.Writer, f Format) error {
	if f == JSON {
		return writeJSON(w, struct {
			Schema    string     `json:"schema"`
			Generated string     `json:"generated_time"`
			Receivers []Delivery `json:"receivers"`
		}{NotifyTestSchema, stamp(d.Now), d.All})
	}
	var text strings.Builder
	if f == Nagios {
		fmt.Fprintf(&text, "%s - %d of %d receivers took a test message\n", service(d.ExitCode()), d.taken(), len(d.All))
	}
	for _, delivery := range d.All {
		said := "delivered"
		if !delivery.Taken {
			said = "not delivered: " + plain(delivery.Message)
		}
		line := fmt.Sprintf("%s (%s): %s", delivery.Receiver, delivery.Type, said)
		if f == Nagios {
			line = harmless(line)
		}
		fmt.Fprintln(&text, line)
	}
	_, err := io.WriteString(w, text.String())
	return err
}
