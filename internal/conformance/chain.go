package conformance

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// The known-answer lines, and the key that they were made with.
const (
	knownKey   = "0123456789abcdef0123456789abcdef"
	knownLines = `{"seq":1,"ts":"2026-01-02T03:04:05.000006Z","event":"service.started","mac":"11f1f0067ac0530e55bbbe4d45d1ea9ebcb3c8f21c9074df2d9a6f63d5617afa"}
{"seq":2,"ts":"2026-01-02T03:04:06.000000Z","event":"service.stopped","mac":"c90007fabeec4fbb1541f2c2cfb701bab5b1c99ff976b926e1648dc439f88c76"}
`
)

// tail is the length of what follows the body in a line, without the newline.
const tail = len(`,"mac":"`) + 64 + len(`"}`)

var (
	begin = regexp.MustCompile(`^\{"seq":(0|[1-9][0-9]*),"ts":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z",`)
	ascii = regexp.MustCompile(`^[ -~]*$`)
)

// A Record is one line of an audit log.
type Record struct {
	Seq    int
	Event  string
	MAC    string
	Fields map[string]any
	Line   string
}

// String is the line as it was written.
func (r Record) String() string { return r.Line }

// text is a field as text; "" is one that is not there.
func (r Record) text(name string) string {
	if v, found := r.Fields[name]; found {
		return fmt.Sprint(v)
	}
	return ""
}

// A head is where a chain stands.
type head struct {
	seq int
	mac []byte
}

// genesis is the head before the first record.
func genesis() head { return head{mac: make([]byte, 32)} }

// Verify reads a chain from its beginning. It returns the records before the
// first that is wrong, and what is wrong with that.
func Verify(log []byte, key string) ([]Record, error) {
	records, _, err := verifyFrom(genesis(), log, key)
	return records, err
}

func verifyFrom(h head, log []byte, key string) (records []Record, last head, err error) {
	for n, line := range bytes.SplitAfter(log, []byte("\n")) {
		if len(line) == 0 {
			break
		}
		body, isLine := bytes.CutSuffix(line, []byte("\n"))
		record, err := parseRecord(string(body))
		switch {
		case !isLine:
			return records, h, fmt.Errorf("line %d is torn", n+1)
		case err != nil:
			return records, h, fmt.Errorf("line %d: %w", n+1, err)
		case record.Seq != h.seq+1:
			return records, h, fmt.Errorf("line %d: seq %d after %d", n+1, record.Seq, h.seq)
		}
		mac := chained(key, h.mac, string(body[:len(body)-tail])+"}")
		if record.MAC != hex.EncodeToString(mac) {
			return records, h, fmt.Errorf("line %d: the mac is wrong", n+1)
		}
		records = append(records, record)
		h = head{record.Seq, mac}
	}
	return records, h, nil
}

// parseRecord checks the form of a line.
func parseRecord(line string) (r Record, err error) {
	r.Line = line
	switch {
	case !begin.MatchString(line):
		return r, fmt.Errorf("does not begin with seq and ts: %.60s", line)
	case !ascii.MatchString(line):
		return r, fmt.Errorf("holds more than printable ASCII")
	case len(line) < tail || !strings.HasPrefix(line[len(line)-tail:], `,"mac":"`):
		return r, fmt.Errorf("does not end in the mac")
	}
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&r.Fields); err != nil {
		return r, err
	}
	for name, v := range r.Fields {
		switch v := v.(type) {
		case string:
		case json.Number:
			if _, err := v.Int64(); err != nil {
				return r, fmt.Errorf("%s is no integer", name)
			}
		default:
			return r, fmt.Errorf("%s is neither a string nor an integer", name)
		}
	}
	compact := &bytes.Buffer{}
	if err := json.Compact(compact, []byte(line)); err != nil || compact.String() != line {
		return r, fmt.Errorf("is not compact")
	}
	seq, _ := r.Fields["seq"].(json.Number)
	n, err := seq.Int64()
	r.Seq, r.Event, r.MAC = int(n), r.text("event"), r.text("mac")
	return r, err
}

func chained(key string, previous []byte, body string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write(previous)
	h.Write([]byte(body))
	return h.Sum(nil)
}

// forge makes a chain of n records of our own.
func forge(key string, n int) []byte {
	var out strings.Builder
	mac := genesis().mac
	for seq := 1; seq <= n; seq++ {
		body := fmt.Sprintf(`{"seq":%d,"ts":"2026-01-02T03:04:%02d.%06dZ","event":"http.access","actor":"anonymous",`+
			`"method":"GET","route":"/forged","status":%d}`, seq, seq%60, seq, 200+seq%2)
		mac = chained(key, mac, body)
		fmt.Fprintf(&out, "%s,\"mac\":\"%x\"}\n", body[:len(body)-1], mac)
	}
	return []byte(out.String())
}
