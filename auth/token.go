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
	"strings"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/reload"
)

// minTokenLength keeps passwords out: a token is guessed offline from nothing,
// and its fingerprint in the log gives nothing away, only if it is random.
const minTokenLength = 16

const makeToken = "make one with: openssl rand -hex 32"

// verifyToken accepts the tokens given and those in the file, if there is one.
func verifyToken(tokens []string, file string, logger *slog.Logger) (verify, error) {
	fixed, err := hashTokens(tokens)
	if err != nil {
		return nil, err
	}
	if file == "" {
		if len(fixed) == 0 {
			return nil, errors.New("token authentication needs a token or a token file; " + makeToken)
		}
		return acceptTokens(func() []tokenHash { return fixed }), nil
	}
	reloaded, err := reload.New(logger, func() ([]tokenHash, error) {
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
		return nil, fmt.Errorf("token file: there is no token in %s; %s", file, makeToken)
	}
	return acceptTokens(reloaded.Get), nil
}

// A tokenHash is compared in place of a token: the lengths are equal then, and
// how far two of them agree says nothing about the tokens.
type tokenHash [sha256.Size]byte

func acceptTokens(tokens func() []tokenHash) verify {
	return func(_ context.Context, token string) (Caller, error) {
		presented := tokenHash(sha256.Sum256([]byte(token)))
		known := 0
		for _, t := range tokens() { // all of them: which one matched is not to be timed
			known |= subtle.ConstantTimeCompare(t[:], presented[:])
		}
		if known == 0 {
			return Caller{}, &invalidError{"the token is not known here"}
		}
		return Caller{ID: fingerprint("token", token), Scopes: []string{ScopeRead, ScopeWrite}}, nil
	}
}

// parseTokens reads one token a line. Blank lines and lines that begin with #
// are left out. A text without tokens is no error: emptying the file is how an
// operator shuts everybody out.
func parseTokens(text []byte) ([]tokenHash, error) {
	var hashes []tokenHash
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		h, err := hashToken(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		hashes = append(hashes, h)
	}
	return hashes, lines.Err()
}

func hashTokens(tokens []string) ([]tokenHash, error) {
	hashes := make([]tokenHash, len(tokens))
	for i, token := range tokens {
		h, err := hashToken(token)
		if err != nil {
			return nil, fmt.Errorf("token %d: %w", i+1, err)
		}
		hashes[i] = h
	}
	return hashes, nil
}

func hashToken(token string) (tokenHash, error) {
	if len(token) < minTokenLength {
		return tokenHash{}, fmt.Errorf("%d characters are too few, want at least %d; %s", len(token), minTokenLength, makeToken)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return tokenHash{}, errors.New("has blanks or characters that no header can carry; " + makeToken)
	}
	return sha256.Sum256([]byte(token)), nil
}
