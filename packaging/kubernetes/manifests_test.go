package kubernetes

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v3"
)

var manifests = []string{"deployment.yaml", "service.yaml", "hpa.yaml", "pdb.yaml", "networkpolicy.yaml"}

func tool(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"tool", "-modfile=../tools/kubernetes.mod"}, args...)...).CombinedOutput()
	return string(out), err
}

func conforms(t *testing.T, files ...string) (string, error) {
	t.Helper()
	return tool(t, append([]string{"kubeconform", "-strict", "-summary", "-schema-location", "schemas/{{.ResourceKind}}{{.KindSuffix}}.json"}, files...)...)
}

// The manifests conform to Kubernetes' own schemas.
func TestManifestsConform(t *testing.T) {
	if out, err := conforms(t, manifests...); err != nil || !strings.Contains(out, "Valid: 5, Invalid: 0, Errors: 0, Skipped: 0") {
		t.Errorf("%v: %s", err, out)
	}
}

// The check can fail: on a field that is misspelled, missing or of the wrong
// type.
func TestWrongManifestsDoNotConform(t *testing.T) {
	deployment, err := os.ReadFile("deployment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a misspelled field":  {"readOnlyRootFilesystem:", "readOnlyRootFileSystem:"},
		"a wrong type":        {"containerPort: 9090", "containerPort: mcp"},
		"a missing field":     {"  selector:\n    matchLabels: *labels\n", ""},
		"a misplaced setting": {"      enableServiceLinks: false", "      enableServiceLink: false"},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := strings.Replace(string(deployment), change[0], change[1], 1)
			if wrong == string(deployment) {
				t.Fatalf("there is no %q to change", change[0])
			}
			file := filepath.Join(t.TempDir(), "deployment.yaml")
			if err := os.WriteFile(file, []byte(wrong), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := conforms(t, file); err == nil {
				t.Errorf("accepted: %s", out)
			}
		})
	}
}

// kube-score checks good practice: probes, limits, users, budgets, policies.
func TestManifestsScore(t *testing.T) {
	score := func(files ...string) (string, error) {
		return tool(t, append([]string{"kube-score", "score", "--exit-one-on-warning", "--output-format", "ci"}, files...)...)
	}
	if out, err := score(manifests...); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	// By itself, the Deployment lacks a budget, a policy and scaling.
	if out, err := score("deployment.yaml"); err == nil {
		t.Errorf("the Deployment alone is accepted: %s", out)
	}
}

// The Deployment's own command line starts the program, and its probes succeed.
// The test changes only addresses and paths.
func TestDeploymentStarts(t *testing.T) {
	data, err := os.ReadFile("deployment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type probe struct {
		HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
	}
	var deployment struct {
		Spec struct {
			Template struct {
				Spec struct {
					Containers []struct {
						Args      []string
						Env       []struct{ Name, Value string }
						Startup   probe `yaml:"startupProbe"`
						Liveness  probe `yaml:"livenessProbe"`
						Readiness probe `yaml:"readinessProbe"`
					}
				}
			}
		}
	}
	if err := yaml.Unmarshal(data, &deployment); err != nil {
		t.Fatal(err)
	}
	container := deployment.Spec.Template.Spec.Containers[0]

	secrets := t.TempDir()
	for name, text := range map[string]string{"tokens": "a-token-of-the-cluster\n", "stripe-api-key": "rk_test_51Kubernetes\n"} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	here := strings.NewReplacer("/run/secrets/stripe-checkout-mcp", secrets, "=:9090", "=127.0.0.1:0", "=:9091", "=127.0.0.1:0", "=10s", "=0s")
	binary := filepath.Join(t.TempDir(), "stripe-checkout-mcp")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/stripe-checkout-mcp").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), binary)
	for _, arg := range container.Args {
		cmd.Args = append(cmd.Args, here.Replace(arg))
	}
	for _, env := range container.Env {
		if env.Value != "" {
			cmd.Env = append(cmd.Env, env.Name+"="+here.Replace(env.Value))
		}
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	metrics := regexp.MustCompile(`"listener":"metrics","addr":"([^"]+)"`)
	var addr, log string
	lines := bufio.NewScanner(stderr)
	for addr == "" && lines.Scan() {
		log += lines.Text() + "\n"
		if m := metrics.FindStringSubmatch(lines.Text()); m != nil {
			addr = m[1]
		}
	}
	if addr == "" {
		t.Fatalf("it does not start: %v\n%s", cmd.Wait(), log)
	}
	for name, probe := range map[string]probe{"startup": container.Startup, "liveness": container.Liveness, "readiness": container.Readiness} {
		status := 0
		for status == 0 || status == http.StatusServiceUnavailable { // until it is ready
			resp, err := http.Get("http://" + addr + probe.HTTPGet.Path)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			status = resp.StatusCode
		}
		if status != http.StatusOK || probe.HTTPGet.Port != "metrics" {
			t.Errorf("the %s probe gets %d on port %s", name, status, probe.HTTPGet.Port)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // Wait must come after all reads
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v after SIGTERM, want exit code 0", err)
	}
}
