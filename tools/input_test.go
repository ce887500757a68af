package tools

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The embedded schemas are those that the operations advertise.
func TestInputSchemasAreUpToDate(t *testing.T) {
	t.Parallel()
	for _, tool := range all {
		want, err := json.Marshal(tool.Input.Advertised())
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(filepath.Join("input", tool.Tool+".json"), append(want, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := inputs.ReadFile("input/" + tool.Tool + ".json")
		if err != nil {
			t.Errorf("%v: run go generate ./tools", err)
			continue
		}
		if diff := cmp.Diff(string(want)+"\n", string(got)); diff != "" {
			t.Errorf("%s is out of date: run go generate ./tools, then go test ./tools -update (-now +embedded):\n%s", tool.Tool, diff)
		}
	}
	files, err := inputs.ReadDir("input")
	if err != nil || len(files) != len(all) {
		t.Errorf("%d files for %d tools (%v)", len(files), len(all), err)
	}
}
