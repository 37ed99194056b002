package receiver

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much of a message is told, in characters. They are far above what the engine writes, so that a receiver's own limits
// are met whatever comes from elsewhere.
const (
	maxWords = 200 // of a receiver's answer
	maxTitle = 150 // Slack's header takes no more
	maxText  = 2900
	maxName  = 300
	maxLink  = 2000
)

// oneLine makes one line of text that came from elsewhere, of bounded length. What could hide or turn text around is
// shown as U+FFFD: control characters, and Unicode's format characters, such as right-to-left marks and zero-width spaces.
func oneLine(text string, limit int) string {
	var line []rune
	space := false
	for _, r := range text { // of a byte that is no UTF-8, r is U+FFFD
		if unicode.IsSpace(r) {
			space = len(line) > 0
			continue
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			r = unicode.ReplacementChar
		}
		if space {
			line, space = append(line, ' '), false
		}
		if line = append(line, r); len(line) > limit {
			return string(line[:limit-1]) + "…"
		}
	}
	return string(line)
}

// lines does the same for text of several lines, and leaves out empty ones.
func lines(text string, limit int) string {
	var kept []string
	size := 0
	for line := range strings.Lines(text) {
		if line = oneLine(line, limit); line == "" {
			continue
		}
		if kept, size = append(kept, line), size+len(line); size > limit*utf8.UTFMax {
			break
		}
	}
	return shortened(strings.Join(kept, "\n"), limit)
}

// shortened cuts a text to so many characters, of which the last one says that it was cut.
func shortened(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}

// plain is the message with text that is safe to show: every receiver's form is made of it.
func (m Message) plain() Message {
	m.Title, m.Text = oneLine(m.Title, maxTitle), lines(m.Text, maxText)
	m.Link = webLink(m.Link)
	for _, field := range []*string{&m.Mount, &m.Name, &m.State, &m.Reason, &m.ServerURL} {
		*field = oneLine(*field, maxName)
	}
	members := make([]Member, 0, min(len(m.Members), MaxMembers))
	for _, member := range m.Members[:min(len(m.Members), MaxMembers)] {
		members = append(members, Member{Name: oneLine(member.Name, maxName), State: oneLine(member.State, maxName), Reason: oneLine(member.Reason, maxName)})
	}
	m.Members = members
	m.MemberCount = max(m.MemberCount, len(m.Members))
	return m
}

// webLink is a link that a receiver takes, or none: a message is more than its link.
func webLink(link string) string {
	at, err := url.Parse(link)
	if err != nil || at.Host == "" || (at.Scheme != "https" && at.Scheme != "http") || len(link) > maxLink {
		return ""
	}
	return at.String()
}
