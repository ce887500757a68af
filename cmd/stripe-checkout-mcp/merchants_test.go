package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/auth"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/rest"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

const (
	adasToken, adasAccount     = "ada-0123456789abcdef", "acct_1Ada"
	gracesToken, gracesAccount = "grace-0123456789abcdef", "acct_1Grace"
)

func tokenFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tokens")
	text := "# two shops\n" + adasToken + " account=" + adasAccount + " policy=ada\n" + gracesToken + " account=" + gracesAccount + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Two shops use one server at the same time, over MCP and REST. Each sees its
// own sessions and no others.
func TestMerchantsDoNotCross(t *testing.T) {
	s := startService(t, "--sandbox", "--auth", "token", "--token-file", tokenFile(t), "--rest-addr", "127.0.0.1:0",
		"--policy", policyFile(t, "policies: {ada: {modes: [payment]}}"))
	restURL := "http://" + s.log.await(t, "rest") + "/v1/checkout/sessions"
	tokens := map[string]string{"ada": adasToken, "grace": gracesToken}

	var callers sync.WaitGroup
	for name, token := range tokens {
		session := s.mustConnect(token)
		for worker := range 2 {
			callers.Go(func() {
				for i := range 6 {
					reference := fmt.Sprintf("%s-%d-%d", name, worker, i)
					created, failed := call(t, session, createTool, createArguments(reference))
					if failed {
						t.Errorf("%s: %v", reference, created)
						return
					}
					status, got := restCall(t, token, http.MethodGet, restURL+"/"+created["id"].(string), "")
					if status != http.StatusOK || got["client_reference_id"] != reference {
						t.Errorf("%s over REST: %d %v", reference, status, got)
					}
				}
			})
		}
	}
	callers.Wait()

	ids := map[string]string{} // one session per shop
	for name, token := range tokens {
		status, listed := restCall(t, token, http.MethodGet, restURL+"?limit=100", "")
		if status != http.StatusOK {
			t.Fatal(listed)
		}
		own := 0
		for _, session := range listed["data"].([]any) {
			session := session.(map[string]any)
			reference, _ := session["client_reference_id"].(string)
			switch {
			case strings.HasPrefix(reference, name+"-"):
				own++
				ids[name] = session["id"].(string)
			case strings.HasPrefix(reference, "ada-"), strings.HasPrefix(reference, "grace-"):
				t.Errorf("%s sees %s", name, reference)
			}
		}
		if own != 12 {
			t.Errorf("%s has %d sessions, want 12", name, own)
		}
	}
	if got, failed := call(t, s.mustConnect(adasToken), "stripe-get-checkout-sessions-session", fmt.Sprintf(`{"session":%q}`, ids["grace"])); !failed {
		t.Errorf("ada retrieves a session of grace's: %v", got)
	}
	// The caller has no say in which account it uses.
	status, got := restCall(t, adasToken, http.MethodGet, restURL+"/"+ids["grace"], gracesAccount)
	if status != http.StatusForbidden {
		t.Errorf("ada asks for grace's account: %d %v", status, got)
	}
	for _, line := range s.log.with("outcome", "created") {
		if line["account"] != adasAccount && line["account"] != gracesAccount {
			t.Errorf("audited %v", line)
		}
	}
}

// Each caller is subject to its own policy.
func TestAPolicyForEachMerchant(t *testing.T) {
	s := startService(t, "--sandbox", "--auth", "token", "--token-file", tokenFile(t),
		"--policy", policyFile(t, "max_amount: {usd: 100000}\npolicies: {ada: {max_amount: {usd: 500}}}"))
	if got, failed := call(t, s.mustConnect(gracesToken), createTool, createArguments("1")); failed {
		t.Errorf("grace: %v", got)
	}
	got, failed := call(t, s.mustConnect(adasToken), createTool, createArguments("1"))
	if e, _ := got["error"].(map[string]any); !failed || e["code"] != "policy_max_amount" {
		t.Errorf("ada: %v", got)
	}

	// If the file lacks the policy, or there is no file, nothing is allowed.
	for _, args := range [][]string{{"--max-amount", "usd=100000"}, {}} {
		s := startService(t, append(args, "--sandbox", "--auth", "token", "--token-file", tokenFile(t))...)
		got, failed := call(t, s.mustConnect(adasToken), createTool, createArguments("1"))
		if e, _ := got["error"].(map[string]any); !failed || e["code"] != "policy_policies" {
			t.Errorf("%v: ada: %v", args, got)
		}
	}
}

func TestMerchantsByClaim(t *testing.T) {
	issuer, token := newIssuer(t)
	s := startService(t, "--sandbox", "--auth", "oauth", "--oauth-issuer", issuer, "--oauth-resource", resource, "--allowed-hosts", "127.0.0.1",
		"--oauth-account-claim", "stripe_account", "--oauth-policy-claim", "sales_policy",
		"--policy", policyFile(t, "policies: {ada: {max_amount: {usd: 500}}, grace: {max_amount: {usd: 100000}}}"))
	scopes := auth.ScopeRead + " " + auth.ScopeWrite
	of := func(account, policy string) string {
		return token(scopes, map[string]any{"stripe_account": account, "sales_policy": policy})
	}
	created, failed := call(t, s.mustConnect(of(gracesAccount, "grace")), createTool, createArguments("1"))
	if failed {
		t.Fatal(created)
	}
	// The same person, for another merchant.
	if got, failed := call(t, s.mustConnect(of(adasAccount, "grace")), "stripe-get-checkout-sessions-session", fmt.Sprintf(`{"session":%q}`, created["id"])); !failed {
		t.Errorf("a session of another account: %v", got)
	}
	if got, failed := call(t, s.mustConnect(of(gracesAccount, "ada")), createTool, createArguments("2")); !failed {
		t.Errorf("the policy isn't applied: %v", got)
	}
	for _, claims := range []map[string]any{{}, {"stripe_account": gracesAccount}, {"stripe_account": "acct", "sales_policy": "grace"}} {
		if _, err := s.connect(bearer{token: token(scopes, claims)}, nil); err == nil {
			t.Errorf("the claims %v are enough to get in", claims)
		}
	}
}

func policyFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func restCall(t *testing.T, token, method, url, account string) (status int, body map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if account != "" {
		r.Header.Set("Stripe-Account", account)
	}
	answer, err := bearer{token: token}.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}

// FuzzMerchantsDoNotCross lets two merchants' callers do anything in any order,
// even with IDs that belong to the other. They must never see or change
// anything of the other's.
func FuzzMerchantsDoNotCross(f *testing.F) {
	f.Add([]byte("\x00\x01\x10\x12\x21\x33\x44\x05\x56\x67"))
	f.Add([]byte("abcdefghijklmnopqrstuvwxyz0123456789"))
	api := merchantsAPI(f)
	var runs atomic.Int64
	f.Fuzz(func(t *testing.T, steps []byte) {
		const path = "/v1/checkout/sessions"
		owner := map[string]int{} // of sessions
		var ids []string
		run := runs.Add(1) // new accounts
		accounts := []string{fmt.Sprintf("%s%d", adasAccount, run), fmt.Sprintf("%s%d", gracesAccount, run)}
		for i, step := range steps[:min(len(steps), 40)] {
			who, do := int(step&1), int(step>>1)%7
			id := "cs_test_none"
			if len(ids) > 0 {
				id = ids[int(step>>4)%len(ids)]
			}
			account := ""
			if step&8 != 0 {
				account = accounts[1-who]
			}
			reference := fmt.Sprintf("%d-%d", who, i)
			var status int
			var body string
			switch do {
			case 0, 1:
				status, body = asCaller(api, accounts[who], account, http.MethodPost, path, `{"mode":"setup","currency":"usd","success_url":"https://example.com","client_reference_id":"`+reference+`"}`)
			case 2:
				status, body = asCaller(api, accounts[who], account, http.MethodGet, path+"?limit=100", "")
			case 3:
				status, body = asCaller(api, accounts[who], account, http.MethodGet, path+"/"+id, "")
			case 4:
				status, body = asCaller(api, accounts[who], account, http.MethodPost, path+"/"+id+"/expire", "")
			case 5:
				status, body = asCaller(api, accounts[who], account, http.MethodGet, path+"/"+id+"/line_items", "")
			case 6:
				status, body = asCaller(api, accounts[who], account, http.MethodGet, path+"?starting_after="+id, "")
			}
			if account != "" && status != http.StatusForbidden {
				t.Fatalf("%s acted on %s: %d %s", accounts[who], account, status, body)
			}
			if status != http.StatusOK {
				continue
			}
			var got struct {
				ID   string
				Data []struct {
					ID        string
					Reference *string `json:"client_reference_id"`
				}
			}
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatal(err)
			}
			if do <= 1 {
				owner[got.ID], ids = who, append(ids, got.ID)
			}
			if of, known := owner[id]; known && do >= 3 && of != who {
				t.Fatalf("%s reached the other's %s: %s", accounts[who], id, body)
			}
			for _, session := range got.Data {
				if of, known := owner[session.ID]; known && of != who {
					t.Fatalf("%s sees the other's %s", accounts[who], session.ID)
				}
			}
			if strings.Contains(body, fmt.Sprintf(`"client_reference_id":"%d-`, 1-who)) {
				t.Fatalf("%s sees one of the other's sessions: %s", accounts[who], body)
			}
		}
	})
}

// merchantsAPI returns the REST API on a sandbox as http assembles it, without
// authentication in front.
func merchantsAPI(t testing.TB) http.Handler {
	t.Helper()
	key, err := stripeclient.ParseKey(sandbox.Key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := stripeclient.New(stripeclient.Config{Key: key, Transport: sandbox.New(sandbox.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	options := operations.Options{Caller: callerID, Logger: slog.New(slog.DiscardHandler)}
	obey((*policy.Policy)(nil), client, &options)
	service, err := operations.New(client, options)
	if err != nil {
		t.Fatal(err)
	}
	return rest.New(service, rest.Options{Middleware: merchants})
}

// asCaller makes a request as the caller who works for the given account.
func asCaller(api http.Handler, of, header, method, path, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if header != "" {
		r.Header.Set("Stripe-Account", header)
	}
	r = r.WithContext(auth.WithCaller(r.Context(), auth.Caller{ID: "caller", Merchant: auth.Merchant{Account: of}}))
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	text, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(text)
}
