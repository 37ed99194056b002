package config

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

var receiverName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (r Receiver) faults(key string) []Fault {
	var faults []Fault
	add := func(name, text string) { faults = append(faults, Fault{Key: join(key, name), Text: text}) }
	if !receiverName.MatchString(r.Name) {
		faults = append(faults, Fault{Key: join(key, "name"), follows: r.Name == "", Text: "every receiver needs a name of its own, of at most 64 letters, digits and . _ - that begins with a letter or digit"})
	}
	if !slices.Contains(Severities(), r.MinSeverity) {
		add("min_severity", oneOf(r.MinSeverity, Severities()))
	}
	if r.RepeatInterval != 0 && r.RepeatInterval < MinRepeat {
		add("repeat_interval", "is too short: write at least 1m, or 0 to tell the same trouble only once")
	}
	for i, quiet := range r.QuietHours {
		faults = append(faults, quiet.faults(fmt.Sprintf("%s.quiet_hours[%d]", key, i))...)
	}
	return append(faults, r.typeFaults(key)...)
}

// typeFaults is what the type lacks and what it has no use for.
func (r Receiver) typeFaults(key string) []Fault {
	wants, known := r.Type.wants()
	if !known {
		return []Fault{{Key: join(key, "type"), Text: oneOf(r.Type, ReceiverTypes()), follows: r.Type == ""}}
	}
	faults := r.urlFaults(key, wants)
	for _, file := range []struct {
		name, value string
		demand      demand
	}{{"secret_file", r.SecretFile, wants.secret}, {"routing_key_file", r.RoutingKeyFile, wants.routingKey}} {
		switch {
		case file.demand == refused && file.value != "":
			faults = append(faults, Fault{Key: join(key, file.name), follows: true, Text: fmt.Sprintf("does not belong to a receiver of the type %s: remove it", r.Type)})
		case file.demand == required && file.value == "":
			faults = append(faults, Fault{Key: join(key, file.name), follows: true, Text: fmt.Sprintf("is missing, and a receiver of the type %s needs it: name the file that holds the secret", r.Type)})
		}
	}
	return faults
}

func (r Receiver) urlFaults(key string, wants wants) []Fault {
	switch {
	case wants.urlFile && r.URL != "":
		return []Fault{{Key: join(key, "url"), Text: fmt.Sprintf("is a secret where the type is %s: put it into a file that only the agent may read, and name that file in url_file", r.Type)}}
	case wants.urlFile && r.URLFile == "":
		return []Fault{{Key: join(key, "url_file"), follows: true, Text: fmt.Sprintf("is missing, and a receiver of the type %s needs it: name the file that holds the address", r.Type)}}
	case wants.url == optional && r.URLFile != "":
		return []Fault{{Key: join(key, "url_file"), follows: true, Text: fmt.Sprintf("does not belong to a receiver of the type %s, whose address is no secret: use url, or remove it", r.Type)}}
	case wants.url == required && (r.URL == "") == (r.URLFile == ""):
		return []Fault{{Key: key, follows: true, Text: fmt.Sprintf("a receiver of the type %s takes one of url and url_file: give exactly one", r.Type)}}
	}
	wrong := wrongAddress(r.URL)
	switch {
	case r.URL == "" || wrong == "":
		return nil
	case wrong == bareAddress && wants.url == required:
		wrong += ": put the whole address into a file that only the agent may read, and name that file in url_file"
	}
	return []Fault{{Key: join(key, "url"), Text: wrong}}
}

const noTime = "is missing: write a time of day as HH:MM"

func (q QuietHours) faults(key string) []Fault {
	var faults []Fault
	if q.From == noTimeSaid {
		faults = append(faults, Fault{Key: key + ".from", follows: true, Text: noTime})
	}
	if q.To == noTimeSaid {
		faults = append(faults, Fault{Key: key + ".to", follows: true, Text: noTime})
	}
	if q.From == q.To && q.To != noTimeSaid {
		faults = append(faults, Fault{Key: key, Text: "begins when it ends: write two times, or 00:00 and 24:00 for the whole day"})
	}
	if q.From == endOfDay {
		faults = append(faults, Fault{Key: key + ".from", Text: "must be before the end of the day: write 00:00 for the beginning of the next"})
	}
	for i, day := range q.Days {
		if slices.Contains(q.Days[:i], day) {
			faults = append(faults, Fault{Key: fmt.Sprintf("%s.days[%d]", key, i), Text: "is a day that stands above already: name each once"})
		}
	}
	if _, err := time.LoadLocation(q.TimeZone); err != nil || q.TimeZone == "" || q.TimeZone == "Local" {
		faults = append(faults, Fault{Key: key + ".time_zone", follows: q.TimeZone == "", Text: "must be a time zone of the IANA database, such as Europe/Berlin, or UTC"})
	}
	return faults
}
