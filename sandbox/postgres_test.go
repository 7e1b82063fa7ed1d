package sandbox_test

import (
	"os"
	"path/filepath"
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
