package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/sandbox"
)

// postgres starts one in a directory and returns a way to run one statement.
func postgres(t *testing.T, dir string) (url string, stop func() error) {
	t.Helper()
	url, stop, err := sandbox.Postgres(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return url, stop
}

func ask(t *testing.T, url, statement string) string {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(t.Context()) }()
	var answer string
	if err := connection.QueryRow(t.Context(), statement).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func execute(t *testing.T, url, statement string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(t.Context()) }()
	if _, err := connection.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestPostgresKeepsItsData(t *testing.T) {
	dir := clusterDir(t)
	url, stop := postgres(t, dir)
	t.Log(ask(t, url, `select version()`))
	execute(t, url, `create table kept as select 'still here' as word`)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	url, stop = postgres(t, dir)
	if word := ask(t, url, `select word from kept`); word != "still here" {
		t.Errorf("got %q", word)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// A process that has the number of a server that is gone does not keep the
// next one from starting.
func TestPostgresIgnoresAStrangersLock(t *testing.T) {
	dir := clusterDir(t)
	_, stop := postgres(t, dir)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	data, err := filepath.Glob(filepath.Join(dir, "data-*"))
	if err != nil || len(data) != 1 {
		t.Fatalf("data directories: %v %v", data, err)
	}
	lock := fmt.Sprintf("%d\n%s\n0\n5432\n%s\n\n", os.Getpid(), data[0], dir)
	if err := os.WriteFile(filepath.Join(data[0], "postmaster.pid"), []byte(lock), 0o600); err != nil {
		t.Fatal(err)
	}
	url, stop := postgres(t, dir)
	if one := ask(t, url, `select 'one'`); one != "one" {
		t.Errorf("got %q", one)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// A path too long for a socket, and for root a directory that nobody can
// reach: t.TempDir makes its own with mode 0700.
func TestPostgresInAwkwardPlaces(t *testing.T) {
	t.Setenv("TMPDIR", clusterDir(t))
	if err := os.MkdirAll(os.TempDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{
		"long":       filepath.Join(clusterDir(t), strings.Repeat("a", 110)),
		"of our own": filepath.Join(private(t), "pg"),
	} {
		t.Run(name, func(t *testing.T) {
			url, stop := postgres(t, dir)
			if one := ask(t, url, `select 'one'`); one != "one" {
				t.Errorf("got %q", one)
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Another process has just made its directory and not yet written what it stands for.
func TestPostgresLeavesADirectoryThatIsBeingMade(t *testing.T) {
	if os.Geteuid() != 0 {
		return // only root's Postgres lives elsewhere
	}
	t.Setenv("TMPDIR", clusterDir(t))
	beginning := filepath.Join(os.TempDir(), "resident-graph-beginning")
	if err := os.MkdirAll(beginning, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(beginning, "stands-for"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop := postgres(t, filepath.Join(private(t), "pg"))
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(beginning); err != nil {
		t.Errorf("it is gone: %v", err)
	}
}

func TestPostgresFromNpm(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil {
		t.Fatal("npm is missing: the tests need Node.js 20 or later with npm, as the README says")
	}
	t.Setenv("POSTGRES_BIN", "npm")
	url, stop := postgres(t, clusterDir(t))
	if version := ask(t, url, `select version()`); !strings.HasPrefix(version, "PostgreSQL 18") {
		t.Errorf("got %s", version)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// private is a directory that only we may enter.
func private(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(clusterDir(t), "private")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// clusterDir is a directory whose parents everybody may enter, unlike
// t.TempDir for a test that runs as root.
func clusterDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sandbox-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "pg")
}
