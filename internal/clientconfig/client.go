package clientconfig

import (
	"errors"
	"fmt"
	"strings"
)

// A Client is an MCP client: where its configuration is, and how an entry is
// written there.
type Client struct {
	// ID is what the command line calls it, Title what people do.
	ID, Title string

	// Source is the page that documents the format.
	Source string

	// path is the configuration file of the person, for all projects.
	path func(System) string

	format  format
	section string // the key that holds the servers

	// reference is how a value refers to an environment variable, with %s for
	// its name; "" if it can't.
	reference string

	// entry writes a server as this client wants it.
	entry func(c *Client, s Server) object

	// inputs are secrets the client itself asks for (VS Code).
	inputs func(s Server) []object

	// keyByFile is set for a client that neither asks for secrets nor passes
	// variables of its environment on: its entries name a file with the key.
	keyByFile bool

	// install makes a link that offers an entry to the client.
	install func(c *Client, s Server) string

	// noHTTP says what to do instead of an entry with a URL.
	noHTTP string

	// noToken says what to do instead of a bearer token in an entry.
	noToken string
}

// Clients lists the clients in the order in which they are documented.
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

// Path is the file that holds the person's servers for all projects.
func (c *Client) Path(sys System) (string, error) {
	if sys.Home == "" {
		return "", errors.New("the home directory is not known: set HOME (on Windows, USERPROFILE)")
	}
	switch sys.OS {
	case "linux", "darwin", "windows":
		return c.path(sys), nil
	default:
		return "", fmt.Errorf("where %s keeps its configuration on %s is not known: print the entry and add it by hand", c.Title, sys.OS)
	}
}

// NeedsKeyFile reports whether the entry can refer to the key only by a file.
func (c *Client) NeedsKeyFile(s Server) bool {
	return s.URL == "" && s.NeedsKey && c.keyByFile
}

// Render returns a configuration file with nothing but the entry.
func (c *Client) Render(s Server) ([]byte, error) { return c.Merge(nil, s) }

// Merge returns the configuration file with the entry added or replaced, and
// everything else in it byte for byte as it was. It refuses a file that it
// can't parse, or can't change without touching the rest.
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
		return fmt.Errorf("%s takes no URL in its configuration file: %s", c.Title, c.noHTTP)
	case s.URL != "" && s.TokenVariable != "" && c.noToken != "":
		return fmt.Errorf("%s can't refer to an environment variable: %s", c.Title, c.noToken)
	case c.NeedsKeyFile(s) && s.KeyFile == "":
		return fmt.Errorf("%s passes no key from the environment on: name a file that holds it", c.Title)
	}
	return nil
}

// env is the environment of an entry on stdio: the key by a reference, or the
// file that holds it.
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

// headers are those of an entry with a URL.
func (c *Client) headers(s Server) object {
	if s.TokenVariable == "" {
		return nil
	}
	return object{{"Authorization", "Bearer " + c.refer(s.TokenVariable)}}
}

func (c *Client) refer(variable string) string {
	return strings.Replace(c.reference, "%s", variable, 1)
}
