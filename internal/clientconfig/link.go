package clientconfig

import (
	"encoding/base64"
	"net/url"
)

// InstallLink returns the URL of a page that opens the client and offers it the
// entry, or "" if the client has no such page. The client must be able to find
// the command on its PATH.
// https://code.visualstudio.com/docs/copilot/chat/mcp-servers#_url-handler and
// https://cursor.com/docs/context/mcp/install-links
func (c *Client) InstallLink(s Server) (string, error) {
	if c.install == nil {
		return "", nil
	}
	if err := c.check(s); err != nil {
		return "", err
	}
	return c.install(c, s), nil
}

func vscodeLink(c *Client, s Server) string {
	link := "https://insiders.vscode.dev/redirect/mcp/install?name=" + Name + "&config=" + url.QueryEscape(literal(c.entry(c, s)))
	if inputs := c.inputs(s); len(inputs) > 0 {
		link += "&inputs=" + url.QueryEscape(literal(inputs))
	}
	return link
}

func cursorLink(c *Client, s Server) string {
	config := base64.StdEncoding.EncodeToString([]byte(literal(c.entry(c, s))))
	return "https://cursor.com/en/install-mcp?name=" + Name + "&config=" + url.QueryEscape(config)
}
