package rest

import (
	"cmp"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/approval"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/secrets"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
)

// Options say how the API is served.
type Options struct {
	// ConfirmWrites says that a person has to confirm writes. REST can't ask
	// anybody, so it refuses them, except those that Approvals lets through.
	ConfirmWrites bool

	// Approvals, if set, asks a person on a page.
	Approvals *approval.Gate

	// Version is this program's version, for the OpenAPI document.
	Version string

	// Authenticated says that the server in front admits only callers that
	// authenticate; the document then says how.
	Authenticated bool

	// Logger is told once about each version of Stripe's API that callers ask
	// for but don't get. Nil discards these messages.
	Logger *slog.Logger

	// Middleware, if set, wraps the five operations, but not the document and
	// its viewer. If callers supply their own keys, it puts them into the
	// request's context ([stripeclient.WithKey]).
	Middleware func(http.Handler) http.Handler
}

// New returns the REST API of the operations that the service offers, with its
// OpenAPI document at /openapi.json and a viewer for it at /docs.
func New(service *operations.Service, opts Options) *http.ServeMux {
	return newAPI(service, opts, routes)
}

func newAPI(service *operations.Service, opts Options, routes []route) *http.ServeMux {
	versions := &versions{log: cmp.Or(opts.Logger, slog.New(slog.DiscardHandler)), told: map[string]bool{}}
	mux := http.NewServeMux()
	methods := map[string][]string{} // by path
	var offered []route
	for _, rt := range routes {
		var handler http.Handler = opts.handle(service, rt, versions)
		if refusal := opts.withheld(service, rt); refusal != nil {
			handler = notOffered(service, rt, refusal)
		} else {
			offered = append(offered, rt)
		}
		if opts.Middleware != nil {
			handler = opts.Middleware(handler)
		}
		for _, path := range rt.paths() {
			mux.Handle(rt.Stripe.Method+" "+path, handler)
			methods[path] = append(methods[path], rt.Stripe.Method)
		}
	}

	// Made for whoever asks first: it takes 4 MB of memory, and most servers are
	// never asked.
	spec := sync.OnceValue(func() http.HandlerFunc {
		return static("application/json", document(offered, cmp.Or(opts.Version, "devel"), opts.Authenticated))
	})
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, r *http.Request) { spec()(w, r) })
	methods["/openapi.json"] = []string{http.MethodGet}
	for path, page := range viewer() {
		mux.Handle("GET "+path, page)
		methods[path] = []string{http.MethodGet}
	}
	for path, allowed := range maps.All(methods) {
		mux.Handle(path, methodNotAllowed(allowed))
	}
	mux.HandleFunc("/", notFound)
	mux.HandleFunc("GET /{$}", root)
	return mux
}

// withheld says why a route is not offered; nil if it is.
func (o Options) withheld(service *operations.Service, rt route) error {
	if why := service.Withheld(rt.Operation); why != "" {
		return refused(http.StatusForbidden, "", "", "%s", why)
	}
	if o.ConfirmWrites && o.Approvals == nil && rt.Writes() {
		return refused(http.StatusForbidden, "confirmation_unavailable", "", "This server writes only what a person has confirmed, but over REST it can't ask anybody. Call the MCP tool %s from a client that can ask.", rt.Tool)
	}
	return nil
}

// handle serves one operation.
func (o Options) handle(service *operations.Service, rt route, versions *versions) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := versions.answer(w, r); err != nil {
			refuse(w, service.Refuse(r.Context(), rt.Operation, err))
			return
		}
		ctx, err := withHeaders(r, service.Client())
		if err != nil {
			refuse(w, service.Refuse(r.Context(), rt.Operation, err))
			return
		}
		arguments, err := rt.arguments(r)
		if err != nil {
			refuse(w, service.Refuse(ctx, rt.Operation, err))
			return
		}
		call, err := service.PrepareParsed(ctx, rt.Operation, arguments)
		if err != nil {
			refuse(w, err)
			return
		}
		if o.ConfirmWrites && rt.Writes() {
			if err := o.Approvals.Pass(ctx, service, call); err != nil {
				refuse(w, forbidden(call.Refuse(ctx, err)))
				return
			}
		}
		answer, err := call.Do(ctx)
		if rt.Writes() {
			w.Header().Set(idempotencyHeader, call.IdempotencyKey())
		}
		if err != nil {
			refuse(w, err)
			return
		}
		if call.Repeated() {
			w.Header().Set("Repeated-Create", operations.RepeatedAdvice)
		}
		succeed(w, answer)
	}
}

func notOffered(service *operations.Service, rt route, why error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		refuse(w, service.Refuse(r.Context(), rt.Operation, why))
	}
}

// methodNotAllowed answers methods that a path has no route for.
func methodNotAllowed(allowed []string) http.HandlerFunc {
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	allow := strings.Join(allowed, ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		refuse(w, refused(http.StatusMethodNotAllowed, "", "", "This path accepts %s, but the request is a %.20s.", allow, secrets.Scrub(r.Method)))
	}
}

// root leads people to the viewer and tells programs where the operations are.
func root(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, "/docs", http.StatusFound)
		return
	}
	notFound(w, r)
}

func notFound(w http.ResponseWriter, r *http.Request) {
	refuse(w, refused(http.StatusNotFound, "", "", "Unrecognized request URL (%.20s: %.200s). The operations are at %s and, with Stripe's own paths, at %s; /docs shows them all.",
		secrets.Scrub(r.Method), secrets.Scrub(r.URL.Path), seedPrefix+operations.List.Stripe.Path, operations.List.Stripe.Path))
}
