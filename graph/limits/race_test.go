//go:build race

package limits

// slowdown is what the race detector makes of time.
const slowdown = 20
