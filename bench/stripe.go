package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Answers recorded from the sandbox, which indents them as Stripe does.
var (
	//go:embed testdata/session.json
	recordedSession []byte
	//go:embed testdata/line_items.json
	recordedLineItems []byte
	//go:embed testdata/error.json
	recordedError []byte
)

const (
	sessionID = "cs_test_a1e6tj9RyYrTxWhQarmNUjpUbZmhVUzsuujk232ecg1KJT6oE4kNot14N0"
	missingID = "cs_test_missing"
)

// stripe answers the five operations with the recorded answers.
func stripe() http.Handler {
	pages := map[string][]byte{"": page(10), "10": page(10), "100": page(100)}
	answer := func(status int, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Type", "application/json")
			h.Set("Content-Length", strconv.Itoa(len(body)))
			h.Set("Request-Id", "req_benchmark0000")
			w.WriteHeader(status)
			_, _ = w.Write(body)
		}
	}
	session, missing := answer(200, recordedSession), answer(404, recordedError)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/checkout/sessions", func(w http.ResponseWriter, r *http.Request) {
		answer(200, pages[r.URL.Query().Get("limit")])(w, r)
	})
	mux.HandleFunc("POST /v1/checkout/sessions", session)
	mux.HandleFunc("GET /v1/checkout/sessions/{id}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == missingID {
			missing(w, r)
			return
		}
		session(w, r)
	})
	mux.HandleFunc("POST /v1/checkout/sessions/{id}/expire", session)
	mux.HandleFunc("GET /v1/checkout/sessions/{id}/line_items", answer(200, recordedLineItems))
	return mux
}

// page returns a list of n sessions, indented as by Stripe.
func page(n int) []byte {
	var b bytes.Buffer
	b.WriteString("{\n  \"object\": \"list\",\n  \"data\": [\n")
	session := "    " + strings.ReplaceAll(string(bytes.TrimSpace(recordedSession)), "\n", "\n    ")
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(strings.Replace(session, sessionID, fmt.Sprintf("%s%03d", sessionID[:len(sessionID)-3], i), 1))
	}
	b.WriteString("\n  ],\n  \"has_more\": false,\n  \"url\": \"/v1/checkout/sessions\"\n}\n")
	return b.Bytes()
}
