package page

import (
	"net/http"
	"net/url"
	"strings"
)

// frame is what every page has around its content.
type frame struct {
	Title string
	// Root leads from this page to the index without naming the host or the path before it, so that the page also works
	// behind a proxy that serves it under a path of its own.
	Root        string
	Style, Icon string // the names of the assets, with their hashes
	Refresh     bool   // the page loads itself anew every RefreshSeconds
	// RefreshLink turns that on, or off.
	RefreshLink    string
	RefreshSeconds int
}

// refreshSeconds is how often a page that is to refresh itself does.
const refreshSeconds = 60

func (p *pages) frame(r *http.Request, refresh bool) frame {
	up := strings.Count(r.URL.EscapedPath(), "/") - 1
	root := "./"
	if up > 0 {
		root = strings.Repeat("../", up)
	}
	toggled := url.Values{}
	for key, values := range r.URL.Query() {
		if key != keyRefresh && len(values) > 0 {
			toggled.Set(key, values[0])
		}
	}
	if !refresh {
		toggled.Set(keyRefresh, refreshOn)
	}
	return frame{
		Root: root, Style: p.assets.style, Icon: p.assets.icon,
		Refresh: refresh, RefreshLink: "?" + toggled.Encode(), RefreshSeconds: refreshSeconds,
	}
}

// pathOf is the address of an integration's page, relative to the index. Each part of the mount is a part of the path.
func pathOf(mount, name string) string {
	parts := append([]string{"integrations"}, strings.Split(mount, "/")...)
	parts = append(parts, name)
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}
