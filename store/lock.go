package store

import "github.com/pressly/goose/v3/lock"

// newMigrationLock is a Postgres session lock, so that two replicas that start together migrate once.
func newMigrationLock() (lock.SessionLocker, error) { return lock.NewPostgresSessionLocker() }
