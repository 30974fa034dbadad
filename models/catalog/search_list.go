package catalog

import (
	"strconv"
	"strings"
)

// Databases hand over thousands of numbers as one text, [1,2,3] or {1,2,3}: reading so many rows
// costs more than finding them.

func parseList(list string) (numbers []int64) {
	for part := range strings.SplitSeq(strings.Trim(list, "[]{}"), ",") {
		if n, err := strconv.ParseInt(part, 10, 64); err == nil { // an empty list has one part that is none
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// parseHits returns hits from a list of products and one with the rank of each, doubled, and 1
// added to it if the product is in stock.
func parseHits(ids, ranks string) []hit {
	products, both := parseList(ids), parseList(ranks)
	hits := make([]hit, len(products))
	for i, id := range products {
		hits[i] = hit{id: id, rank: both[i] >> 1, soldOut: both[i]&1 == 0}
	}
	return hits
}

// idList returns the hits' products, with commas in between.
func idList(hits []hit) string {
	var list []byte
	for i, h := range hits {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, h.id, 10)
	}
	return string(list)
}
