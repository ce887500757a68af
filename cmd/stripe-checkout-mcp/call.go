package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/spelling"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stdio"
)

func callCommand() *cobra.Command {
	var flags serverFlags
	var structured bool
	cmd := &cobra.Command{
		Use:   "call TOOL [JSON]",
		Short: "Call one tool and print its result as an agent would get it",
		Long: `Call one tool and print its result as an agent would get it. The call goes
through the same MCP server that stdio and http run. JSON is the tool's
arguments, {} by default; - reads them from standard input. On a terminal, no
audit line is printed.`,
		Example: fmt.Sprintf(`  stripe-checkout-mcp call %[1]s --sandbox
  stripe-checkout-mcp call %[1]s '{"limit":3,"fields":["id","status"]}'
  stripe-checkout-mcp call %[2]s - --json <session.json`, operations.List.Tool, operations.Create.Tool),
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: completeTools,
		RunE: func(cmd *cobra.Command, args []string) error {
			// Someone at a terminal wants to see the result, not the audit
			// line.
			backend, err := flags.backend(cmd.Context(), cmd.ErrOrStderr(), backendOptions{noAudit: isTerminal(cmd.ErrOrStderr())})
			if err != nil {
				return err
			}
			defer backend.flush()
			for _, op := range operations.All() {
				if why := backend.service.Withheld(op); op.Tool == args[0] && why != "" {
					return usageError{fmt.Errorf("%s is not offered. %s", op.Tool, why)}
				}
			}
			arguments, err := callArguments(cmd.Context(), args, cmd.InOrStdin())
			if err != nil {
				return err
			}
			session, err := connect(cmd.Context(), backend.server)
			if err != nil {
				return err
			}
			defer session.Close()
			result, err := callTool(cmd.Context(), session, args[0], arguments)
			if err != nil {
				return err
			}
			if err := printResult(cmd.OutOrStdout(), result, structured); err != nil {
				return err
			}
			if result.IsError {
				return errReported
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&structured, "json", false, "print the structured content, indented, instead of the text")
	flags.register(cmd.Flags())
	return cmd
}

// callArguments returns the tool's arguments, from the command line or standard
// input.
func callArguments(ctx context.Context, args []string, in io.Reader) (json.RawMessage, error) {
	text := []byte("{}")
	if len(args) == 2 {
		text = []byte(args[1])
	}
	if string(text) == "-" {
		var err error
		if text, err = readAll(ctx, io.LimitReader(in, stdio.MaxLine)); err != nil {
			return nil, fmt.Errorf("reading the arguments: %w", err)
		}
	}
	if !json.Valid(text) || !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, usageError{errors.New(`the arguments must be a JSON object, quoted for the shell, such as '{"limit":3}'`)}
	}
	return text, nil
}

// readAll reads to the end, or until ctx ends. Nothing else can interrupt a
// read from a terminal.
func readAll(ctx context.Context, in io.Reader) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := io.ReadAll(in)
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return nil, errors.New("interrupted")
	}
}

// connect opens a session with a server inside this process.
func connect(ctx context.Context, server *mcp.Server) (*mcp.ClientSession, error) {
	ours, theirs := mcp.NewInMemoryTransports()
	if _, err := server.Connect(ctx, theirs, nil); err != nil {
		return nil, err
	}
	return mcp.NewClient(&mcp.Implementation{Name: "stripe-checkout-mcp", Version: version()}, nil).Connect(ctx, ours, nil)
}

func callTool(ctx context.Context, session *mcp.ClientSession, name string, arguments json.RawMessage) (*mcp.CallToolResult, error) {
	names, err := offeredTools(ctx, session)
	if err != nil {
		return nil, err
	}
	found := false
	for _, n := range names {
		found = found || n == name
	}
	if !found {
		if meant := spelling.Nearest(name, names); meant != "" {
			return nil, usageError{fmt.Errorf("there is no tool %q: did you mean %s?", name, meant)}
		}
		return nil, usageError{fmt.Errorf("there is no tool %q: the tools are %s", name, strings.Join(names, ", "))}
	}
	return session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: arguments})
}

func offeredTools(ctx context.Context, session *mcp.ClientSession) (names []string, err error) {
	for tool, err := range session.Tools(ctx, nil) {
		if err != nil {
			return nil, err
		}
		names = append(names, tool.Name)
	}
	return names, nil
}

func printResult(out io.Writer, result *mcp.CallToolResult, structured bool) error {
	if structured {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(result.StructuredContent)
	}
	for _, content := range result.Content {
		if text, ok := content.(*mcp.TextContent); ok {
			if _, err := fmt.Fprintln(out, text.Text); err != nil {
				return err
			}
		}
	}
	return nil
}
