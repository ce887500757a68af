package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"runtime"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// serve runs one part of the benchmark in its own process and prints its
// address on standard output. It ends when its standard input does.
func serve(part, upstream string) error {
	var handler http.Handler
	switch part {
	case "stripe":
		handler = stripe()
	case "proxy":
		handler = proxy(upstream)
	case "go-sdk":
		server := plain(upstream)
		handler = mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server },
			&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true})
	case "go-sdk-stdio":
		return plain(upstream).Run(context.Background(), &mcp.StdioTransport{})
	default:
		return fmt.Errorf("there is no part %q", part)
	}
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.HandleFunc("GET /debug/allocations", func(w http.ResponseWriter, _ *http.Request) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Fprintf(w, "go_memstats_mallocs_total %d\ngo_memstats_alloc_bytes_total %d\n", m.Mallocs, m.TotalAlloc)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	server := &http.Server{Handler: mux}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, 1024
	t.DisableCompression = true
	return t
}

// proxy is the floor: the least that a hop costs in Go.
func proxy(upstream string) http.Handler {
	p := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: upstream})
	p.Transport = transport()
	return p
}

// plain is the yardstick: what go-sdk's documentation leads to if you only want
// to pass on Stripe's answer. It validates nothing and has no limits.
func plain(upstream string) *mcp.Server {
	client := &http.Client{Transport: transport()}
	server := mcp.NewServer(&mcp.Implementation{Name: "plain", Version: "1"}, nil)
	add := func(tool, method, path string) {
		type arguments struct {
			Session string         `json:"session,omitempty"`
			Limit   int            `json:"limit,omitempty"`
			Body    map[string]any `json:"body,omitempty"`
			Fields  []string       `json:"fields,omitempty"`
		}
		mcp.AddTool(server, &mcp.Tool{Name: tool}, func(ctx context.Context, _ *mcp.CallToolRequest, in arguments) (*mcp.CallToolResult, any, error) {
			target := "http://" + upstream + strings.ReplaceAll(path, "{session}", in.Session)
			if in.Limit > 0 {
				target += fmt.Sprintf("?limit=%d", in.Limit)
			}
			req, err := http.NewRequestWithContext(ctx, method, target, http.NoBody)
			if err != nil {
				return nil, nil, err
			}
			resp, err := client.Do(req)
			if err != nil {
				return nil, nil, err
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				return nil, nil, err
			}
			var compact bytes.Buffer
			if err := json.Compact(&compact, body); err != nil {
				return nil, nil, err
			}
			return &mcp.CallToolResult{
				Content:           []mcp.Content{&mcp.TextContent{Text: compact.String()}},
				StructuredContent: json.RawMessage(compact.Bytes()),
				IsError:           resp.StatusCode >= 400,
			}, nil, nil
		})
	}
	for _, c := range calls {
		if c.yardstick {
			add(c.tool, c.method, c.pattern)
		}
	}
	return server
}
