package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// The files of a journal.
const (
	acceptedFile = "upstream.jsonl"
	arrivedFile  = "arrivals.jsonl"
	sentFile     = "publisher.jsonl"
)

// journal is what a test compares Resident Graph's account with: every request for a write that arrived and cannot be taken
// twice, every write that a service accepted, kept before its answer, and every message that the hub sent. Each line is on the disk before anything goes on. A nil journal keeps
// nothing.
type journal struct {
	faults *faults

	mu                      sync.Mutex
	accepted, arrived, sent *os.File
}

// acceptedWrite is one line of upstream.jsonl, and of arrivals.jsonl. Ids are upper-case hex SHA-256, as IDA sends them.
type acceptedWrite struct {
	At       time.Time `json:"at"`
	Mutation string    `json:"mutation"` // what it is called at Resident Graph
	Resident string    `json:"resident"`
	// Input is the type of a new VID, the mask of one that is revoked or has its card made, BIO_FACE=true DEMO=false, or a
	// partner and the attributes that it is to have.
	Input string `json:"input"`
	// Request is the id that came with a lock or with a request for a credential; VID and Masked are the number that was
	// made or revoked, or whose card is made.
	Request string `json:"request,omitempty"`
	VID     string `json:"vid,omitempty"`
	Masked  string `json:"masked,omitempty"`
}

// sentMessageRecord is one line of publisher.jsonl.
type sentMessageRecord struct {
	At     time.Time `json:"at"`
	Topic  string    `json:"topic"`
	Hash   string    `json:"hash"`   // SHA-256 of the bytes that were sent
	Status int       `json:"status"` // 0: no answer
	Signed bool      `json:"signed"`
}

// openJournal makes the files in dir, or goes on at their end; "" answers nil.
func openJournal(dir string, f *faults) (j *journal, err error) {
	if dir == "" {
		return nil, nil
	}
	j = &journal{faults: f}
	const flags = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if j.accepted, err = os.OpenFile(filepath.Join(dir, acceptedFile), flags, 0o600); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if j.arrived, err = os.OpenFile(filepath.Join(dir, arrivedFile), flags, 0o600); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if j.sent, err = os.OpenFile(filepath.Join(dir, sentFile), flags, 0o600); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return j, nil
}

// begin has the process not die of a fault between a write and its line. The write calls end whatever becomes of it;
// calling it again changes nothing.
func (j *journal) begin() (end func()) {
	if j == nil {
		return func() {}
	}
	j.faults.writing.RLock()
	return sync.OnceFunc(j.faults.writing.RUnlock)
}

// accept keeps a write of a service that is done and not answered yet, and ends what begin began. The service's fault
// may end it here: then the answer never comes.
func (j *journal) accept(service string, w acceptedWrite, end func()) error {
	if j == nil {
		return nil
	}
	w.At = time.Now().UTC()
	err := j.keep(j.accepted, w)
	end()
	if err != nil {
		return err
	}
	j.faults.afterWrite(service)
	return nil
}

// note keeps a message that the hub sent and what came back. A hub that cannot write its journal stops the process: a
// test must not go on with half an account.
func (j *journal) note(topic, hash string, status int) {
	if j == nil {
		return
	}
	if err := j.keep(j.sent, sentMessageRecord{time.Now().UTC(), topic, hash, status, true}); err != nil {
		panic("sandbox: " + err.Error())
	}
}

func (j *journal) keep(file *os.File, line any) error {
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := file.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func (j *journal) close() {
	if j != nil {
		_ = j.accepted.Close()
		_ = j.arrived.Close()
		_ = j.sent.Close()
	}
}

// vidWrite is the line of a VID that was made or revoked.
func vidWrite(mutation string, one *vid) acceptedWrite {
	last := len(one.Number) - 2
	w := acceptedWrite{Mutation: mutation, Resident: upperHash(one.UIN), Input: vidType(one.Type), VID: upperHash(one.Number),
		Masked: one.Number[:1] + strings.Repeat("X", last-1) + one.Number[last:]}
	if mutation == "revokeVid" {
		w.Input = w.Masked
	}
	return w
}

// vidType is what a type of VIDs is called at Resident Graph.
func vidType(t string) string {
	if t == "ONETIMEUSE" {
		return "ONE_TIME_USE"
	}
	return t
}

// lockWrite is the line of a change of locks.
func lockWrite(uin string, items []authTypeItem, locks []lock) acceptedWrite {
	var asked []string
	for i, l := range locks {
		name := strings.ToUpper(strings.ReplaceAll(l.Code, "-", "_"))
		asked = append(asked, fmt.Sprintf("%s=%t", name, *items[i].Locked))
	}
	slices.Sort(asked)
	return acceptedWrite{Mutation: "setAuthLocks", Resident: upperHash(uin), Input: strings.Join(asked, " "),
		Request: text(items[0].RequestID)}
}
