//go:build !failpoints

package resident

func failpoint(string) {}
