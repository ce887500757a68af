package rest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// Options choose what is offered, as those of the tools do.
type Options struct {
	// ReadOnly leaves only the operations that can't change anything at Stripe.
	ReadOnly bool

	// Tools picks operations by the names of their tools; none picks all.
	Tools []string

	// Version is this program's, for the OpenAPI document.
	Version string

	// Middleware, if set, is put around the five operations, not around the
	// document and its viewer: where each caller brings a key of their own, this
	// is what puts it into the request's context ([stripeclient.WithKey]).
	Middleware func(http.Handler) http.Handler
}

// New returns the REST API over client, with its OpenAPI document at
// /openapi.json and a viewer of it at /docs. It fails on a name in
// [Options.Tools] that no tool has.
func New(client *stripeclient.Client, opts Options) (*http.ServeMux, error) {
	all := routes(client)
	for _, name := range opts.Tools {
		if !slices.ContainsFunc(all, func(rt route) bool { return rt.tool == name }) {
			return nil, fmt.Errorf("there is no tool %q", name)
		}
	}

	mux := http.NewServeMux()
	methods := map[string][]string{} // by path
	var offered []route
	for _, rt := range all {
		var handler http.Handler = handle(client, rt)
		switch {
		case opts.ReadOnly && rt.writes:
			handler = notOffered("This server is read-only.")
		case len(opts.Tools) > 0 && !slices.Contains(opts.Tools, rt.tool):
			handler = notOffered("This server was set up without this operation.")
		default:
			offered = append(offered, rt)
		}
		if opts.Middleware != nil {
			handler = opts.Middleware(handler)
		}
		for _, path := range rt.paths {
			mux.Handle(rt.method+" "+path, handler)
			methods[path] = append(methods[path], rt.method)
		}
	}

	spec := document(offered, cmp.Or(opts.Version, "0.0.0"))
	mux.Handle("GET /openapi.json", static("application/json", spec))
	methods["/openapi.json"] = []string{http.MethodGet}
	for path, page := range viewer() {
		mux.Handle("GET "+path, page)
		methods[path] = []string{http.MethodGet}
	}
	for path, allowed := range maps.All(methods) {
		mux.Handle(path, methodNotAllowed(allowed))
	}
	mux.HandleFunc("/", notFound)
	return mux, nil
}

// handle serves one operation.
func handle(client *stripeclient.Client, rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, err := withHeaders(r, client)
		if err != nil {
			refuse(w, err)
			return
		}
		arguments, made, err := rt.arguments(r)
		if err != nil {
			refuse(w, err)
			return
		}
		if made != "" {
			w.Header().Set(idempotencyHeader, made)
		}
		answer, err := rt.call(ctx, arguments)
		if err != nil {
			refuse(w, err)
			return
		}
		succeed(w, answer)
	}
}

func notOffered(message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, refused(http.StatusForbidden, "", "", "%s", message))
	}
}

// methodNotAllowed answers the methods that a path has no route for.
func methodNotAllowed(allowed []string) http.HandlerFunc {
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	allow := strings.Join(allowed, ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		refuse(w, refused(http.StatusMethodNotAllowed, "", "", "This path takes %s; the request is a %.20s.", allow, r.Method))
	}
}

func notFound(w http.ResponseWriter, r *http.Request) {
	refuse(w, refused(http.StatusNotFound, "", "", "Unrecognized request URL (%.20s: %.200s). The operations are at %s and, with Stripe's own paths, at %s; /docs shows them all.",
		r.Method, r.URL.Path, seedPath, stripePath))
}
