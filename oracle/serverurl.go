package oracle

import (
	"errors"
	"net"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Errors of a server URL; each says what to write instead and never repeats the value, because a
// password pasted into the wrong field would stand in it.
var (
	ErrServerURL       = errors.New("server_url must be https:// with a host and an optional port, such as https://abcd.fa.us2.oraclecloud.com")
	ErrServerURLScheme = errors.New("server_url must begin with https://: the password is sent with every request")
	ErrServerURLPath   = errors.New("server_url takes the host only: leave out the path, the query, and any user name")
	ErrHostPattern     = errors.New("an allowed host is a host name in which * stands for any characters, such as *.oraclecloud.com, without scheme or port")
)

// maxHostLength is the longest host name that DNS can carry (RFC 1035, 2.3.4).
const maxHostLength = 253

var (
	hostLabels  = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)
	hostPattern = regexp.MustCompile(`^[a-z0-9_.*:-]+$`)
)

// ParseServerURL reads a pod's address and returns it in one form: https, host in lower case, no path,
// the port only when it is not 443. What it returns, it accepts again unchanged.
func ParseServerURL(text string) (string, error) {
	text = strings.TrimSpace(text)
	if scheme, _, found := strings.Cut(text, "://"); found && !strings.EqualFold(scheme, "https") {
		return "", ErrServerURLScheme
	}
	u, err := url.Parse(text)
	if err != nil || !strings.EqualFold(u.Scheme, "https") || u.Opaque != "" || u.Host == "" {
		return "", ErrServerURL
	}
	if u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") {
		return "", ErrServerURLPath
	}
	if !asSent(u.Hostname()) { // before lower case makes ASCII of it: İ becomes i
		return "", ErrServerURL
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip := net.ParseIP(host)
	if ip == nil && (len(host) > maxHostLength || !hostLabels.MatchString(host)) {
		return "", ErrServerURL
	}
	if ip != nil {
		host = ip.String() // an IPv4 address written as IPv6 is IPv4 again
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port := u.Port()
	if port == "" {
		if strings.HasSuffix(u.Host, ":") {
			return "", ErrServerURL
		}
		return "https://" + host, nil
	}
	number, err := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || number == 0:
		return "", ErrServerURL
	case number == 443:
		return "https://" + host, nil
	}
	return "https://" + host + ":" + strconv.FormatUint(number, 10), nil
}

// Host gives the host and port of a server URL that ParseServerURL returned: the pod's name.
func Host(serverURL string) string { return strings.TrimPrefix(serverURL, "https://") }

// RESTAPIURL is where an application finds the newest version of the REST resources.
func RESTAPIURL(serverURL string) string { return serverURL + resourcesPath + "latest/" }

// ParseHostPattern reads one entry of allowed_hosts.
func ParseHostPattern(text string) (string, error) {
	pattern := strings.ToLower(strings.TrimSpace(text))
	if !asSent(strings.TrimSpace(text)) || !hostPattern.MatchString(pattern) || len(pattern) > maxHostLength {
		return "", ErrHostPattern
	}
	if strings.Count(pattern, ":") == 1 { // one colon is a port, more are an IPv6 address
		return "", ErrHostPattern
	}
	return pattern, nil
}

// HostAllowed says whether a server URL's host matches one of the patterns; * spans dots, the port does
// not count.
func HostAllowed(patterns []string, serverURL string) bool {
	u, err := url.Parse(serverURL)
	if err != nil {
		return false
	}
	for _, pattern := range patterns {
		if matched, err := path.Match(pattern, strings.ToLower(u.Hostname())); err == nil && matched {
			return true
		}
	}
	return false
}
