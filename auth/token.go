package auth

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/reload"
)

// minTokenLength keeps passwords out: only a random token is safe from
// guessing, and from being worked out from its fingerprint in the log.
const minTokenLength = 16

const makeToken = "make one with: openssl rand -hex 32"

// verifyToken accepts the given tokens and those in the file, if there is one.
func verifyToken(tokens []string, file string, logger *slog.Logger) (verify, error) {
	fixed, err := hashTokens(tokens)
	if err != nil {
		return nil, err
	}
	if file == "" {
		if len(fixed) == 0 {
			return nil, errors.New("token authentication needs a token or a token file; " + makeToken)
		}
		return acceptTokens(func() []knownToken { return fixed }), nil
	}
	reloaded, err := reload.New(logger, func() ([]knownToken, error) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		inFile, err := parseTokens(text)
		return append(inFile, fixed...), err
	}, file)
	if err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	if len(reloaded.Get()) == 0 {
		return nil, fmt.Errorf("token file: %s contains no token; %s", file, makeToken)
	}
	return acceptTokens(reloaded.Get), nil
}

// A knownToken is compared by its hash. Hashes all have the same length, and
// how far two of them agree says nothing about the tokens.
type knownToken struct {
	hash     [sha256.Size]byte
	merchant Merchant
}

func acceptTokens(tokens func() []knownToken) verify {
	return func(_ context.Context, token string) (Caller, error) {
		presented := sha256.Sum256([]byte(token))
		all, found := tokens(), -1
		for i, t := range all { // try all, so that timing doesn't show which one matched
			found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(t.hash[:], presented[:]), i, found)
		}
		if found < 0 {
			return Caller{}, &invalidError{"the token is unknown"}
		}
		return Caller{ID: fingerprint("token", token), Scopes: []string{ScopeRead, ScopeWrite}, Merchant: all[found].merchant}, nil
	}
}

// parseTokens reads one token per line, followed by its merchant. It skips
// blank lines and lines that begin with #. A text without tokens is valid: an
// operator can shut everybody out by emptying the file.
func parseTokens(text []byte) ([]knownToken, error) {
	var tokens []knownToken
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		hash, err := hashToken(fields[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		merchant, err := parseMerchant(fields[1:])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if slices.ContainsFunc(tokens, func(t knownToken) bool { return t.hash == hash && t.merchant != merchant }) {
			return nil, fmt.Errorf("line %d: the token is listed twice, for different merchants: give each merchant its own", n)
		}
		tokens = append(tokens, knownToken{hash, merchant})
	}
	return tokens, lines.Err()
}

func hashTokens(tokens []string) ([]knownToken, error) {
	known := make([]knownToken, len(tokens))
	for i, token := range tokens {
		hash, err := hashToken(token)
		if err != nil {
			return nil, fmt.Errorf("token %d: %w", i+1, err)
		}
		known[i].hash = hash
	}
	return known, nil
}

func hashToken(token string) (hash [sha256.Size]byte, err error) {
	if len(token) < minTokenLength {
		return hash, fmt.Errorf("%d characters are too few: use at least %d; %s", len(token), minTokenLength, makeToken)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return hash, errors.New("contains a blank or a character that a header can't carry; " + makeToken)
	}
	return sha256.Sum256([]byte(token)), nil
}
