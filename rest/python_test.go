package rest_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/pip"
)

// Today's SDK for Python and an older one work with only their URL changed.
func TestStripePython(t *testing.T) {
	for _, version := range []string{"16.1.0", "12.5.1"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), pip.Install(t, "testdata/python/requirements-"+version+".txt"), "sdk.py", sandboxed(t).serve())
			cmd.Dir = "testdata/python"
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s%s", err, out, &stderr)
			}
			var seen struct {
				Version string
				Created struct {
					ID            string
					Amount, Lines int
					Dotted        string `json:"a.b"`
				}
				Listed, Paged      []string
				Expired, Retrieved string
				Refused, Invalid   struct {
					Status    int
					Param     string
					RequestID string `json:"request_id"`
				}
			}
			if err := json.Unmarshal(out, &seen); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if c := seen.Created; seen.Version != version || c.ID == "" || c.Amount != 2500 || c.Lines != 2 || c.Dotted != "c" {
				t.Errorf("created %+v with %s", c, seen.Version)
			}
			if !slices.Equal(seen.Listed, []string{seen.Created.ID}) || !slices.Equal(seen.Paged, []string{"Mug", "T-shirt"}) {
				t.Errorf("listed %v, line items %v", seen.Listed, seen.Paged)
			}
			if seen.Expired != "expired" || seen.Retrieved != "expired" {
				t.Errorf("expired %q, retrieved %q", seen.Expired, seen.Retrieved)
			}
			if seen.Refused.Status != 400 || seen.Refused.RequestID == "" {
				t.Errorf("expired twice: %+v", seen.Refused)
			}
			if i := seen.Invalid; i.Status != 400 || i.Param != "line_items[0][price_data][currency]" || i.RequestID == "" {
				t.Errorf("no currency: %+v", i)
			}
		})
	}
}
