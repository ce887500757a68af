// Package approval lets a person approve a write when the agent's client can't
// ask: the call is refused with a link to a page of this server, and goes
// through once the person has approved it there.
//
// The server keeps no state. The link carries the question, sealed so that
// nobody can read or change it. Approving yields a code, which the agent sends
// as the idempotency key of the same call. The code is valid for one caller,
// one operation and exactly its arguments, for as long as the link. Any replica
// can show the page and check the code, because both keys are derived from a
// secret that all replicas have.
//
// Stripe makes sure that a code works only once: its nonce is the idempotency
// key of the write, and Stripe answers a second write with the result of the
// first.
package approval

import (
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Within is how long a person has to approve, and an agent to use the approval.
const Within = 15 * time.Minute

// A Call is what a code is valid for.
type Call struct {
	Caller    string // who makes the call
	Operation string // such as create
	Digest    []byte // of the arguments and the account acted on
}

// A Question is what the person is asked.
type Question struct {
	Title    string // Create a Checkout Session
	Livemode bool
	Facts    []Fact   // what this server knows: amount, currency, mode, account
	Items    []string // what is sold, in the agent's words
}

// A Fact is a line of a question.
type Fact struct{ Name, Value string }

// An Approver seals questions and checks codes. It is safe for concurrent use.
type Approver struct {
	url  string
	seal cipher.AEAD
	mac  []byte
	now  func() time.Time
}

// New returns an approver whose page has the given URL, such as
// https://approve.example.com/, with keys derived from a secret.
func New(pageURL string, secret []byte) (*Approver, error) {
	u, err := url.Parse(pageURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("the approval page's URL is not an absolute URL such as https://approve.example.com/")
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/"
	sealKey, err := hkdf.Key(sha256.New, secret, nil, "approval link", 32)
	if err != nil {
		return nil, err
	}
	macKey, err := hkdf.Key(sha256.New, secret, nil, "approval code", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Approver{url: u.String(), seal: aead, mac: macKey, now: time.Now}, nil
}

// request is what a link carries.
type request struct {
	Call     Call
	Question Question
	Expires  int64 // Unix seconds
	Nonce    string
}

// Link returns the address of the page that asks the question.
func (a *Approver) Link(call Call, question Question) (string, error) {
	text, err := json.Marshal(request{call, question, a.now().Add(Within).Unix(), rand.Text()})
	if err != nil {
		return "", err
	}
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(text); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	sealed := a.seal.Seal(nil, nil, small.Bytes(), nil) // #nosec G407 -- it takes no nonce: each seal draws its own
	return a.url + "?request=" + base64.RawURLEncoding.EncodeToString(sealed), nil
}

var (
	errTampered = errors.New("the link is incomplete, or not from this server")
	errExpired  = fmt.Errorf("the link is older than %d minutes", int(Within.Minutes()))
)

// maxRequest bounds how much a link can unpack to, in bytes. Only this server
// makes links, so this guards against its own mistakes.
const maxRequest = 1 << 20

func (a *Approver) open(sealed string) (*request, error) {
	box, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return nil, errTampered
	}
	small, err := a.seal.Open(nil, nil, box, nil)
	if err != nil {
		return nil, errTampered
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(small)), maxRequest))
	if err != nil {
		return nil, errTampered
	}
	var r request
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, errTampered
	}
	if a.now().Unix() > r.Expires {
		return nil, errExpired
	}
	return &r, nil
}

// codePrefix tells codes from other idempotency keys.
const codePrefix = "approved_"

// IsCode reports whether an idempotency key is meant to be a code.
func IsCode(key string) bool { return strings.HasPrefix(key, codePrefix) }

// code returns approved_expiry.nonce.mac.
func (a *Approver) code(r *request) string {
	signed := strconv.FormatInt(r.Expires, 36) + "." + r.Nonce
	return codePrefix + signed + "." + a.sign(r.Call, signed)
}

func (a *Approver) sign(call Call, signed string) string {
	h := hmac.New(sha256.New, a.mac)
	for _, part := range []string{call.Caller, call.Operation, string(call.Digest), signed} {
		fmt.Fprintf(h, "%d:%s", len(part), part) // the length separates the parts
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// What can be wrong with a code.
var (
	ErrOther   = errors.New("the approval is for a different call: one by another caller or with other arguments")
	ErrExpired = fmt.Errorf("the approval is older than %d minutes", int(Within.Minutes()))
)

// Check returns the idempotency key for an approved call. For a code that isn't
// valid for the call, it returns [ErrOther] or [ErrExpired].
func (a *Approver) Check(call Call, code string) (key string, err error) {
	parts := strings.Split(strings.TrimPrefix(strings.TrimSpace(code), codePrefix), ".")
	if len(parts) != 3 || !hmac.Equal([]byte(parts[2]), []byte(a.sign(call, parts[0]+"."+parts[1]))) {
		return "", ErrOther
	}
	if expires, err := strconv.ParseInt(parts[0], 36, 64); err != nil || a.now().Unix() > expires {
		return "", ErrExpired
	}
	return parts[1], nil
}
