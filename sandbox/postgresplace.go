package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// originFile, in a substitute directory, names the one it stands for.
const originFile = "stands-for"

// reachable says whether another user may enter dir and all above it.
func reachable(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// substitute makes the directory that stands for one nobody can reach: always
// the same for the same one. Those whose own has been deleted are cleared away.
func substitute(home string) (string, error) {
	stale, _ := filepath.Glob(filepath.Join(os.TempDir(), "resident-graph-*")) // the pattern is well formed
	for _, dir := range stale {
		origin, err := os.ReadFile(filepath.Join(dir, originFile))
		if err != nil || len(origin) == 0 { // another process is just writing it
			continue
		}
		if _, err := os.Stat(string(origin)); !os.IsNotExist(err) {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	dir := filepath.Join(os.TempDir(), "resident-graph-"+shortHash(home))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	// Anybody may make a directory of this name before us: ours must be ours.
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if system, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(system.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s belongs to somebody else", dir)
	}
	return dir, os.WriteFile(filepath.Join(dir, originFile), []byte(home), 0o600)
}
