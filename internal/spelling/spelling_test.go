package spelling

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"read-only", "tools", "Addr"}
	for name, want := range map[string]string{
		"readonly": "read-only", "READ-ONLY": "read-only", "tool": "tools", "adr": "Addr", "to": "",
		"password": "", "": "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("Nearest(%q) is %q, want %q", name, got, want)
		}
	}
}
