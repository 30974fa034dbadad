package pagecache

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/gzip"
)

// Key names a page.
type Key struct {
	Lang    string
	Path    string // with the query
	Version int64  // of all that the page shows
}

// Page is a rendered page without the one piece that is the visitor's own.
type Page struct {
	Status int
	ETag   string // of the page as most visitors see it

	head, tail []byte
	common     string
	gzipped    func() []byte // with common
}

// NewPage makes a page of body, in which mark stands once, in place of the visitor's
// own piece. Most visitors have the common piece.
func NewPage(status int, body []byte, mark, common string) (*Page, error) {
	head, tail, ok := bytes.Cut(body, []byte(mark))
	if !ok || bytes.Contains(tail, []byte(mark)) {
		return nil, errors.New("a cached page has one place for what is the visitor's own")
	}
	p := &Page{Status: status, ETag: `W/"` + strconv.FormatUint(xxhash.Sum64(body), 16) + `"`, head: head, tail: tail, common: common}
	p.gzipped = sync.OnceValue(func() []byte { return p.pack(common) })
	return p, nil
}

// Size is about how many bytes the page takes.
func (p *Page) Size() int { return (len(p.head) + len(p.tail)) * 5 / 4 }

// Plain returns the page with the piece put in.
func (p *Page) Plain(piece string) []byte {
	return slices.Concat(p.head, []byte(piece), p.tail)
}

// Gzip returns the page with the piece put in as a gzip file. The caller must not change it.
func (p *Page) Gzip(piece string) []byte {
	if piece == p.common {
		return p.gzipped()
	}
	return p.pack(piece)
}

// Packers are used again, because each takes up to a megabyte.
var packers = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, 5) // a level that exists is no error
	return w
}}

func (p *Page) pack(piece string) []byte {
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	var out bytes.Buffer
	out.Grow((len(p.head) + len(p.tail)) / 3) // more than enough, as a rule
	w.Reset(&out)
	for _, part := range [][]byte{p.head, []byte(piece), p.tail} {
		w.Write(part) // to memory, which does not fail
	}
	w.Close()
	return out.Bytes()
}
