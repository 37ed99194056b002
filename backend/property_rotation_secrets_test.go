package backend_test

import "strings"

// secretMarks is part of every secret that the test makes up, so that one in an answer shows. The others are what a
// Basic header of a user and of the administrator begins with.
var secretMarks = []string{"-Horse-", "QVBJX0dM", "VkFVTFRfQURNSU46"}

// leakFinder is a log in which no secret may stand.
type leakFinder struct{ book *book }

// Write implements io.Writer.
func (l leakFinder) Write(line []byte) (int, error) {
	l.book.findSecret("the log", string(line))
	return len(line), nil
}

// findSecret looks for what the test made up, and for what the engine generated.
func (b *book) findSecret(where, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, marks := range [][]string{secretMarks, b.generated} {
		for _, mark := range marks {
			if strings.Contains(text, mark) {
				b.faults = append(b.faults, "promise 8: a secret in "+where+": "+text)
			}
		}
	}
}

// mention remembers a password that the engine generated, the oldest first.
func (b *book) mention(password string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, known := range append(b.generated, passwords...) {
		if password == known || password == "" || strings.Contains(password, "-Horse-") {
			return
		}
	}
	b.generated = append(b.generated, password)
}

// handMade is how many of known the engine did not generate.
var handMade = len((&book{}).known())

// known are all passwords that the test has seen.
func (b *book) known() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append(append([]string{adminSecret, standbyPassword, "By-Hand-Horse-6", "Admin-Horse-88", "Adopted-Horse-7"}, passwords...), b.generated...)
}

// told is the password in Oracle as far as people can know it: what the engine generated they read only as long as it
// is served. Otherwise they set another one by hand, and that is it.
func (w *world) told(name string) string {
	live := w.live(name)
	w.Lock()
	known := w.of(name).served[live]
	w.Unlock()
	if live == "" || strings.Contains(live, "-Horse-") || known {
		return live
	}
	return ""
}

// byHand is told; where nobody can know it, people set another one.
func (w *world) byHand(name string) string {
	password := w.told(name)
	if password == "" {
		password = "By-Hand-Horse-6"
		mustPlay(w.rt, w.stage.pod.SetPassword(name, password))
	}
	return password
}

// live is the password in Oracle; empty when nobody knows it.
func (w *world) live(name string) string {
	for _, password := range w.book.known() {
		if w.stage.pod.HasPassword(name, password) {
			return password
		}
	}
	return ""
}
