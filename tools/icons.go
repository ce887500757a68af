package tools

import "github.com/modelcontextprotocol/go-sdk/mcp"

// icon draws a path of 8 by 8 units, in a blue that is legible on light and
// dark. The image is part of the tool, so that clients don't fetch it from
// anywhere. It is not in base64, which would take a third more of the
// tools/list budget. A URI has no spaces, so the path uses commas.
func icon(path string) []mcp.Icon {
	return []mcp.Icon{{
		Source: "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0,0,8,8'%3E%3Cpath%20fill='%2356f'%20d='" + path + "'/%3E%3C/svg%3E",
	}}
}

const (
	cardIcon  = "M0,1h8v1H0zm0,2h8v4H0z"
	linesIcon = "M0,1h8v1H0zm0,3h8v1H0zm0,3h8v1H0z"
	plusIcon  = "M3,0h2v3h3v2H5v3H3V5H0V3h3z"
	crossIcon = "M1,0l3,3,3-3,1,1-3,3,3,3-1,1-3-3-3,3-1-1,3-3-3-3z"
	itemsIcon = "M0,1h2v2H0zm3,0h5v2H3zM0,5h2v2H0zm3,0h5v2H3z"
)
