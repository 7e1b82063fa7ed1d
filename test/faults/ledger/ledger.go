// Package ledger is the accounts that a fault test keeps, each written by somebody else, and what the store holds
// at the end. Every line is on the disk before what it tells of goes on. Residents and VIDs are upper-case hex SHA-256.
package ledger

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// The phases of a client's line.
const (
	Sent     = "sent"
	Answered = "answered"
	Silent   = "silent" // there was no answer
)

// Client is one line of C: what a client is about to send, or what came of it.
type Client struct {
	At       time.Time `json:"at"`
	Phase    string    `json:"phase"`
	Resident string    `json:"resident"`
	Mutation string    `json:"mutation"`
	Key      string    `json:"key"`
	Input    string    `json:"input"` // in the words of Upstream.Input
	Event    string    `json:"event,omitempty"`
	Status   string    `json:"status,omitempty"`
	Code     string    `json:"code,omitempty"`
}

// Upstream is one line of U: a write that a service accepted. The sandbox writes it before it answers.
type Upstream struct {
	At       time.Time `json:"at"`
	Mutation string    `json:"mutation"`
	Resident string    `json:"resident"`
	Input    string    `json:"input"`
	Request  string    `json:"request"` // of a lock, or for a credential
	VID      string    `json:"vid"`     // that was made or revoked, or whose card is made
	Masked   string    `json:"masked"`
}

// Arrival is one line of A: a request for a write that upstream cannot take twice, when it arrived and whatever became of
// it. The sandbox writes it before it looks at the request. An arrival has no VID or request id that upstream gives.
type Arrival = Upstream

// Publisher is one line of P: a WebSub message that was sent and the status that came back, 0 for none.
type Publisher struct {
	At     time.Time `json:"at"`
	Topic  string    `json:"topic"`
	Hash   string    `json:"hash"` // SHA-256 of the bytes
	Status int       `json:"status"`
	Signed bool      `json:"signed"` // with the secret that we gave the hub
}

// Subscriber is one line of S: where a client began to follow, or a frame that it saw.
type Subscriber struct {
	At       time.Time `json:"at"`
	Client   string    `json:"client"`
	Resident string    `json:"resident"`
	From     *int64    `json:"from,omitempty"` // the number of the last change before the first frame
	Event    string    `json:"event,omitempty"`
	Status   string    `json:"status,omitempty"`
	Detail   string    `json:"detail,omitempty"`
	Cursor   string    `json:"cursor,omitempty"`
}

// Reading is what a resident was shown of their locks at some time between Asked and Answered; those are left out for which
// a change was pending.
type Reading struct {
	Asked    time.Time       `json:"asked"`
	Answered time.Time       `json:"answered"`
	Resident string          `json:"resident"`
	Locks    map[string]bool `json:"locks"`
}

// Store is what the product's tables hold when all is quiet.
type Store struct {
	Events     []Event
	Keys       []Key
	Changes    []Change // of each resident by rising number
	Deliveries []Delivery
	Shares     []Kept // what belongs to the event of a share
	Cards      []Kept // cards that were made here
}

// Event is one row of the service history.
type Event struct {
	Resident, EventID, RequestType, Status, Detail, RefHash, RequestID, CredentialRequestID string
}

// Kept is a row that belongs to an event.
type Kept struct{ Resident, EventID string }

// Key is one idempotency key.
type Key struct {
	Resident, Mutation, Key, EventID string
	Finished                         bool
}

// Change is one change of one event.
type Change struct {
	Resident string
	Seq      int64
	EventID  string
	Status   string
	Detail   string
}

// Delivery is one row of the inbox.
type Delivery struct {
	Topic, Hash     string
	Applied, Parked bool
}

// Screen is what a resident is shown: live VIDs by type and mask, the locks, and those for which a change is pending.
type Screen struct {
	Vids    map[string]int
	Locks   map[string]bool
	Pending []string
}

// File is a ledger that is being written.
type File struct {
	mu   sync.Mutex
	file *os.File
}

// Open makes a ledger or goes on at its end.
func Open(path string) (*File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return &File{file: file}, nil
}

// Append writes a line and returns when it is on the disk.
func (f *File) Append(line any) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.file.Write(append(text, '\n')); err != nil {
		return err
	}
	return f.file.Sync()
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Read answers all lines of a ledger; none when the file is missing.
func Read[T any](path string) ([]T, error) {
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []T
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one T
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, len(all)+1, err)
		}
		all = append(all, one)
	}
	return all, lines.Err()
}
