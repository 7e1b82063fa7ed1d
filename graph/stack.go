package graph

import "runtime/debug"

// stack answers where a panic came from; it holds names of functions and no values of ours.
func stack() string { return string(debug.Stack()) }
