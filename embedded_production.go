//go:build production

package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/resident-graph/resident-graph/config"
)

// embeddings is empty: a production build holds no sandbox.
type embeddings struct{ url string }

func (*embeddings) stop() error { return nil }

func embed(_ context.Context, cfg *config.Config, _ *slog.Logger) (*embeddings, error) {
	if cfg.Mode != config.Production {
		return nil, errors.New("MODE=sandbox: this build is for production and holds no sandbox")
	}
	return &embeddings{}, nil
}
