// Package audit writes records to MOSIP's audit manager.
package audit

import (
	"context"
	"net/http"
	"time"
	"unicode/utf16"

	"github.com/resident-graph/resident-graph/upstream"
)

// EventType is the outcome that a record states.
type EventType string

const (
	Success EventType = "Success"
	Failure EventType = "Failure"
	Info    EventType = "INFO"
)

// Entry is one record. It holds no name: SessionUser is a pseudonym of the caller, and an individual id goes only as
// its hash.
type Entry struct {
	EventID, EventName string // as in Resident Services' own list, for example RES-SER-117
	EventType          EventType
	At                 time.Time
	HostName, HostIP   string // of this server
	SessionUser        string // the pairwise subject of the session; "" without a session
	IDHash             string // upstream.RefHash of the individual id; "" without one
	IDType             string // UIN, VID or AID
	ModuleName         string
	ModuleID           string
	Description        string
}

// Client speaks to the audit manager; its base URL ends in /v1/auditmanager.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

type wireRecord struct {
	EventID         string `json:"eventId"`
	EventName       string `json:"eventName"`
	EventType       string `json:"eventType"`
	ActionTimeStamp string `json:"actionTimeStamp"`
	HostName        string `json:"hostName"`
	HostIP          string `json:"hostIp"`
	ApplicationID   string `json:"applicationId"`
	ApplicationName string `json:"applicationName"`
	SessionUserID   string `json:"sessionUserId"`
	SessionUserName string `json:"sessionUserName"`
	ID              string `json:"id"`
	IDType          string `json:"idType"`
	CreatedBy       string `json:"createdBy"`
	ModuleName      string `json:"moduleName"`
	ModuleID        string `json:"moduleId"`
	Description     string `json:"description"`
}

// Record writes one record and returns when the audit manager has taken it. Texts are cut to its limits, since it
// refuses a record for one character too many. It is sent once; whoever repeats it may write it twice.
func (c *Client) Record(ctx context.Context, e Entry) error {
	const operation = "record"
	done, err := upstream.Do[struct{ Status bool }](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodPost, Path: "/audits", Body: upstream.Wrap("", "", e.wire()),
	})
	if err == nil && !done.Status {
		return c.up.Garbled(operation, "not-recorded", nil)
	}
	return err
}

func (e Entry) wire() wireRecord {
	const nobody = "UnknownSessionId"
	return wireRecord{
		EventID: text(e.EventID, "UNKNOWN", 64), EventName: text(e.EventName, "Unknown", 128),
		EventType: text(string(e.EventType), string(Info), 64), ActionTimeStamp: upstream.Timestamp(e.At),
		HostName: text(e.HostName, "unknown", 128), HostIP: text(e.HostIP, "0.0.0.0", 256),
		ApplicationID: "RES_SER", ApplicationName: "Resident Service",
		SessionUserID: text(e.SessionUser, nobody, 256), SessionUserName: text(e.SessionUser, nobody, 128),
		CreatedBy: text(e.SessionUser, nobody, 256),
		ID:        text(e.IDHash, "NO_ID", 64), IDType: text(e.IDType, "NO_ID_TYPE", 64),
		ModuleName: text(e.ModuleName, "", 128), ModuleID: text(e.ModuleID, "", 64),
		Description: text(e.Description, "", 2048),
	}
}

// text fills an empty field and cuts a long one between two characters; the limit counts UTF-16 units, as Java does.
func text(s, fallback string, limit int) string {
	if s == "" {
		return fallback
	}
	units := 0
	for at, r := range s {
		if units += max(utf16.RuneLen(r), 1); units > limit {
			return s[:at]
		}
	}
	return s
}
