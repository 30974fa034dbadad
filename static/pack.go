package static

import (
	"bytes"
	"compress/gzip"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
)

// packBrotli returns b compressed as well as brotli can: it is done once.
func packBrotli(b []byte) []byte {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestCompression)
	w.Write(b) // writing to memory does not fail
	w.Close()
	return out.Bytes()
}

// packGzip returns b compressed as well as gzip can.
func packGzip(b []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // a level that exists is no error
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
