package handlers

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"

	quickflate "github.com/klauspost/compress/flate"
)

// spliced is a page in parts, each compressed by itself, so that a piece can be
// put in behind the first at every answer without compressing the page again, and
// a part can be shared by several pages. (A gzip file is a row of blocks, and a
// block may be stored as it is.)
type spliced struct {
	head *part
	rest []*part
}

type part struct {
	plain  []byte
	packed func() []byte // blocks that end on a whole byte; made when first asked for
	shared bool          // by several pages
}

func newPart(plain []byte, shared bool) *part {
	return &part{plain: plain, shared: shared, packed: sync.OnceValue(func() []byte {
		w := deflaters.Get().(*flate.Writer)
		defer deflaters.Put(w)
		var out bytes.Buffer
		w.Reset(&out)
		w.Write(plain) // to memory, which does not fail
		w.Flush()      // ends on a whole byte; after Close's mark a reader would stop
		return out.Bytes()
	})}
}

// Deflaters are used again: each takes up to a megabyte. A level that exists is no
// error.
var (
	deflaters = sync.Pool{New: func() any {
		w, _ := flate.NewWriter(nil, keptGzip)
		return w
	}}
	quickDeflaters = sync.Pool{New: func() any {
		w, _ := quickflate.NewWriter(nil, quickflate.BestSpeed)
		return w
	}}
)

var (
	gzipHeader = []byte{0x1f, 0x8b, 8 /* deflate */, 0, 0, 0, 0, 0, 0, 255 /* of no system */}
	lastBlock  = []byte{3, 0} // empty
)

// maxPiece is the longest piece that can be put in: the length of a stored block.
const maxPiece = 1<<16 - 1

// gzip returns the page with the piece put in, as a gzip file.
func (s *spliced) gzip(piece string) []byte {
	out := make([]byte, 0, s.len()/2+len(piece)) // more than enough, as a rule
	out = append(out, gzipHeader...)
	out = append(out, s.head.packed()...)
	n := uint16(len(piece))
	out = append(out, 0 /* stored, not the last */)
	out = binary.LittleEndian.AppendUint16(out, n)
	out = binary.LittleEndian.AppendUint16(out, ^n)
	out = append(out, piece...)
	for _, p := range s.rest {
		out = append(out, p.packed()...)
	}
	out = append(out, lastBlock...)
	return append(out, s.trailer(piece)...)
}

// quickGzip is gzip for a page that may not be asked for again: a little larger,
// and made in a fraction of the time. Only what was packed of shared parts is kept.
func (s *spliced) quickGzip(piece string) []byte {
	w := quickDeflaters.Get().(*quickflate.Writer)
	defer quickDeflaters.Put(w)
	var out bytes.Buffer
	out.Grow(s.len() / 3)
	out.Write(gzipHeader)
	w.Reset(&out)
	w.Write(s.head.plain)
	io.WriteString(w, piece)
	for _, p := range s.rest {
		if p.shared {
			w.Flush()
			out.Write(p.packed())
			w.Reset(&out)
		} else {
			w.Write(p.plain)
		}
	}
	w.Close()
	out.Write(s.trailer(piece))
	return out.Bytes()
}

// trailer is the end of a gzip file: checksum and length.
func (s *spliced) trailer(piece string) []byte {
	sum := crc32.ChecksumIEEE(s.head.plain)
	sum = crc32.Update(sum, crc32.IEEETable, []byte(piece))
	for _, p := range s.rest {
		sum = crc32.Update(sum, crc32.IEEETable, p.plain)
	}
	end := binary.LittleEndian.AppendUint32(nil, sum)
	return binary.LittleEndian.AppendUint32(end, uint32(s.len()+len(piece)))
}

// plain returns the page with the piece put in.
func (s *spliced) plain(piece string) []byte {
	out := make([]byte, 0, s.len()+len(piece))
	out = append(out, s.head.plain...)
	out = append(out, piece...)
	for _, p := range s.rest {
		out = append(out, p.plain...)
	}
	return out
}

func (s *spliced) len() int {
	n := len(s.head.plain)
	for _, p := range s.rest {
		n += len(p.plain)
	}
	return n
}
