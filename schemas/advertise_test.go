package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/invopop/jsonschema"
)

// A tool is an operation, whatever the type of its parameters.
type tool struct {
	name       string
	schema     *jsonschema.Schema
	advertised *jsonschema.Schema
	decode     func(json.RawMessage) error
}

func tools() []tool {
	return []tool{toolOf(List), toolOf(Create), toolOf(Retrieve), toolOf(Expire), toolOf(LineItems)}
}

func toolOf[P any](o *Operation[P]) tool {
	return tool{o.Name, o.Schema(), o.Advertised(), func(args json.RawMessage) error {
		_, err := o.Decode(args)
		return err
	}}
}

// unadvertised lists what the full schema has but models aren't told.
var unadvertised = []explanation{
	{"list:created", "type", "object", "integer|object|string", "every property has one type; the range can say all that the others can"},
	{"list:created.*", "type", "string", "integer|string", "every property has one type"},
	{"create:body.payment_method_options.*", "exists", "no", "yes", "told by the first error; all but card's"},
	{"create:body.payment_method_types", "enum", `"card" "link" "us_bank_account"`, whatever, "told by the first error"},
	{"create:body.locale", "enum", `"auto" "en" "fr" "pt-BR"`, whatever, "told by the first error"},
}

// A model that is shown only the advertisement knows every parameter, its type,
// its allowed values and whether it is required, and nothing that isn't true.
func TestAdvertisementSaysItAll(t *testing.T) {
	var found []difference
	paths := 0
	for _, tool := range tools() {
		full := shapesOf(reparse(t, tool.schema), oursEmptyable)
		shown := shapesOf(understand(t, tool.advertised), oursEmptyable)
		for _, d := range compare(shown, full, "exists", "type", "enum", "required") {
			d.path = tool.name + ":" + d.path
			found = append(found, d)
		}
		paths += len(shown)
	}
	unexplained, stale := judge(found, unadvertised)
	for _, d := range unexplained {
		t.Errorf("advertised and full differ: %v", d)
	}
	for _, e := range stale {
		t.Errorf("stale: %+v", e)
	}
	t.Logf("%d paths are advertised", paths)
}

// inProse maps what is advertised in words alone to what a model understands by
// it.
var inProse = map[string]string{
	"Each: a date (2026-01-31, the whole UTC day), a date-time (2026-01-31T09:00:00Z) or Unix seconds.": `{"type":"object","properties":{
		"gt":{"type":"string","format":"instant"},"gte":{"type":"string","format":"instant"},
		"lt":{"type":"string","format":"instant"},"lte":{"type":"string","format":"instant"}}}`,
	"Always empty.": `{"type":"object"}`,
	"Return only these paths, e.g. [\"id\",\"customer_details.email\"].":         `{"type":"array","items":{"type":"string","format":"path"}}`,
	"card, link, us_bank_account, …; leave out to use the Dashboard's settings.": `{"type":"array","items":{"type":"string","enum":["card","link","us_bank_account"]}}`,
	"auto (the browser's, default) or a language tag: en, fr, pt-BR.":            `{"type":"string","enum":["auto","en","fr","pt-BR"]}`,
}

// understand reads an advertised schema as a model does: JSON Schema and, where
// that leaves something open, a type or known prose in the description.
func understand(t *testing.T, advertised *jsonschema.Schema) *jsonSchema {
	t.Helper()
	s := reparse(t, advertised)
	var read func(s *jsonSchema, at string)
	read = func(s *jsonSchema, at string) {
		for name, child := range s.Properties {
			read(child, join(at, name))
		}
		if note, others, found := strings.Cut(s.Description, "Also {"); found {
			typed, _, err := parseTypeScript("{" + others)
			if err != nil {
				t.Errorf("%s is advertised with %q: %v", at, s.Description, err)
				return
			}
			s.Description = strings.TrimSpace(note)
			for name, child := range typed.Properties {
				if s.Properties[name] != nil {
					t.Errorf("%s.%s is advertised twice", at, name)
				}
				s.Properties[name] = child
			}
			for _, name := range typed.Required {
				if !slices.Contains(s.Required, name) {
					t.Errorf("%s.%s is required only in words", at, name)
				}
			}
		}
		switch {
		case inProse[s.Description] != "":
			*s = *reparse(t, json.RawMessage(inProse[s.Description]))
		case countryNote.MatchString(s.Description) && s.Items != nil && s.Items.Type == "string":
			s.Items.Enum = (&typeParser{text: s.Description}).countries()
		case s.Items != nil:
			read(s.Items, at)
		case s.values() != nil:
			s.PropertyNames = &jsonSchema{Description: "key"}
		case s.Properties != nil || s.Type != "" && s.Type != "object" && s.Type != "array":
			return // JSON Schema says it
		default:
			typed, note, err := parseTypeScript(s.Description)
			if err != nil {
				t.Errorf("%s is advertised as %q: %v", at, s.Description, err)
				return
			}
			if kind, _, _ := strings.Cut(typeOf(typed), "]"); s.Type == "array" != (kind == "[") {
				t.Errorf("%s is an %s described as %s", at, s.Type, typeOf(typed))
			}
			*s = *typed
			s.Description = note
		}
	}
	read(s, "")
	return s
}

// typeParser parses the TypeScript-like types of descriptions. It is as strict
// as a model is literal.
//
//	type   = part { "|" part }
//	part   = ( "{" [ member { "; " member } ] "}" | "(" type ")" | "'" value "'" | name ) { "[]" }
//	member = ( "[key]: " | "[currency]: " ) type | names [ "?" ] ": " type
//	names  = name | "(" name { "|" name } ")"
type typeParser struct {
	text string // all of the description
	rest string // what is still to be read
}

// parseTypeScript parses a type and the note that follows it.
func parseTypeScript(text string) (s *jsonSchema, note string, err error) {
	p := &typeParser{text, text}
	defer func() {
		if refused := recover(); refused != nil {
			s, err = nil, fmt.Errorf("at %.20q: %v", p.rest, refused)
		}
	}()
	s = p.union()
	if p.rest != "" {
		p.want(" ")
	}
	return s, p.rest, nil
}

func (p *typeParser) has(text string) bool {
	rest, ok := strings.CutPrefix(p.rest, text)
	p.rest = rest
	return ok
}

func (p *typeParser) want(text string) {
	if !p.has(text) {
		panic(fmt.Sprintf("%q is missing", text))
	}
}

var (
	typeName      = regexp.MustCompile(`^(string|integer|number|boolean|Country)\b`)
	parameterName = regexp.MustCompile(`^[a-z][a-z0-9_]*`)
	literal       = regexp.MustCompile(`^'([^']*)'`)
)

func (p *typeParser) match(what string, r *regexp.Regexp) string {
	m := r.FindStringSubmatch(p.rest)
	if m == nil {
		panic(what + " is missing")
	}
	p.rest = p.rest[len(m[0]):]
	return m[len(m)-1]
}

func (p *typeParser) union() *jsonSchema {
	s := p.part()
	for p.has("|") {
		next := p.part()
		if s.Enum == nil || next.Enum == nil || s.Items != nil || next.Items != nil {
			panic("only values can be alternatives")
		}
		s.Enum = append(s.Enum, next.Enum...)
	}
	return s
}

func (p *typeParser) part() *jsonSchema {
	var s *jsonSchema
	switch {
	case p.has("{"):
		s = p.object()
		p.want("}")
	case p.has("("):
		s = p.union()
		p.want(")")
	case strings.HasPrefix(p.rest, "'"):
		s = &jsonSchema{Type: "string", Enum: []any{p.match("a value", literal)}}
	default:
		s = &jsonSchema{Type: p.match("a type", typeName)}
		if s.Type == "Country" {
			s = &jsonSchema{Type: "string", Enum: p.countries()}
		}
	}
	for p.has("[]") {
		s = &jsonSchema{Type: "array", Items: s}
	}
	return s
}

func (p *typeParser) object() *jsonSchema {
	s := &jsonSchema{Type: "object", Properties: map[string]*jsonSchema{}}
	for _, key := range []string{"key", "currency"} {
		if !p.has("[" + key + "]: ") {
			continue
		}
		values, err := json.Marshal(p.union())
		if err != nil {
			panic(err)
		}
		s.Properties, s.AdditionalProperties, s.PropertyNames = nil, values, &jsonSchema{Description: key}
		return s
	}
	if strings.HasPrefix(p.rest, "}") {
		panic("an object of nothing")
	}
	for {
		many := p.has("(")
		names := []string{p.match("a name", parameterName)}
		for many && p.has("|") {
			names = append(names, p.match("a name", parameterName))
		}
		if many {
			p.want(")")
		}
		optional := p.has("?")
		p.want(": ")
		value := p.union()
		for _, name := range names {
			if s.Properties[name] != nil {
				panic(name + " is there twice")
			}
			s.Properties[name] = value
		}
		if !optional {
			s.Required = append(s.Required, names...)
		}
		if !p.has("; ") {
			return s
		}
	}
}

var countryNote = regexp.MustCompile(`Country: ISO 3166-1 alpha-2, or ([A-Z]{2}(?:, [A-Z]{2})*); not ([A-Z]{2}(?: [A-Z]{2})*)\.`)

// countries takes the note literally.
func (p *typeParser) countries() []any {
	note := countryNote.FindStringSubmatch(p.text)
	if note == nil {
		panic("Country is not explained")
	}
	codes := strings.Fields(iso3166)
	for code := range strings.SplitSeq(note[1], ", ") {
		if slices.Contains(codes, code) {
			panic(code + " is in ISO 3166-1")
		}
		codes = append(codes, code)
	}
	for code := range strings.SplitSeq(note[2], " ") {
		i := slices.Index(codes, code)
		if i < 0 {
			panic(code + " is not in ISO 3166-1")
		}
		codes = slices.Delete(codes, i, i+1)
	}
	values := make([]any, len(codes))
	for i, c := range codes {
		values[i] = c
	}
	return values
}

// iso3166 lists the 249 officially assigned codes of ISO 3166-1 alpha-2.
const iso3166 = `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ
NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`

func TestParseTypeScript(t *testing.T) {
	if n := len(strings.Fields(iso3166)); n != 249 {
		t.Fatalf("ISO 3166-1 has %d codes here", n)
	}
	tests := []struct{ text, want, note string }{
		{"string", `{"type":"string"}`, ""},
		{"string[]", `{"type":"array","items":{"type":"string"}}`, ""},
		{"'a'|''|'b-C'", `{"type":"string","enum":["a","","b-C"]}`, ""},
		{"('a'|'b')[] Note.", `{"type":"array","items":{"type":"string","enum":["a","b"]}}`, "Note."},
		{"{[key]: {a: string}}", `{"type":"object","propertyNames":{"description":"key"},"additionalProperties":{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}}`, ""},
		{
			"{(a|b)?: integer; c: {d?: boolean}[]} Note: x.",
			`{"type":"object","required":["c"],"properties":{"a":{"type":"integer"},"b":{"type":"integer"},"c":{"type":"array","items":{"type":"object","properties":{"d":{"type":"boolean"}}}}}}`, "Note: x.",
		},
	}
	for _, tt := range tests {
		got, note, err := parseTypeScript(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if data := string(arguments(t, got)); note != tt.note || !sameJSON(t, data, tt.want) {
			t.Errorf("%s is %s with the note %q, want %s with %q", tt.text, data, note, tt.want, tt.note)
		}
	}
	for _, text := range []string{
		"", "str", "strings", "{a: string", "{a}", "{a string}", "{a : string}", "{}", "{a: string;b: string}", "{a: string, b: string}", "{a: string; a: integer}",
		"{a?, b: string}", "{a, b?: string}", "{(a?|b): string}", "{(a|b: string}", "{a|b: string}", "'a'|string", "string|integer", "'a'[]|'b'", "('a'", "string,", "stringy", "{[key]: string; a: string}", "{[name]: string}", "Country", "Country[] Country: anywhere.",
		"Country Country: ISO 3166-1 alpha-2, or US; not AS.", "Country Country: ISO 3166-1 alpha-2, or XK; not XX.",
	} {
		if s, _, err := parseTypeScript(text); err == nil {
			t.Errorf("%q is accepted as %s", text, arguments(t, s))
		}
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	return string(arguments(t, reparse(t, json.RawMessage(a)))) == string(arguments(t, reparse(t, json.RawMessage(b))))
}

// A model that knows only the advertisement makes calls that are accepted. It
// sticks to what is stated there and is moderate about the rest: the lengths
// and counts that only errors mention are never smaller than what it uses.
func TestWhatTheAdvertisementAllowsIsAccepted(t *testing.T) {
	for _, tool := range tools() {
		t.Run(tool.name, func(t *testing.T) {
			s := understand(t, tool.advertised)
			const calls = 500
			for seed := range uint64(calls) {
				m := model{rand.New(rand.NewPCG(2026, seed))}
				args := arguments(t, m.value(s))
				if err := tool.decode(args); err != nil {
					t.Fatalf("call %d is refused: %v\n%s", seed, err, args)
				}
			}
		})
	}
}

// A model makes up values of the types that it was shown.
type model struct{ *rand.Rand }

func (m model) value(s *jsonSchema) any {
	switch {
	case len(s.AnyOf) > 0:
		return m.value(s.AnyOf[m.IntN(len(s.AnyOf))])
	case len(s.Enum) > 0:
		return s.Enum[m.IntN(len(s.Enum))]
	case s.Items != nil:
		items := make([]any, 1+m.IntN(3))
		for i := range items {
			items[i] = m.value(s.Items)
		}
		return items
	case s.values() != nil:
		object := map[string]any{}
		for range 1 + m.IntN(3) {
			object[m.key(s.PropertyNames.Description)] = m.value(s.values())
		}
		return object
	case s.Type == "object":
		return m.object(s)
	case s.Type == "boolean":
		return m.IntN(2) == 0
	case s.Type == "number": // "Percents: 0 to 100, two decimals."
		return json.Number(fmt.Sprintf("%d.%02d", m.IntN(100), m.IntN(100)))
	case s.Type == "integer" && s.Format == "instant":
		return 1767225600 + m.IntN(1e6)
	case s.Type == "integer":
		return m.integer(s.Description)
	default:
		return m.string(s)
	}
}

// object sets everything required and some of the rest, but never nothing,
// because an empty object is refused.
func (m model) object(s *jsonSchema) map[string]any {
	names := slices.Sorted(maps.Keys(s.Properties))
	object := map[string]any{}
	for len(object) == 0 && len(names) > 0 {
		for _, name := range names {
			if s.Properties[name].Description == "Always empty." {
				names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
				continue
			}
			if slices.Contains(s.Required, name) || m.IntN(4) == 0 {
				object[name] = m.value(s.Properties[name])
			}
		}
	}
	return object
}

var stated = regexp.MustCompile(`^(\d+) to (\d+),`)

func (m model) integer(note string) int64 {
	if bounds := stated.FindStringSubmatch(note); bounds != nil {
		least, _ := strconv.ParseInt(bounds[1], 10, 64)
		most, _ := strconv.ParseInt(bounds[2], 10, 64)
		return least + m.Int64N(most-least+1)
	}
	return 1 + m.Int64N(100_000)
}

func (m model) string(s *jsonSchema) string {
	switch {
	case s.Format == "instant":
		moment := time.Unix(1+m.Int64N(4e9), 0)
		return moment.UTC().Format([]string{time.DateOnly, time.RFC3339}[m.IntN(2)])
	case s.Format == "path":
		return []string{"id", "customer_details.email"}[m.IntN(2)]
	case strings.Contains(s.Description, "decimals"):
		return fmt.Sprintf("%d.%03d", m.IntN(100_000), m.IntN(1000))
	default:
		return m.text("aZ 09_-.:/&=%+#<>[]{}\"'\\é漢😀\n")
	}
}

func (m model) key(what string) string {
	if what == "currency" {
		return []string{"usd", "eur", "gbp", "jpy"}[m.IntN(4)]
	}
	return m.text("aZ 09_-.&=%é漢😀")
}

func (m model) text(alphabet string) string {
	runes := []rune(alphabet)
	var b strings.Builder
	for range 1 + m.IntN(12) {
		b.WriteRune(runes[m.IntN(len(runes))])
	}
	return b.String()
}

// Whoever advertises a schema may add to it; the schema that arguments are
// validated against stays as it is.
func TestAdvertisedSharesNothing(t *testing.T) {
	for _, tool := range tools() {
		before := string(arguments(t, tool.schema))
		spoil(tool.advertised)
		if after := string(arguments(t, tool.schema)); after != before {
			t.Errorf("%s: changing the advertisement changed the schema", tool.name)
		}
	}
	for _, tool := range tools() {
		if strings.Contains(string(arguments(t, tool.advertised)), "spoilt") {
			t.Errorf("%s: changing an advertisement changed the next", tool.name)
		}
	}
}

// spoil changes everything in a schema that can be changed.
func spoil(s *jsonschema.Schema) {
	for i := range s.Enum {
		s.Enum[i] = "spoilt"
	}
	for i := range s.Required {
		s.Required[i] = "spoilt"
	}
	s.Type, s.Description = "spoilt", "spoilt"
	if s.Items != nil {
		spoil(s.Items)
	}
	if s.Properties != nil {
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			spoil(p.Value)
		}
		s.Properties.Set("spoilt", &jsonschema.Schema{})
	}
}
