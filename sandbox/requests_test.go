package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox"
)

func TestCredentialRequestsTellHowTheyStand(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.Options{})
	if a := c.send(http.MethodGet, "/v1/credentialrequest/get/1", nil); a.codes() != "IDR-CRG-003" {
		t.Errorf("an unknown request: %s", a.body)
	}
	c.control(http.MethodPut, "/sandbox/credential", map[string]any{"requestId": "1", "id": "2", "statusCode": "STORED", "url": "http://x"}, nil)
	if a := c.send(http.MethodGet, "/v1/credentialrequest/get/1", nil); a.codes() != "" || string(a.Response) != `{"requestId":"1","id":"2","statusCode":"STORED","url":"http://x"}` {
		t.Errorf("a stored card: %s", a.body)
	}
}

func TestPacketsTellHowTheyStand(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.Options{})
	c.control(http.MethodPut, "/sandbox/packet", map[string]any{"aid": "7", "status": "PROCESSING",
		"steps": []map[string]any{{"transactionTypeCode": "PACKET_RECEIVER", "statusCode": "SUCCESS", "at": time.Unix(0, 0)}}}, nil)
	at := func(ago time.Duration) string { return time.Now().UTC().Add(-ago).Format("2006-01-02T15:04:05.000Z") }
	search := func(id, requestTime string, aids ...string) answer {
		var list []map[string]string
		for _, aid := range aids {
			list = append(list, map[string]string{"registrationId": aid})
		}
		return c.send(http.MethodPost, "/registrationprocessor/v1/registrationstatus/externalstatus/search",
			map[string]any{"id": id, "version": "1.0", "requesttime": requestTime, "request": list})
	}
	const right = "mosip.registration.external.status"
	if a := search(right, at(2*time.Hour), "7", "8"); a.codes() != "RPR-RGS-031" || !strings.Contains(string(a.Response), `"statusCode":"PROCESSING"`) {
		t.Errorf("a known and an unknown packet: %s", a.body)
	}
	for code, a := range map[string]answer{"RPR-RGS-024": search("wrong", at(0), "7"), "RPR-RGS-021": search("", at(0), "7"),
		"RPR-RGS-020": search(right, "", "7"), "RPR-RGS-023": search(right, at(4*time.Hour), "7")} {
		if a.codes() != code+",RPR-RGS-015" || string(a.Response) != "null" {
			t.Errorf("want %s: %s", code, a.body)
		}
	}
	steps := "/registrationprocessor/v1/registrationtransaction/search/"
	if a := c.send(http.MethodGet, steps+"7", nil); !strings.Contains(string(a.Response), `"createdDateTimes":"1970-01-01T00:00:00.000Z"`) {
		t.Errorf("steps: %s", a.body)
	}
	if a := c.send(http.MethodGet, steps+"8", nil); a.codes() != "RPR-RTS-001" {
		t.Errorf("steps of an unknown packet: %s", a.body)
	}
}
