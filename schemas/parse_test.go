package schemas

import (
	"encoding/json"
	"strings"
	"testing"
)

// Half of a character would be sent as a different character.
func TestLoneSurrogates(t *testing.T) {
	for text, half := range map[string]string{
		`plain`:              ``,
		`😀`:                  ``,
		`\ud83d\ude00`:       ``,
		`a\uD83D\uDE00\nb`:   ``,
		`\\ud83d`:            ``,
		`\\\\ud83d`:          ``,
		`\ufffd`:             ``,
		`\ud83d`:             `\ud83d`,
		`\ude00`:             `\ude00`,
		`\ude00\ud83d`:       `\ude00`,
		`\ud83d\ud83d\ude00`: `\ud83d`,
		`\ud83dx\ude00`:      `\ud83d`,
		`\\\ud83d`:           `\ud83d`,
		`\ud83d\\ude00`:      `\ud83d`,
		`\ud83d\ude00\ud83d`: `\ud83d`,
	} {
		arguments, decoded := json.RawMessage(`{"body":{"client_reference_id":"`+text+`"}}`), ""
		if err := json.Unmarshal([]byte(`"`+text+`"`), &decoded); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		_, err := Create.Decode(arguments)
		switch {
		case half == "" && err != nil:
			t.Errorf("%s is refused: %v", text, err)
		case half != "" && (err == nil || !strings.Contains(err.Error(), half+" is only half of a character")):
			t.Errorf("%s: %v", text, err)
		case half == "" && text != `\ufffd` && strings.ContainsRune(decoded, '\uFFFD'):
			t.Errorf("%s contains half of a character, according to encoding/json", text)
		}
	}
}
