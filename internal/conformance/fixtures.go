//lint:file-ignore SA1019 the suite still tests what 2026-07-28 deprecates: logging, roots, sampling

package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/tools"
)

// NewServer returns a server with [tools.NewServer]'s options, but with the
// tools that the suite calls instead of this program's. The suite's scenarios
// describe what each tool has to do.
func NewServer(_ *operations.Service, opts tools.Options) (*mcp.Server, error) {
	options := tools.ServerOptions(opts.Logger)
	options.CompletionHandler = func(context.Context, *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
		return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}}}, nil
	}
	options.SubscribeHandler = func(context.Context, *mcp.SubscribeRequest) error { return nil }
	options.UnsubscribeHandler = func(context.Context, *mcp.UnsubscribeRequest) error { return nil }
	server := mcp.NewServer(&mcp.Implementation{Name: "conformance-fixtures", Version: opts.Version}, options)
	addTools(server)
	addInputTools(server)
	addResources(server)
	addPrompts(server)
	return server, nil
}

var (
	// long is long enough that splice handles it instead of go-sdk.
	long     = text("%s", strings.Repeat("This is a simple text response for testing. ", 20))
	image    = &mcp.ImageContent{MIMEType: "image/png", Data: []byte("\x89PNG\r\n\x1a\n")}
	audio    = &mcp.AudioContent{MIMEType: "audio/wav", Data: []byte("RIFF")}
	embedded = &mcp.EmbeddedResource{Resource: textOf("test://embedded-resource", "This is an embedded resource content.")}
)

func text(format string, args ...any) *mcp.TextContent {
	return &mcp.TextContent{Text: fmt.Sprintf(format, args...)}
}

func textOf(uri, text string) *mcp.ResourceContents {
	return &mcp.ResourceContents{URI: uri, MIMEType: "text/plain", Text: text}
}

type handler = func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error)

// returns makes a handler that always returns the same result.
func returns(content ...mcp.Content) handler {
	return func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: content}, nil
	}
}

const anyArguments = `{"type":"object"}`

func addTools(server *mcp.Server) {
	add := func(name, schema string, handle handler) {
		server.AddTool(&mcp.Tool{Name: name, Description: "For " + name + ".", InputSchema: json.RawMessage(schema)}, handle)
	}
	for name, handle := range map[string]handler{
		"test_simple_text":                  returns(long),
		"test_image_content":                returns(image),
		"test_audio_content":                returns(audio),
		"test_embedded_resource":            returns(embedded),
		"test_multiple_content_types":       returns(text("Multiple content types test:"), image, embedded),
		"test_tool_with_logging":            log("Tool execution started", "Tool processing data", "Tool execution completed"),
		"test_logging_tool":                 log("Only for those who ask"),
		"test_tool_with_progress":           progress,
		"test_error_handling":               fails,
		"test_missing_capability":           needsSampling,
		"test_streaming_elicitation":        returns(text("There is nothing to ask.")),
		"test_sampling":                     sample,
		"test_elicitation":                  elicit(`{"username":{"type":"string","description":"User's response"},"email":{"type":"string","description":"User's email address"}}`),
		"test_elicitation_sep1034_defaults": elicit(defaults),
		"test_elicitation_sep1330_enums":    elicit(enums),
		"test_reconnection":                 reconnect,
		"test_trigger_tool_change": func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			add("added", anyArguments, returns())
			server.RemoveTools("added")
			return &mcp.CallToolResult{}, nil
		},
		"test_trigger_prompt_change": func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			server.AddPrompt(&mcp.Prompt{Name: "added"}, says())
			server.RemovePrompts("added")
			return &mcp.CallToolResult{}, nil
		},
	} {
		add(name, anyArguments, handle)
	}
	add("test_x_mcp_header", `{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}`, returns())
	add("json_schema_2020_12_tool", schema2020, returns())
}

func log(messages ...string) handler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for _, message := range messages {
			if err := req.Session.Log(ctx, &mcp.LoggingMessageParams{Level: "info", Data: message}); err != nil {
				return nil, err
			}
		}
		return &mcp.CallToolResult{}, nil
	}
}

func progress(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if token := req.Params.GetProgressToken(); token != nil {
		for _, done := range []float64{0, 50, 100} {
			if err := req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: token, Progress: done, Total: 100}); err != nil {
				return nil, err
			}
		}
	}
	return &mcp.CallToolResult{Content: []mcp.Content{long}}, nil
}

func fails(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{text("This tool intentionally returns an error for testing")}}, nil
}

func needsSampling(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if declared := req.ClientCapabilities(); declared != nil && declared.Sampling != nil {
		return &mcp.CallToolResult{}, nil
	}
	return nil, &jsonrpc.Error{
		Code: mcp.CodeMissingRequiredClientCapabilities, Message: "needs sampling",
		Data: json.RawMessage(`{"requiredCapabilities":{"sampling":{}}}`),
	}
}

func sample(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	result, err := req.Session.CreateMessage(ctx, prompt("Test prompt for sampling"))
	if err != nil {
		return nil, err
	}
	return &mcp.CallToolResult{Content: []mcp.Content{text("LLM response: %v", result.Content)}}, nil
}

func elicit(properties string) handler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		result, err := req.Session.Elicit(ctx, form(properties))
		if err != nil {
			return nil, err
		}
		return &mcp.CallToolResult{Content: []mcp.Content{text("User response: action=%s, content=%v", result.Action, result.Content)}}, nil
	}
}

func reconnect(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if req.Extra != nil && req.Extra.CloseSSEStream != nil {
		req.Extra.CloseSSEStream(mcp.CloseSSEStreamArgs{})
	}
	return &mcp.CallToolResult{Content: []mcp.Content{text("Reconnection test completed")}}, nil
}

func prompt(text string) *mcp.CreateMessageParams {
	return &mcp.CreateMessageParams{MaxTokens: 100, Messages: []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}}}
}

func form(properties string) *mcp.ElicitParams {
	return &mcp.ElicitParams{Message: "Please answer", RequestedSchema: json.RawMessage(`{"type":"object","properties":` + properties + `}`)}
}

const (
	defaults = `{
		"name":     {"type":"string", "default":"John Doe"},
		"age":      {"type":"integer", "default":30},
		"score":    {"type":"number", "default":95.5},
		"status":   {"type":"string", "enum":["active","inactive","pending"], "default":"active"},
		"verified": {"type":"boolean", "default":true}
	}`
	enums = `{
		"untitledSingle": {"type":"string", "enum":["option1","option2","option3"]},
		"titledSingle":   {"type":"string", "oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},
		"legacyEnum":     {"type":"string", "enum":["opt1","opt2","opt3"], "enumNames":["Option One","Option Two","Option Three"]},
		"untitledMulti":  {"type":"array", "items":{"type":"string","enum":["option1","option2","option3"]}},
		"titledMulti":    {"type":"array", "items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}
	}`
	schema2020 = `{
		"$schema":"https://json-schema.org/draft/2020-12/schema",
		"type":"object",
		"$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
		"properties":{
			"name":{"type":"string"},
			"address":{"$ref":"#/$defs/address"},
			"contactMethod":{"type":"string","enum":["phone","email"]},
			"phone":{"type":"string"},
			"email":{"type":"string"}
		},
		"allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
		"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},
		"then":{"required":["phone"]},
		"else":{"required":["email"]},
		"additionalProperties":false
	}`
)

func addResources(server *mcp.Server) {
	for _, contents := range []*mcp.ResourceContents{
		textOf("test://static-text", "This is the content of the static text resource."),
		{URI: "test://static-binary", MIMEType: image.MIMEType, Blob: image.Data},
		textOf("test://watched-resource", "This one never changes."),
	} {
		server.AddResource(&mcp.Resource{URI: contents.URI, Name: contents.URI, Description: "For tests.", MIMEType: contents.MIMEType},
			func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
				return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{contents}}, nil
			})
	}
	id := regexp.MustCompile(`^test://template/(.+)/data$`)
	server.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "test://template/{id}/data", Name: "template", Description: "For tests."},
		func(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			uri := req.Params.URI
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{textOf(uri, "Data for ID: "+id.FindStringSubmatch(uri)[1])}}, nil
		})
}

func addPrompts(server *mcp.Server) {
	add := func(name string, handle mcp.PromptHandler, arguments ...string) {
		described := &mcp.Prompt{Name: name, Description: "For " + name + "."}
		for _, argument := range arguments {
			described.Arguments = append(described.Arguments, &mcp.PromptArgument{Name: argument, Required: true})
		}
		server.AddPrompt(described, handle)
	}
	add("test_simple_prompt", says(text("This is a simple prompt for testing.")))
	add("test_prompt_with_image", says(image, text("Please analyze the image above.")))
	add("test_prompt_with_arguments", func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return says(text("Prompt with arguments: arg1='%s', arg2='%s'", req.Params.Arguments["arg1"], req.Params.Arguments["arg2"]))(ctx, req)
	}, "arg1", "arg2")
	add("test_prompt_with_embedded_resource", func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return says(&mcp.EmbeddedResource{Resource: textOf(req.Params.Arguments["resourceUri"], "Embedded resource content for testing.")})(ctx, req)
	}, "resourceUri")
	add("test_input_required_result_prompt", func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		if answered(req.Params.InputResponses["user_context"]) {
			return says(text("Here is your context."))(ctx, req)
		}
		return &mcp.GetPromptResult{InputRequests: mcp.InputRequestMap{"user_context": form(`{"context":{"type":"string"}}`)}}, nil
	})
}

func says(content ...mcp.Content) mcp.PromptHandler {
	return func(context.Context, *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		result := &mcp.GetPromptResult{}
		for _, c := range content {
			result.Messages = append(result.Messages, &mcp.PromptMessage{Role: "user", Content: c})
		}
		return result, nil
	}
}

// addInputTools adds the tools whose first result asks the client for input.
// The client then calls them again with its answers.
func addInputTools(server *mcp.Server) {
	name, confirm := form(`{"name":{"type":"string"}}`), form(`{"ok":{"type":"boolean"}}`)
	greeting, roots := prompt("Generate a greeting"), &mcp.ListRootsParams{}
	for tool, handle := range map[string]handler{
		"elicitation":     asks(mcp.InputRequestMap{"user_name": name}, ""),
		"sampling":        asks(mcp.InputRequestMap{"greeting": greeting}, ""),
		"list_roots":      asks(mcp.InputRequestMap{"client_roots": roots}, ""),
		"request_state":   asks(mcp.InputRequestMap{"confirm": confirm}, "state"),
		"tampered_state":  asks(mcp.InputRequestMap{"confirm": confirm}, "state"),
		"multiple_inputs": asks(mcp.InputRequestMap{"user_name": name, "greeting": greeting, "client_roots": roots}, "state"),
		"multi_round": func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			switch req.Params.RequestState {
			case "":
				return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"step1": name}, RequestState: "round 1"}, nil
			case "round 1":
				return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"step2": confirm}, RequestState: "round 2"}, nil
			}
			return returns(text("Thank you."))(ctx, req)
		},
		"capabilities": func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			requests := mcp.InputRequestMap{}
			if req.ClientCapabilities().Elicitation != nil {
				requests["user_name"] = name
			}
			if req.ClientCapabilities().Sampling != nil {
				requests["greeting"] = greeting
			}
			return asks(requests, "")(ctx, req)
		},
	} {
		tool = "test_input_required_result_" + tool
		server.AddTool(&mcp.Tool{Name: tool, Description: "For tests.", InputSchema: json.RawMessage(anyArguments)}, handle)
	}
}

// asks returns the requests until the client has answered all of them. It
// refuses any state that isn't its own.
func asks(requests mcp.InputRequestMap, state string) handler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if given := req.Params.RequestState; given != "" && given != state {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "the state has been changed"}
		}
		for key := range requests {
			if !answered(req.Params.InputResponses[key]) {
				return &mcp.CallToolResult{InputRequests: requests, RequestState: state}, nil
			}
		}
		return returns(text("Thank you."))(ctx, req)
	}
}

func answered(response mcp.InputResponse) bool {
	if filled, ok := response.(*mcp.ElicitResult); ok {
		return filled.Action == "accept"
	}
	return response != nil
}
