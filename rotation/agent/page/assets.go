package page

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed assets templates
var files embed.FS

// assets is what the pages load besides themselves: one style sheet and one icon. Their names carry a digest of their
// content, so that a browser keeps them for good and a new agent is never shown in the old one's clothes.
type assets struct {
	style, icon string
	byName      map[string]asset
}

type asset struct {
	kind    string
	content []byte
}

// styles are the parts of the style sheet, in their order.
var styles = []string{"tokens.css", "layout.css", "parts.css", "one.css", "narrow.css", "print.css"}

func loadAssets() assets {
	var style []byte
	for _, name := range styles {
		style = append(style, content("assets/"+name)...)
	}
	icon := content("assets/icon.svg")
	loaded := assets{style: "page." + digest(style) + ".css", icon: "icon." + digest(icon) + ".svg"}
	loaded.byName = map[string]asset{
		loaded.style: {kind: "text/css; charset=utf-8", content: style},
		loaded.icon:  {kind: "image/svg+xml", content: icon},
	}
	return loaded
}

// content reads a file that was built in; that it is there is a matter of the build.
func content(name string) []byte {
	read, err := fs.ReadFile(files, name)
	if err != nil {
		panic("a file of the page was not built in: " + err.Error())
	}
	return read
}

func (p *pages) asset(w http.ResponseWriter, r *http.Request) {
	found, known := p.assets.byName[path.Base(r.PathValue("file"))]
	if !known {
		p.lost(w, r)
		return
	}
	w.Header().Set("Content-Type", found.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	p.write(w, r, http.StatusOK, found.content)
}

// parseTemplates reads what was built in, where a fault is one of the build.
func parseTemplates() *template.Template {
	functions := template.FuncMap{"join": strings.Join, "number": grouped, "told": told}
	return template.Must(template.New("page").Funcs(functions).ParseFS(files, "templates/*.html"))
}
