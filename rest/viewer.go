package rest

//go:generate sh -c "cd testdata/node && npm ci"
//go:generate sh -c "cp testdata/node/node_modules/swagger-ui-dist/LICENSE testdata/node/node_modules/swagger-ui-dist/NOTICE testdata/node/node_modules/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt viewer/"
//go:generate sh -c "gzip -9nc testdata/node/node_modules/swagger-ui-dist/swagger-ui-bundle.js > viewer/swagger-ui-bundle.js.gz"
//go:generate sh -c "gzip -9nc testdata/node/node_modules/swagger-ui-dist/swagger-ui.css > viewer/swagger-ui.css.gz"

import (
	"embed"
	"net/http"
)

// The viewer is Swagger UI from its npm package (viewer/LICENSE,
// viewer/NOTICE), gzipped, and narrow.css, which makes it fit a phone. The
// version is in testdata/node/package.json, and a test compares the files with
// that package.
//
//go:embed viewer
var viewerFiles embed.FS

// contentPolicy lets the page load from and talk to this server only. Swagger
// UI sets styles in attributes, which requires 'unsafe-inline', and has its
// icons in data URLs.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// viewer returns the pages of /docs by path.
func viewer() map[string]http.Handler {
	page := static("text/html; charset=utf-8", viewerFile("index.html"))
	return map[string]http.Handler{
		"/docs": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", contentPolicy)
			w.Header().Set("Referrer-Policy", "no-referrer")
			page(w, r)
		}),
		"/docs/start.js":             static("text/javascript; charset=utf-8", viewerFile("start.js")),
		"/docs/swagger-ui-bundle.js": compressed("text/javascript; charset=utf-8", viewerFile("swagger-ui-bundle.js.gz")),
		"/docs/narrow.css":           static("text/css; charset=utf-8", viewerFile("narrow.css")),
		"/docs/swagger-ui.css":       compressed("text/css; charset=utf-8", viewerFile("swagger-ui.css.gz")),
	}
}

func viewerFile(name string) []byte {
	data, err := viewerFiles.ReadFile("viewer/" + name)
	if err != nil {
		panic(err) // an embedded file
	}
	return data
}
