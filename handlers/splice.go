package handlers

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"sync"
)

// spliced is a page in two parts, each compressed by itself, so that the piece
// between them can be put in at every answer without compressing the page again.
// (A gzip file is a row of blocks, and a block may be stored as it is.)
type spliced struct {
	head, tail []byte
	packed     func() packedParts // made when first asked for
}

type packedParts struct {
	head    []byte // blocks, the last one ends on a whole byte
	tail    []byte // blocks, the last one marked as such
	headCRC uint32
}

func newSpliced(head, tail []byte) *spliced {
	return &spliced{head: head, tail: tail, packed: sync.OnceValue(func() packedParts {
		return packedParts{
			// Flush ends on a whole byte; after Close's mark a reader would stop.
			head:    deflate(head, (*flate.Writer).Flush),
			tail:    deflate(tail, (*flate.Writer).Close),
			headCRC: crc32.ChecksumIEEE(head),
		}
	})}
}

// deflaters are used again: each takes most of a megabyte.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, keptGzip) // a level that exists is no error
	return w
}}

// deflate packs b and ends as end does. Writing to memory does not fail.
func deflate(b []byte, end func(*flate.Writer) error) []byte {
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	w.Write(b)
	end(w)
	return out.Bytes()
}

var gzipHeader = []byte{0x1f, 0x8b, 8 /* deflate */, 0, 0, 0, 0, 0, 0, 255 /* of no system */}

// maxPiece is the longest piece that can be put in: the length of a stored block.
const maxPiece = 1<<16 - 1

// gzip returns the page with the piece put in, as a gzip file.
func (s *spliced) gzip(piece string) []byte {
	parts := s.packed()
	out := make([]byte, 0, len(gzipHeader)+len(parts.head)+5+len(piece)+len(parts.tail)+8)
	out = append(out, gzipHeader...)
	out = append(out, parts.head...)
	n := uint16(len(piece))
	out = append(out, 0 /* stored, not the last */)
	out = binary.LittleEndian.AppendUint16(out, n)
	out = binary.LittleEndian.AppendUint16(out, ^n)
	out = append(out, piece...)
	out = append(out, parts.tail...)
	sum := crc32.Update(parts.headCRC, crc32.IEEETable, []byte(piece))
	sum = crc32.Update(sum, crc32.IEEETable, s.tail)
	out = binary.LittleEndian.AppendUint32(out, sum)
	return binary.LittleEndian.AppendUint32(out, uint32(s.len()+len(piece)))
}

// plain returns the page with the piece put in.
func (s *spliced) plain(piece string) []byte {
	out := make([]byte, 0, s.len()+len(piece))
	out = append(out, s.head...)
	out = append(out, piece...)
	return append(out, s.tail...)
}

func (s *spliced) len() int { return len(s.head) + len(s.tail) }
