package page

import (
	"regexp"
	"time"
)

// phrase is a part of what the engine says: words, or a time.
type phrase struct {
	Text string
	At   moment
}

// machineTime is a time as the engine writes it into its sentences.
var machineTime = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z`)

// told takes the times out of a sentence, so that the page can write them as it writes all others.
func told(sentence string) []phrase {
	var phrases []phrase
	from := 0
	for _, place := range machineTime.FindAllStringIndex(sentence, -1) {
		at, err := time.Parse(time.RFC3339, sentence[place[0]:place[1]])
		if err != nil {
			continue // no such day
		}
		phrases = append(phrases, phrase{Text: sentence[from:place[0]]}, phrase{At: momentAt(at, at)})
		from = place[1]
	}
	return append(phrases, phrase{Text: sentence[from:]})
}
