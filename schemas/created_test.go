package schemas

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// Whole days are UTC. 2026-01-01 is 1767225600 to 1767311999.
func TestCreated(t *testing.T) {
	tests := []struct{ name, created, want string }{
		{"seconds", `1767225600`, "created=1767225600"},
		{"seconds as text", `"1767225600"`, "created=1767225600"},
		{"seconds as float", `1767225600.0`, "created=1767225600"},
		{"seconds with exponent", `1.7672256e9`, "created=1767225600"},
		{"first second", `0`, "created=0"},
		{"small number", `86400`, "created=86400"},
		{"zero as text", `"0"`, "created=0"},
		{"since zero", `{"gte":0}`, "created[gte]=0"},
		{"before zero", `{"lt":0,"lte":"0"}`, "created[lt]=0\ncreated[lte]=0"},
		{"seconds that don't read as a date of our time", `20261301`, "created=20261301"},
		{"one bound left out", `{"gte":"2026-01-01","lt":null}`, "created[gte]=1767225600"},
		{"left out", `null`, ""},
		{"all bounds left out", `{"gte":null,"lt":null}`, ""},
		{"last second", `99999999999`, "created=99999999999"},
		{"last second as text", `"99999999999"`, "created=99999999999"},
		{"leading zeros", `"01767225600"`, "created=1767225600"},

		{"date is a whole day", `"2026-01-01"`, "created[gte]=1767225600\ncreated[lte]=1767311999"},
		{"leap day", `"2024-02-29"`, "created[gte]=1709164800\ncreated[lte]=1709251199"},
		{"last day of a year", `"2025-12-31"`, "created[gte]=1767139200\ncreated[lte]=1767225599"},
		{"first day", `"1970-01-01"`, "created[gte]=0\ncreated[lte]=86399"},

		{"date-time in UTC", `"2026-01-01T09:30:00Z"`, "created=1767259800"},
		{"date-time east", `"2026-01-01T09:30:00+02:00"`, "created=1767252600"},
		{"date-time west", `"2025-12-31T19:30:00-05:00"`, "created=1767227400"},
		{"a fraction of zero", `"2026-01-01T00:00:00.000Z"`, "created=1767225600"},
		{"fraction", `"2026-01-01T00:00:00.250Z"`, "created=1767225600"},

		{"after a day", `{"gt":"2026-01-01"}`, "created[gt]=1767311999"},
		{"from a day", `{"gte":"2026-01-01"}`, "created[gte]=1767225600"},
		{"before a day", `{"lt":"2026-01-01"}`, "created[lt]=1767225600"},
		{"until the end of a day", `{"lte":"2026-01-01"}`, "created[lte]=1767311999"},
		{"from leap day", `{"gte":"2024-02-29","lt":"2024-03-01"}`, "created[gte]=1709164800\ncreated[lt]=1709251200"},

		{"after a time", `{"gt":"2026-01-01T00:00:00Z"}`, "created[gt]=1767225600"},
		{"from a time", `{"gte":"2026-01-01T00:00:00Z"}`, "created[gte]=1767225600"},
		{"before a time", `{"lt":"2026-01-01T00:00:00Z"}`, "created[lt]=1767225600"},
		{"until a time", `{"lte":"2026-01-01T00:00:00Z"}`, "created[lte]=1767225600"},

		// Stripe counts whole seconds: between two of them nothing is created.
		{"after a fraction", `{"gt":"2026-01-01T00:00:00.5Z"}`, "created[gt]=1767225600"},
		{"from a fraction", `{"gte":"2026-01-01T00:00:00.5Z"}`, "created[gte]=1767225601"},
		{"before a fraction", `{"lt":"2026-01-01T00:00:00.5Z"}`, "created[lt]=1767225601"},
		{"until a fraction", `{"lte":"2026-01-01T00:00:00.5Z"}`, "created[lte]=1767225600"},

		{"a month, mixed", `{"gte":"2026-01-01","lt":1769904000}`, "created[gte]=1767225600\ncreated[lt]=1769904000"},
		{"all four, mixed", `{"gt":1000000001,"gte":"1000000002","lt":"2026-01-01","lte":"2026-01-01T00:00:00Z"}`, "created[gt]=1000000001\ncreated[gte]=1000000002\ncreated[lt]=1767225600\ncreated[lte]=1767225600"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, err := List.Decode(json.RawMessage(`{"created":` + tt.created + `}`))
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(encode(in.Params)); got != tt.want {
				t.Errorf("sent\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// Times that are ambiguous or can't be meant are refused.
func TestCreatedRefused(t *testing.T) {
	const (
		bounds   = " must be between 0 and 99999999999; got "
		notATime = " must be Unix seconds (1767225600), a date (2026-01-01, the whole UTC day) or a date-time with its zone (2026-01-01T09:30:00Z), 1970 or later; got "
	)
	tests := []struct{ name, created, param, want string }{
		{"milliseconds", `1767225600000`, "created", bounds + "1767225600000."},
		{"milliseconds as text", `"1767225600000"`, "created", " must be Unix seconds between 0 and 99999999999; got \"1767225600000\". Milliseconds must be divided by 1000."},
		{"more than an int64", `"99999999999999999999"`, "created", " must be Unix seconds between 0 and 99999999999; got \"99999999999999999999\"."},
		{"a date without hyphens", `20260131`, "created", " is 20260131, which looks like a date: write it with hyphens, 2026-01-31."},
		{"a date without hyphens as text", `{"gte":"20260131"}`, "created[gte]", " is 20260131, which looks like a date: write it with hyphens, 2026-01-31."},
		{"two wrong bounds, of which the first by name is reported", `{"lt":"x","gte":"y"}`, "created[gte]", notATime + `"y".`},
		{"negative", `-5`, "created", bounds + "-5."},
		{"negative as text", `"-5"`, "created", notATime + `"-5".`},
		{"fraction", `1.5`, "created", " can't be 1.5."},
		{"fraction as text", `"1.5"`, "created", notATime + `"1.5".`},
		{"before 1970", `"1969-12-31T00:00:00Z"`, "created", notATime + `"1969-12-31T00:00:00Z".`},
		{"not a leap year", `"2026-02-29"`, "created", notATime + `"2026-02-29".`},
		{"month 13", `"2026-13-01"`, "created", notATime + `"2026-13-01".`},
		{"no zone", `"2026-01-01T09:30:00"`, "created", notATime + `"2026-01-01T09:30:00".`},
		{"a space instead of T", `"2026-01-01 09:30:00Z"`, "created", notATime + `"2026-01-01 09:30:00Z".`},
		{"month alone", `"2026-01"`, "created", notATime + `"2026-01".`},
		{"American", `"01/31/2026"`, "created", notATime + `"01/31/2026".`},
		{"blanks", `" 1767225600"`, "created", notATime + `" 1767225600".`},
		{"words", `"yesterday"`, "created", notATime + `"yesterday".`},
		{"empty", `""`, "created", notATime + `"".`},
		{"true", `true`, "created", " can't be true."},
		{"array", `["2026-01-01"]`, "created", " can't be an array."},
		{"empty range", `{}`, "created", " is an empty object, which means nothing to Stripe; leave it out, or set one of gt, gte, lt, lte."},
		{"unknown bound", `{"after":"2026-01-01"}`, "created[after]", " is not a parameter. Parameters here: gt, gte, lt, lte."},
		{"milliseconds in a range", `{"gte":1767225600000}`, "created[gte]", bounds + "1767225600000. Use Unix seconds (not milliseconds), a date or a date-time."},
		{"words in a range", `{"gte":1000000001,"lt":"now"}`, "created[lt]", notATime + `"now".`},
		{"range in a range", `{"gte":{"gte":1}}`, "created[gte]", " can't be an object. Use Unix seconds (not milliseconds), a date or a date-time."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := List.Decode(json.RawMessage(`{"created":` + tt.created + `}`))
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if refused.Param != tt.param || !strings.HasPrefix(refused.Message, tt.param+tt.want) {
				t.Errorf("%s: %q\nwant %s: %q", refused.Param, refused.Message, tt.param, tt.param+tt.want)
			}
		})
	}
}
