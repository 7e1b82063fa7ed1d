package hub

import "sync"

// retention is how many records a topic keeps for those who are behind.
const retention = 100_000

// topicLog is the records of a topic that somebody still has to receive,
// numbered without a gap from first on.
type topicLog struct {
	name       string
	registered bool // belongs to Hub.mu
	// appending is held from the choice of a number until the record is in
	// the log, writing it to the Store included; mu for moments only.
	appending sync.Mutex

	mu      sync.Mutex
	limit   int
	first   int64
	records [][]byte
}

func newTopicLog(name string) *topicLog { return &topicLog{name: name, limit: retention} }

// next is the number of the next record.
func (l *topicLog) next() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first + int64(len(l.records))
}

// append adds a record. When the log was full the oldest record makes room:
// then dropped is its number, otherwise -1.
func (l *topicLog) append(body []byte) (dropped int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, body)
	if len(l.records) <= l.limit {
		return -1
	}
	l.drop(1)
	return l.first - 1
}

// read returns up to n records and the number of the first of them, which is
// greater than from when older ones have been dropped.
func (l *topicLog) read(from int64, n int) (start int64, batch [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	start = max(from, l.first)
	index := min(int(start-l.first), len(l.records))
	end := min(index+n, len(l.records))
	return start, append([][]byte(nil), l.records[index:end]...)
}

// trim drops the records before to, and returns the numbers dropped: from …
// until-1.
func (l *topicLog) trim(to int64) (from, until int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from = l.first
	if n := min(to-l.first, int64(len(l.records))); n > 0 {
		l.drop(int(n))
	}
	return from, l.first
}

func (l *topicLog) drop(n int) {
	clear(l.records[:n]) // the slice keeps its array for a while
	l.records = l.records[n:]
	l.first += int64(n)
}
