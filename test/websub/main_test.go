// Package websub shows that the running server is a WebSub subscriber to the letter of the W3C Recommendation of 23
// January 2018: the fourteen subscriber tests of websub.rocks under their numbers, and what the Recommendation, MOSIP's
// hub and hostile strangers ask beyond them. The server is the real binary. It meets a publisher and a hub that are made
// here, which keep to the Recommendation and can misbehave as a test demands, and the sandbox's hub in both of its modes.
package websub

import (
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
