// Package clientconfig knows where MCP clients keep their configuration and
// what an entry for this server looks like there: it renders one, and merges it
// into a file that people edit by hand.
//
// An entry never holds a key. It refers to the environment, to the client's own
// secret input, or to a file that holds the key: whichever the client supports.
package clientconfig

// Name is the name of the server in every client's configuration.
const Name = "stripe-checkout"

// KeyVariable and KeyFileVariable are the environment variables that the server
// takes its Stripe API key from.
const (
	KeyVariable     = "STRIPE_API_KEY"
	KeyFileVariable = "STRIPE_API_KEY_FILE"
)

// A Server is what an entry starts or connects to.
type Server struct {
	// Command and Args start the server on stdio. They are ignored if URL is set.
	Command string
	Args    []string

	// NeedsKey is whether a server on stdio needs a Stripe API key: the sandbox
	// does not.
	NeedsKey bool

	// KeyFile is a file that holds the key; "" leaves it to the client's own way.
	// Clients without one need a file.
	KeyFile string

	// URL is the MCP endpoint of a running server.
	URL string

	// TokenVariable names the environment variable with the bearer token for URL;
	// "" sends none.
	TokenVariable string
}

// A System is where paths are resolved: the operating system as in
// runtime.GOOS, and the person's environment.
type System struct {
	OS     string
	Home   string
	Getenv func(string) string
}
