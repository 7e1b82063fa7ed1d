// Package file writes the objects of a PDF file: numbering, syntax, compression, the cross-reference table and AES-256.
// It knows neither pages nor text. What it writes follows ISO 32000-1 and, where encrypted, ISO 32000-2.
package file

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Writer writes one file from front to back. Its first error is kept and answered by Close.
type Writer struct {
	out     *bufio.Writer
	sum     hash.Hash
	at      int64
	offsets []int64 // by object number, 0 while unwritten
	crypt   *encryption
	zipped  bytes.Buffer
	zip     *zlib.Writer
	err     error
}

// NewWriter begins a file on w. With a password the file opens with that alone.
func NewWriter(w io.Writer, password string) (*Writer, error) {
	f := &Writer{out: bufio.NewWriterSize(w, 64<<10), sum: sha256.New(), offsets: []int64{0}}
	f.zip = zlib.NewWriter(&f.zipped)
	if password != "" {
		var err error
		if f.crypt, err = newEncryption(password); err != nil {
			return nil, err
		}
	}
	// Four bytes above 127 tell whoever transfers the file that it is not text.
	f.write([]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"))
	return f, nil
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *Writer) write(p []byte) {
	if w.err != nil {
		return
	}
	if _, err := w.out.Write(p); err != nil {
		w.fail(fmt.Errorf("write the PDF: %w", err))
		return
	}
	w.sum.Write(p)
	w.at += int64(len(p))
}

// New reserves the number of an object that is written later, once.
func (w *Writer) New() Ref {
	w.offsets = append(w.offsets, 0)
	return Ref(len(w.offsets) - 1)
}

// Add writes v as a new object.
func (w *Writer) Add(v any) Ref {
	ref := w.New()
	w.Set(ref, v)
	return ref
}

// Set writes v under a number that New answered.
func (w *Writer) Set(ref Ref, v any) {
	w.begin(ref)
	w.write(append(w.object(nil, v), "\nendobj\n"...))
}

func (w *Writer) begin(ref Ref) {
	if w.offsets[ref] != 0 {
		w.fail(fmt.Errorf("pdf: object %d was written before", ref))
	}
	w.offsets[ref] = w.at
	w.write(fmt.Appendf(nil, "%d 0 obj\n", int(ref)))
}

// SetStream writes data under ref with d as its dictionary, compressed unless d names a filter or says that it is
// metadata, which programs that know no PDF look for.
func (w *Writer) SetStream(ref Ref, d Dict, data []byte) {
	entries := Dict{}
	for k, v := range d {
		entries[k] = v
	}
	if d["Filter"] == nil && d["Type"] != Name("Metadata") {
		w.zipped.Reset()
		w.zip.Reset(&w.zipped)
		if _, err := w.zip.Write(data); err != nil {
			w.fail(err)
		}
		if err := w.zip.Close(); err != nil {
			w.fail(err)
		}
		data = w.zipped.Bytes()
		entries["Filter"] = Name("FlateDecode")
	}
	if w.crypt != nil {
		data = w.crypt.seal(data)
	}
	entries["Length"] = len(data)
	w.begin(ref)
	w.write(append(w.object(nil, entries), "\nstream\n"...))
	w.write(data)
	w.write([]byte("\nendstream\nendobj\n"))
}

// AddStream is SetStream for a new object.
func (w *Writer) AddStream(d Dict, data []byte) Ref {
	ref := w.New()
	w.SetStream(ref, d, data)
	return ref
}

// Close writes the catalog, the cross-reference table and the trailer. The file's identifier is the digest of what
// precedes it, so that the same objects make the same file.
func (w *Writer) Close(catalog Dict, info Ref) error {
	trailer := Dict{"Info": info}
	if w.crypt != nil {
		// AES-256 came with ISO 32000-2; a reader of 1.7 knows it by this extension level.
		catalog["Extensions"] = Dict{"ADBE": Dict{"BaseVersion": Name("1.7"), "ExtensionLevel": 8}}
	}
	trailer["Root"] = w.Add(catalog)
	id := Bytes(w.sum.Sum(nil)[:16])
	if w.crypt != nil {
		entries := w.crypt.dict()
		// The strings that open the file are themselves not encrypted.
		w.crypt = nil
		trailer["Encrypt"] = w.Add(entries)
	}
	trailer["ID"] = Array{id, id}
	trailer["Size"] = len(w.offsets)
	start := w.at
	w.write(w.table())
	w.write(append(w.object([]byte("trailer\n"), trailer), fmt.Sprintf("\nstartxref\n%d\n%%%%EOF\n", start)...))
	if w.err != nil {
		return w.err
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write the PDF: %w", err)
	}
	return nil
}

func (w *Writer) table() []byte {
	dst := fmt.Appendf(nil, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets))
	for _, offset := range w.offsets[1:] {
		if offset == 0 {
			w.fail(errors.New("pdf: a reserved object was never written"))
		}
		dst = fmt.Appendf(dst, "%010d 00000 n \n", offset)
	}
	return dst
}
