//go:build packaging

package packaging

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// dist is where `make snapshot` leaves a release.
const dist = "../dist/snapshot/dist"

// release returns the version and commit that goreleaser built.
func release(t *testing.T) (version, commit string) {
	t.Helper()
	if !exists(dist) {
		t.Fatal("there is no snapshot: run make -f packaging/Makefile snapshot")
	}
	var metadata struct{ Version, Commit string }
	decode(t, filepath.Join(dist, "metadata.json"), &metadata)
	return metadata.Version, metadata.Commit
}

var platforms = []string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64", "windows_arm64"}

// TestChecksums checks that checksums.txt covers every artifact and is right.
func TestChecksums(t *testing.T) {
	version, _ := release(t)
	sums := checksums(t, dist)
	var want []string
	for _, platform := range platforms {
		archive := "stripe-checkout-mcp_" + version + "_" + platform + ".tar.gz"
		if strings.HasPrefix(platform, "windows") {
			archive = strings.TrimSuffix(archive, ".tar.gz") + ".zip"
		}
		want = append(want, archive, archive+".spdx.json", "stripe-checkout-mcp_"+version+"_"+platform+".mcpb")
	}
	for _, arch := range []string{"amd64", "arm64"} {
		for _, format := range []string{".deb", ".rpm", ".apk"} {
			want = append(want, "stripe-checkout-mcp_"+version+"_linux_"+arch+format)
		}
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(sums)); !slices.Equal(got, want) {
		t.Errorf("artifacts:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for name, sum := range sums {
		file := filepath.Join(dist, name)
		if strings.HasSuffix(name, ".mcpb") {
			file = filepath.Join(dist, "mcpb", name)
		}
		if got := sha256.Sum256(readFile(t, file)); hex.EncodeToString(got[:]) != sum {
			t.Errorf("the checksum of %s is wrong", name)
		}
	}
}

func checksums(t *testing.T, dist string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(readFile(t, filepath.Join(dist, "checksums.txt"))))
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok {
			t.Fatalf("checksums.txt: %q", lines.Text())
		}
		sums[name] = sum
	}
	return sums
}

// TestArchives checks that each archive has the program, its documents and its
// completions, that the Linux programs need no libraries, and that this
// machine's runs and reports its version.
func TestArchives(t *testing.T) {
	version, commit := release(t)
	for _, platform := range platforms {
		t.Run(platform, func(t *testing.T) {
			program, extension, list := "stripe-checkout-mcp", ".tar.gz", untar
			if strings.HasPrefix(platform, "windows") {
				program, extension, list = "stripe-checkout-mcp.exe", ".zip", unzip
			}
			files := list(t, filepath.Join(dist, "stripe-checkout-mcp_"+version+"_"+platform+extension))
			want := []string{"CHANGELOG.md", "LICENSE", "README.md", "completions/stripe-checkout-mcp.bash", "completions/stripe-checkout-mcp.fish", "completions/stripe-checkout-mcp.zsh", program}
			if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
				t.Fatalf("it contains %v, want %v", got, want)
			}
			for name, content := range files {
				if len(content) == 0 {
					t.Errorf("%s is empty", name)
				}
			}
			if strings.HasPrefix(platform, "linux") {
				binary, err := elf.NewFile(bytes.NewReader(files[program]))
				if err != nil {
					t.Fatal(err)
				}
				if libraries, err := binary.ImportedLibraries(); err == nil && len(libraries) > 0 {
					t.Errorf("it needs %v", libraries)
				}
			}
			if platform == runtime.GOOS+"_"+runtime.GOARCH {
				file := filepath.Join(t.TempDir(), program)
				if err := os.WriteFile(file, files[program], 0o755); err != nil {
					t.Fatal(err)
				}
				if got, want := output(t, file, "--version"), "stripe-checkout-mcp version "+version+" ("+commit[:7]; !strings.HasPrefix(got, want) {
					t.Errorf("--version says %q, want %q", got, want)
				}
			}
		})
	}
}

func untar(t *testing.T, name string) map[string][]byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(readFile(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Uname != "root" {
			t.Errorf("%s belongs to %q", header.Name, header.Uname)
		}
		if files[path.Clean(header.Name)], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func unzip(t *testing.T, name string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestSBOMs checks that each SBOM names the program's libraries.
func TestSBOMs(t *testing.T) {
	release(t)
	names, err := filepath.Glob(filepath.Join(dist, "*.spdx.json"))
	if err != nil || len(names) != len(platforms) {
		t.Fatalf("%d SBOMs, %v", len(names), err)
	}
	for _, name := range names {
		var sbom struct {
			SPDXVersion string
			Packages    []struct{ Name string }
		}
		decode(t, name, &sbom)
		has := func(module string) bool {
			for _, p := range sbom.Packages {
				if p.Name == module {
					return true
				}
			}
			return false
		}
		if sbom.SPDXVersion == "" || !has("github.com/stripe/stripe-go/v82") || !has("github.com/modelcontextprotocol/go-sdk") {
			t.Errorf("%s doesn't name the libraries", name)
		}
	}
}

// TestBundles checks that each bundle is valid and contains its platform's
// program. It runs this machine's the way a desktop agent would, as the bundle
// library itself reads it.
func TestBundles(t *testing.T) {
	version, _ := release(t)
	for _, platform := range platforms {
		t.Run(platform, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "bundle")
			output(t, "mcpb/node_modules/.bin/mcpb", "unpack", filepath.Join(dist, "mcpb", "stripe-checkout-mcp_"+version+"_"+platform+".mcpb"), dir)
			output(t, "mcpb/node_modules/.bin/mcpb", "validate", dir)
			var m manifest
			decode(t, filepath.Join(dir, "manifest.json"), &m)
			if m.Version != version {
				t.Errorf("version %q, want %q", m.Version, version)
			}
			program := filepath.Join(dir, m.Server.EntryPoint)
			built, err := filepath.Glob(filepath.Join(dist, "stripe-checkout-mcp_"+platform+"_*", m.Server.EntryPoint))
			if err != nil || len(built) != 1 {
				t.Fatalf("built %v, %v", built, err)
			}
			if !bytes.Equal(readFile(t, program), readFile(t, built[0])) {
				t.Error("it doesn't contain the program that was built")
			}
			if info, err := os.Stat(program); err != nil || info.Mode().Perm()&0o111 == 0 {
				t.Error("its program isn't executable")
			}
			if platform != runtime.GOOS+"_"+runtime.GOARCH {
				return
			}
			var listed []string
			for _, tool := range m.Tools {
				listed = append(listed, tool.Name)
			}
			slices.Sort(listed)
			started := toolsOf(t, &mcp.CommandTransport{Command: bundleCommand(t, dir, map[string]any{"sandbox": true})})
			if !slices.Equal(started, listed) {
				t.Errorf("the running server has the tools %v, but the manifest lists %v", started, listed)
			}
			reading := toolsOf(t, &mcp.CommandTransport{Command: bundleCommand(t, dir, map[string]any{"sandbox": true, "read_only": true})})
			if len(reading) != 3 {
				t.Errorf("read-only, it has the tools %v", reading)
			}
			if out, err := bundleCommand(t, dir, nil).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("no Stripe API key")) {
				t.Errorf("without a key: %v, %s", err, out)
			}
		})
	}
}

// bundleCommand returns the command that a desktop agent would start, with the
// user's settings.
func bundleCommand(t *testing.T, dir string, settings map[string]any) *exec.Cmd {
	t.Helper()
	options, err := json.Marshal(map[string]any{"dir": dir, "settings": settings})
	if err != nil {
		t.Fatal(err)
	}
	const script = `
		const { readFileSync } = await import("node:fs");
		const { getMcpConfigForManifest } = await import(process.cwd() + "/mcpb/node_modules/@anthropic-ai/mcpb/dist/node.js");
		const { dir, settings } = JSON.parse(process.argv[1]);
		const manifest = JSON.parse(readFileSync(dir + "/manifest.json", "utf8"));
		console.log(JSON.stringify(await getMcpConfigForManifest({ manifest, extensionPath: dir, systemDirs: {}, userConfig: settings ?? {}, pathSeparator: "/" })));`
	var config struct {
		Command string
		Args    []string
		Env     map[string]string
	}
	if err := json.Unmarshal([]byte(output(t, "node", "--input-type=module", "-e", script, string(options))), &config); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), config.Command, config.Args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	for name, value := range config.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// TestServerJSONOfRelease checks that the registry's entry names the release's
// own files.
func TestServerJSONOfRelease(t *testing.T) {
	version, _ := release(t)
	var entry serverEntry
	decode(t, filepath.Join(dist, "server.json"), &entry)
	sums := checksums(t, dist)
	bundles := 0
	for _, p := range entry.Packages {
		switch p.RegistryType {
		case "mcpb":
			bundles++
			if name := path.Base(p.Identifier); p.FileSHA256 == "" || p.FileSHA256 != sums[name] {
				t.Errorf("%s has the digest %q, want %q", name, p.FileSHA256, sums[name])
			}
		case "oci":
			if !strings.HasSuffix(p.Identifier, ":"+version) {
				t.Errorf("the image is %s, want version %s", p.Identifier, version)
			}
		}
	}
	if entry.Version != version || bundles != len(platforms) {
		t.Errorf("version %q with %d bundles, want %q with %d", entry.Version, bundles, version, len(platforms))
	}
}

// TestReproducible builds the release again, from another clone in another
// folder, and this machine's program without a cache. The same commit must give
// the same bytes. SBOMs are not compared, because they contain the time they
// were made.
func TestReproducible(t *testing.T) {
	release(t)
	source, err := filepath.Abs("../dist/snapshot")
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "elsewhere")
	run(t, nil, "make", "-C", "..", "-f", "packaging/Makefile", "snapshot", "SOURCE="+source, "SNAPSHOT="+again)
	first, second := checksums(t, dist), checksums(t, filepath.Join(again, "dist"))
	if len(first) == 0 || len(first) != len(second) {
		t.Fatalf("%d and %d artifacts", len(first), len(second))
	}
	for name, sum := range first {
		if !strings.HasSuffix(name, ".spdx.json") && second[name] != sum {
			t.Errorf("%s differs between the two builds", name)
		}
	}

	clean := filepath.Join(t.TempDir(), "clean")
	run(t, nil, "git", "clone", "--quiet", again, clean)
	run(t, nil, "git", "-C", clean, "remote", "set-url", "origin", "https://github.com/stripe-checkout-mcp/stripe-checkout-mcp.git")
	run(t, nil, "npm", "--prefix", filepath.Join(clean, "packaging", "mcpb"), "ci", "--no-audit", "--no-fund")
	build := exec.CommandContext(t.Context(), "go", "tool", "-modfile=packaging/tools/goreleaser.mod", "-n", "goreleaser")
	build.Dir = clean
	goreleaser, err := build.Output() // use its path, so that it isn't itself built without a cache
	if err != nil {
		t.Fatal(err)
	}
	single := exec.CommandContext(t.Context(), strings.TrimSpace(string(goreleaser)), "build", "--snapshot", "--single-target")
	single.Dir = clean
	single.Env = append(os.Environ(), "GOCACHE="+t.TempDir(), "PACKAGES_TOKEN=")
	if out, err := single.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pattern := "stripe-checkout-mcp_" + runtime.GOOS + "_" + runtime.GOARCH + "_*/stripe-checkout-mcp*"
	one, two := onlyFile(t, filepath.Join(dist, pattern)), onlyFile(t, filepath.Join(clean, "dist", pattern))
	if !bytes.Equal(readFile(t, one), readFile(t, two)) {
		t.Error("the program differs when built without a cache")
	}
}

func onlyFile(t *testing.T, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) != 1 {
		t.Fatalf("%s: %v, %v", pattern, names, err)
	}
	return names[0]
}

func run(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}
