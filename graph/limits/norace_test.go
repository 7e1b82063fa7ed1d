//go:build !race

package limits

// slowdown is what is allowed beside the bound: none.
const slowdown = 1
