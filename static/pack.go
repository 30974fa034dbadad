package static

import (
	"bytes"
	"compress/gzip"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
)

// The best quality each compression has, for what is packed once.
const (
	BestBrotli = brotli.BestCompression
	BestGzip   = gzip.BestCompression
)

// Brotli returns b compressed at the given quality, 0 to 11.
func Brotli(b []byte, quality int) []byte {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, quality)
	w.Write(b) // writing to memory does not fail
	w.Close()
	return out.Bytes()
}

// Gzip returns b compressed at the given level, 1 to 9.
func Gzip(b []byte, level int) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		w = gzip.NewWriter(&out) // no such level
	}
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// Negotiate picks what to answer with from the request's Accept-Encoding: the first
// of the offered encodings that it accepts, "" for none.
func Negotiate(accept string, offers ...string) string {
	for _, offer := range offers {
		for part := range strings.SplitSeq(accept, ",") {
			name, parameters, _ := strings.Cut(part, ";")
			if strings.TrimSpace(name) == offer && acceptable(parameters) {
				return offer
			}
		}
	}
	return ""
}

// acceptable reports whether the parameters of an encoding are not q=0, "not this one".
func acceptable(parameters string) bool {
	q, ok := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
	if !ok {
		return true
	}
	weight, err := strconv.ParseFloat(q, 64)
	return err == nil && weight > 0
}
