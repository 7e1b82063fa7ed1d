// Package web holds the front ends: built by Vite into dist, embedded in the binary, served from the same origin
// as the API. A fresh clone compiles before they are built.
package web

import (
	"embed"
	"net/http"
)

// The embed directive asks for a package variable; nothing else reads it. `all:` takes in dist/.gitkeep, without which
// an unbuilt clone would not compile.
//
//go:embed all:dist
var dist embed.FS

// Options is what a front end has to be told about the server it is served by.
type Options struct {
	// SandboxURL is the page that lists the sandbox's residents. Empty where there is no sandbox.
	SandboxURL string
}

// Playground answers GET and HEAD of /playground and everything below it: the page, its hashed assets and
// config.json. Until the front end is built the page is a 503.
func Playground(o Options) http.Handler {
	return newPlayground(dist, o)
}
