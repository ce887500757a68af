package schemas

import (
	"os"
	"runtime"
	"testing"

	"github.com/stripe/stripe-go/v82"
)

// A server whose working directory was deleted keeps working.
func TestWithoutAWorkingDirectory(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps a working directory from being removed")
	}
	gone := t.TempDir()
	t.Chdir(gone)
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	o := &Operation[stripe.CheckoutSessionRetrieveParams]{Name: "retrieve", Session: true}
	if _, err := o.Decode([]byte(`{"session":"cs_test_1"}`)); err != nil {
		t.Error(err)
	}
}
