//go:build agents

package agents

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// A standin stands in for any model's API: it keeps what it receives and
// answers "ok".
type standin struct {
	*httptest.Server
	mu       sync.Mutex
	requests []any // their bodies
}

func newStandin(t *testing.T) *standin {
	t.Helper()
	s := &standin{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *standin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var value any
	if json.Unmarshal(body, &value) == nil {
		s.mu.Lock()
		s.requests = append(s.requests, value)
		s.mu.Unlock()
	}
	for path, answer := range answers {
		if strings.Contains(r.URL.Path, path) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, answer)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"object":"list","data":[],"models":[],"input_tokens":1}`)
}

// answers are the shortest ways to say "ok", as each API streams them.
var answers = map[string]string{
	// https://platform.openai.com/docs/api-reference/responses-streaming
	"/responses": events(
		`{"type":"response.created","response":{"id":"r"}}`,
		`{"type":"response.output_item.done","item":{"type":"message","role":"assistant","id":"m","content":[{"type":"output_text","text":"ok"}]}}`,
		`{"type":"response.completed","response":{"id":"r","usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}}`),
	// https://platform.openai.com/docs/api-reference/chat-streaming
	"/chat/completions": events(
		`{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"ok"}}]}`,
		`{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, `[DONE]`),
	// https://docs.anthropic.com/en/api/messages-streaming
	"/messages": events(
		`{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ok"}}`,
		`{"type":"content_block_stop","index":0}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}`,
		`{"type":"message_stop"}`),
	// https://ai.google.dev/api/generate-content
	":streamGenerateContent": events(
		`{"candidates":[{"content":{"role":"model","parts":[{"text":"ok"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}`),
}

// events formats server-sent events, each named after its type if it has one.
func events(data ...string) string {
	var b strings.Builder
	for _, d := range data {
		var typed struct{ Type string }
		if json.Unmarshal([]byte(d), &typed) == nil && typed.Type != "" {
			fmt.Fprintf(&b, "event: %s\n", typed.Type)
		}
		fmt.Fprintf(&b, "data: %s\n\n", d)
	}
	return b.String()
}

// A shown tool is a tool as the model sees it.
type shown struct {
	name, description string
	schema            map[string]any
}

// tools finds everything in the requests that has the name of one of our tools.
func (s *standin) tools(names []string) map[string]shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]shown{}
	var search func(value any)
	search = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, v := range value {
				search(v)
			}
		case map[string]any:
			given, _ := value["name"].(string)
			for _, name := range names {
				if !strings.HasSuffix(strings.ReplaceAll(given, "_", "-"), name) {
					continue
				}
				for _, key := range []string{"parameters", "parametersJsonSchema", "input_schema"} {
					if schema, ok := value[key].(map[string]any); ok {
						description, _ := value["description"].(string)
						found[name] = shown{given, description, schema}
					}
				}
			}
			for _, v := range value {
				search(v)
			}
		}
	}
	search(s.requests)
	return found
}
