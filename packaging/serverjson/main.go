// Serverjson prints the MCP registry's entry for a release:
// packaging/server.json, completed with the version and with the bundles in
// goreleaser's dist folder and their digests.
// https://github.com/modelcontextprotocol/registry/tree/main/docs/reference/server-json
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

const releases = "https://github.com/stripe-checkout-mcp/stripe-checkout-mcp/releases/download"

func main() {
	log.SetFlags(0)
	log.SetPrefix("serverjson: ")
	dist := flag.String("dist", "dist", "goreleaser's folder")
	flag.Parse()
	entry, err := serverJSON("packaging/server.json", *dist)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := os.Stdout.Write(entry); err != nil {
		log.Fatal(err)
	}
}

func serverJSON(template, dist string) ([]byte, error) {
	var release struct{ Tag, Version string }
	if err := readJSON(filepath.Join(dist, "metadata.json"), &release); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(template)
	if err != nil {
		return nil, err
	}
	var entry struct {
		Schema      string            `json:"$schema"`
		Name        string            `json:"name"`
		Title       string            `json:"title"`
		Description string            `json:"description"`
		Version     string            `json:"version"`
		Website     string            `json:"websiteUrl"`
		Repository  json.RawMessage   `json:"repository"`
		Icons       json.RawMessage   `json:"icons"`
		Packages    []json.RawMessage `json:"packages"`
	}
	d := json.NewDecoder(strings.NewReader(strings.ReplaceAll(string(text), "0.0.0", release.Version)))
	d.DisallowUnknownFields()
	if err := d.Decode(&entry); err != nil {
		return nil, fmt.Errorf("%s: %w", template, err)
	}
	bundles, err := filepath.Glob(filepath.Join(dist, "mcpb", "*.mcpb"))
	if err != nil {
		return nil, err
	}
	if len(bundles) == 0 {
		return nil, errors.New("no bundles in " + dist + ": run goreleaser first")
	}
	for _, name := range bundles {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		bundle, err := json.Marshal(map[string]any{
			"registryType": "mcpb",
			"identifier":   releases + "/" + release.Tag + "/" + filepath.Base(name),
			"fileSha256":   hex.EncodeToString(sum[:]),
			"transport":    map[string]string{"type": "stdio"},
		})
		if err != nil {
			return nil, err
		}
		entry.Packages = append(entry.Packages, bundle)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(entry)
	return b.Bytes(), err
}

func readJSON(name string, v any) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
