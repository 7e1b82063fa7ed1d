package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/resident-graph/resident-graph/config"
	"github.com/resident-graph/resident-graph/observe"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/keycloak"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
)

// rotateCommand is the argument that rotates instead of serving.
const rotateCommand = "rotate-data-key"

const rotateHelp = `resident-graph rotate-data-key gives personal data at rest a new data key while the server runs.

It makes the key, waits for DATA_KEY_GRACE until no replica seals with an older one, seals anew what is sealed with
one, waits for a third of DATA_KEY_GRACE, and drops the older keys. It can be ended at any moment: run again, it goes
on where it was. It needs DATABASE_URL, KEYMANAGER_URL, KEYCLOAK_TOKEN_URL, KEYCLOAK_CLIENT_ID and
KEYCLOAK_CLIENT_SECRET, and DATA_KEY_GRACE as the server has it.

`

// rotate runs the command with the arguments that follow its name, and says on out how far it is.
func rotate(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet(rotateCommand, flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() {
		fmt.Fprint(out, rotateHelp)
		flags.PrintDefaults()
	}
	noWait := flags.Bool("no-wait", false, "say when to run it again, and end, instead of waiting")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("%s takes no arguments: %d given", rotateCommand, flags.NArg())
	}
	cfg, err := config.Load(os.Environ())
	if err != nil {
		return err
	}
	if err := cfg.ValidateForRotation(); err != nil {
		return err
	}
	cfg.DatabaseMax = max(cfg.DatabaseMax, 2) // one holds the lock of the rotation
	pool, err := openPostgres(ctx, cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	u, shared := cfg.Upstream, upstream.Transport()
	keys := keymanager.New(upstream.New(upstream.Options{Service: "keymanager", BaseURL: u.KeymanagerURL, Timeout: u.Timeout,
		Tokens:    keycloak.New(u.KeycloakTokenURL, u.KeycloakClientID, string(u.KeycloakSecret), shared),
		Transport: shared, Log: observe.NewLog(os.Stderr, slog.LevelError)}))
	rotation := &resident.Rotation{Vault: resident.NewVault(keys, store.New(pool), cfg.DataKey.Grace), Wait: !*noWait,
		Say: func(format string, values ...any) {
			fmt.Fprintf(out, time.Now().UTC().Format(time.TimeOnly)+" "+format+"\n", values...)
		}}
	return rotation.Run(ctx)
}
