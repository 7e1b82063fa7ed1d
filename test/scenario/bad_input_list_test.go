package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// Lists that no page sends: they are refused, or answered like the short list that they mean.
func TestALongListIsRefusedOrMeansTheSame(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0")
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	texts := func(n int, text string) []any { return slices.Repeat([]any{text}, n) }
	changes := slices.Repeat([]any{map[string]any{"type": "DEMO", "locked": true}}, 10_000)
	input := shareInput(c, key("a long list"))
	before := worldOf(t, s, database(t, s))
	for _, n := range []int{100, 1000, 5000, 10_000} {
		input["attributes"] = names(n, "fullName")
		for name, test := range map[string]struct {
			query     string
			variables map[string]any
		}{
			"attributes of a share": {shareInputMutation, map[string]any{"input": input}},
			"attributes of a card":  {cardInputMutation, map[string]any{"input": cardInput(key("a long list"), map[string]any{"attributes": names(n, "phone")})}},
			"changes of locks":      {lockInput, map[string]any{"key": key("a long list"), "changes": changes[:n]}},
		} {
			answer := c.Do(test.query, test.variables)
			code := ""
			if len(answer.Errors) > 0 {
				code, _ = answer.Errors[0].Extensions["code"].(string)
			}
			for _, payload := range answer.Data {
				code, _ = harness.At(payload, "errors", 0, "code").(string)
			}
			if code != "INVALID" && code != "TOO_COSTLY" {
				t.Errorf("%d %s: %q %.300s", n, name, code, fmt.Sprint(answer))
			}
		}
		for name, test := range map[string]struct {
			query     string
			variables map[string]any
		}{
			"names of a sheet":  {`query ($l: [String!]) { viewer { attributes(for: SHARE, names: $l) { name } } }`, map[string]any{"l": texts(n, "phone")}},
			"types of VIDs":     {`query ($l: [VidType!]) { viewer { vids(first: 5, types: $l) { nodes { id } pageInfo { endCursor } } } }`, map[string]any{"l": texts(n, "PERPETUAL")}},
			"groups of history": {`query ($l: [ServiceType!]) { viewer { serviceHistory(first: 5, filter: {serviceTypes: $l}) { nodes { id } } } }`, map[string]any{"l": texts(n, "DATA_SHARE_REQUEST")}},
			"groups of a document": {`mutation ($l: [ServiceType!]) { exportServiceHistory(input: {filter: {serviceTypes: $l}}) { file { url } errors { code path } } }`,
				map[string]any{"l": texts(n, "ID_MANAGEMENT_REQUEST")}},
		} {
			answer := c.Do(test.query, test.variables)
			if link, _ := harness.At(answer.Data, "exportServiceHistory", "file", "url").(string); link != "" {
				if got := fetch(t, s, c, http.MethodGet, link); got.Status != http.StatusOK || len(link) > 2000 {
					t.Errorf("%d %s: a link of %d characters: %d", n, name, len(link), got.Status)
				}
			}
			if len(answer.Errors) > 0 && answer.Errors[0].Extensions["code"] != "INVALID" && answer.Errors[0].Extensions["code"] != "TOO_COSTLY" {
				t.Errorf("%d %s: %+v", n, name, answer.Errors)
			}
		}
	}
	if after := worldOf(t, s, database(t, s)); after.Events != before.Events {
		t.Errorf("%d events more", after.Events-before.Events)
	}
}
