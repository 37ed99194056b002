package output

import (
	"fmt"
	"io"
	"strings"
)

// Version says which build a program is. What is not known is empty.
type Version struct {
	Name      string `json:"name"`
	Version   string `json:"version"`
	Commit    string `json:"commit,omitempty"`
	BuildTime string `json:"build_time,omitempty"`
	Go        string `json:"go_version"`
}

// Write writes it as JSON or, in every other format, as one line.
func (v Version) Write(w io.Writer, f Format) error {
	if f == JSON {
		return writeJSON(w, v)
	}
	facts := []string{v.Go}
	if v.BuildTime != "" {
		facts = append([]string{"built " + v.BuildTime}, facts...)
	}
	if v.Commit != "" {
		facts = append([]string{"commit " + v.Commit}, facts...)
	}
	_, err := fmt.Fprintf(w, "%s %s (%s)\n", v.Name, v.Version, strings.Join(facts, ", "))
	return err
}
