package clientconfig

import (
	"errors"
	"fmt"
	"strings"
)

// A Client is an MCP client: where it keeps its configuration, and how an entry
// is written there.
type Client struct {
	// ID is its name on the command line, Title its name in prose.
	ID, Title string

	// Source is the page that documents the format.
	Source string

	// path returns the user's configuration file, which applies to all
	// projects.
	path func(System) string

	format  format
	section string // the key that contains the servers

	// reference is how a value refers to an environment variable, with %s for
	// its name, or "" if it can't.
	reference string

	// entry describes a server the way this client wants it.
	entry func(c *Client, s Server) object

	// inputs are the secrets that the client itself asks for (VS Code).
	inputs func(s Server) []object

	// keyByFile is set for a client that neither asks for secrets nor passes
	// its environment on. Its entries name a file that contains the key.
	keyByFile bool

	// install returns a link that offers an entry to the client.
	install func(c *Client, s Server) string

	// noHTTP says what to do instead of an entry with a URL.
	noHTTP string

	// noToken says what to do instead of a bearer token in an entry.
	noToken string
}

// Clients returns the clients in the order of the documentation.
func Clients() []*Client { return clients }

// Lookup finds a client by its ID.
func Lookup(id string) (*Client, bool) {
	for _, c := range clients {
		if c.ID == id {
			return c, true
		}
	}
	return nil, false
}

// Path returns the file that contains the user's servers for all projects.
func (c *Client) Path(sys System) (string, error) {
	if sys.Home == "" {
		return "", errors.New("the home directory is unknown: set HOME (on Windows, USERPROFILE)")
	}
	switch sys.OS {
	case "linux", "darwin", "windows":
		return c.path(sys), nil
	default:
		return "", fmt.Errorf("it is unknown where %s keeps its configuration on %s: print the entry and add it by hand", c.Title, sys.OS)
	}
}

// NeedsKeyFile reports whether the entry must name a file that contains the
// key.
func (c *Client) NeedsKeyFile(s Server) bool {
	return s.URL == "" && s.NeedsKey && c.keyByFile
}

// Render returns a configuration file that contains only the entry.
func (c *Client) Render(s Server) ([]byte, error) { return c.Merge(nil, s) }

// Merge returns the configuration file with the entry added or replaced, and
// everything else unchanged, byte for byte. It returns an error if it can't
// parse the file, or can't change it without touching the rest.
func (c *Client) Merge(file []byte, s Server) ([]byte, error) {
	if err := c.check(s); err != nil {
		return nil, err
	}
	entry := c.entry(c, s)
	var inputs []object
	if c.inputs != nil {
		inputs = c.inputs(s)
	}
	return c.format.merge(file, c.section, entry, inputs)
}

func (c *Client) check(s Server) error {
	switch {
	case s.URL != "" && c.noHTTP != "":
		return fmt.Errorf("%s doesn't accept a URL in its configuration file: %s", c.Title, c.noHTTP)
	case s.URL != "" && s.TokenVariable != "" && c.noToken != "":
		return fmt.Errorf("%s can't refer to an environment variable: %s", c.Title, c.noToken)
	case c.NeedsKeyFile(s) && s.KeyFile == "":
		return fmt.Errorf("%s doesn't pass the key on from its environment: name a file that contains it", c.Title)
	}
	return nil
}

// env returns the environment for a stdio entry: a reference to the key, or the
// file that contains it.
func (c *Client) env(s Server) object {
	switch {
	case !s.NeedsKey:
		return nil
	case s.KeyFile != "":
		return object{{KeyFileVariable, s.KeyFile}}
	default:
		return object{{KeyVariable, c.refer(KeyVariable)}}
	}
}

// headers returns the headers for an entry with a URL.
func (c *Client) headers(s Server) object {
	if s.TokenVariable == "" {
		return nil
	}
	return object{{"Authorization", "Bearer " + c.refer(s.TokenVariable)}}
}

func (c *Client) refer(variable string) string {
	return strings.Replace(c.reference, "%s", variable, 1)
}
