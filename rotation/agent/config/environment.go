package config

import (
	"fmt"
	"slices"
	"strings"
)

// variablePrefix is before the name of each of our environment variables. Vault's own begin with VAULT_ and stay Vault's.
const variablePrefix = "ORACLE_FINANCIALS_AGENT_"

// PlainKeys lists the keys that the environment and flags may set, besides the file: those at the top with one value.
func PlainKeys() []string {
	return []string{"mounts", "interval", "listen", "external_url", "web_config_file", "state_dir", "log_level", "log_format"}
}

// Variable is the environment variable of a plain key.
func Variable(key string) string { return variablePrefix + strings.ToUpper(key) }

// Set sets a plain key to a text, as the environment and flags have it; mounts are separated by commas. Source is what a
// fault names instead of the file, such as --listen. What the text says is judged by Check.
func (c *Config) Set(source, key, text string) error {
	if wrong := c.set(key, text); wrong != "" {
		return invalid(Fault{Place: source, Key: key, Text: wrong})
	}
	c.origin = c.origin.with(key, source)
	c.tidy()
	return nil
}

// set says what is wrong with the text, if anything.
func (c *Config) set(key, text string) string {
	into := map[string]*string{
		"listen": &c.Listen, "external_url": &c.ExternalURL, "web_config_file": &c.WebConfigFile, "state_dir": &c.StateDir,
		"log_level": &c.LogLevel, "log_format": &c.LogFormat,
	}
	switch {
	case !slices.Contains(PlainKeys(), key):
		return "can be said in the file only"
	case strings.TrimSpace(text) == "":
		return "has no value: give it one, or leave it out"
	case key == "mounts":
		mounts := strings.Split(text, ",")
		if len(mounts) > maxList {
			return fmt.Sprintf("holds more than %d: keep what is needed", maxList)
		}
		c.Mounts = mounts
	case key == "interval":
		interval, err := readDuration(text)
		if err != nil {
			return err.Error()
		}
		c.Interval = interval
	default:
		*into[key] = text
	}
	return ""
}

// readEnvironment sets what the file does not have. A variable that is empty says nothing, as it is with Vault's.
func (c *Config) readEnvironment(environ func(string) string) []Fault {
	var faults []Fault
	for _, key := range PlainKeys() {
		source := Variable(key)
		text := environ(source)
		if _, said := c.origin.lines[key]; said || text == "" {
			continue
		}
		if wrong := c.set(key, text); wrong != "" {
			faults = append(faults, Fault{Place: source, Key: key, Text: wrong})
			continue
		}
		c.origin.sources[key] = source
	}
	return faults
}

// tidy brings what may be written in several ways into one form. It changes nothing that another copy shares, and may be
// done again.
func (c *Config) tidy() {
	c.Mounts = slices.Clone(c.Mounts)
	for i, mount := range c.Mounts {
		c.Mounts[i] = strings.Trim(strings.TrimSpace(mount), "/")
	}
	c.Vault.Namespace = strings.Trim(c.Vault.Namespace, "/")
	c.Vault.Auth.Mount = strings.TrimPrefix(strings.Trim(c.Vault.Auth.Mount, "/"), "auth/")
	c.ExternalURL = strings.TrimRight(c.ExternalURL, "/")
	if c.Listen == ListenNone {
		c.Listen = ""
	}
}

// settle fills in what follows from what was said.
func (c *Config) settle() {
	c.Vault.Auth = c.Vault.Auth.settled()
	for i := range c.Receivers {
		if r := &c.Receivers[i]; r.Type == ReceiverPagerDuty && r.URL == "" {
			r.URL = PagerDutyURL
		}
	}
}
