// Package clientconfig knows where MCP clients keep their configuration and
// what an entry for this server looks like there. It renders entries and merges
// them into files that people also edit by hand.
//
// An entry never contains a key. It refers to the environment, to the client's
// own secret input, or to a file that contains the key, whichever the client
// supports.
package clientconfig

// Name is the server's name in every client's configuration.
const Name = "stripe-checkout"

// KeyVariable and KeyFileVariable are the environment variables from which the
// server gets its Stripe API key.
const (
	KeyVariable     = "STRIPE_API_KEY"
	KeyFileVariable = "STRIPE_API_KEY_FILE"
)

// A Server is what an entry starts or connects to.
type Server struct {
	// Command and Args start the server on stdio. They are ignored if URL is set.
	Command string
	Args    []string

	// NeedsKey says whether a server on stdio needs a Stripe API key. The
	// sandbox doesn't.
	NeedsKey bool

	// KeyFile is a file that contains the key. If it is "", the client provides
	// the key in its own way. Clients that can't do that need a file.
	KeyFile string

	// URL is the MCP endpoint of a running server.
	URL string

	// TokenVariable names the environment variable that contains the bearer
	// token for URL. If it is "", no token is sent.
	TokenVariable string
}

// A System is what paths depend on: the operating system, named as in
// runtime.GOOS, and the user's environment.
type System struct {
	OS     string
	Home   string
	Getenv func(string) string
}
