package catalog

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"dukani/models"
)

// Bounds of a price list.
const (
	MaxPriceListBytes = 1 << 20
	MaxPriceListLines = 5_000
)

// PriceLine is what a price list says about a product; nil stands for what it leaves as it is.
type PriceLine struct {
	Line     int // in the file, the heading is the first
	Slug     string
	Price    *models.Tetri
	OldPrice *models.Tetri // 0: no reduction any more
	Stock    *int
}

// PriceMistake is something in a price list that cannot be taken.
type PriceMistake struct {
	Line   int
	Column string // "": the line as a whole
	Key    string // of its words; an argument may follow after a space
}

// The columns of a price list. Those that are only for its reader are not read back.
var (
	priceColumns     = []string{"slug", "price", "old_price", "stock"}
	unreadColumns    = []string{"name", "reserved"}
	priceListSigns   = []rune{';', ',', '\t'}
	exportedColumns  = []string{"slug", "name", "price", "old_price", "stock", "reserved"}
	byteOrderMark    = []byte("\ufeff")
	maxPriceMistakes = 200
)

// ReadPriceList reads a table with the columns slug, price, old_price and stock, in any order
// and separated by semicolons, commas or tabs. It returns the lines that can be read,
// and the mistakes in the others, both in the order of the file.
func ReadPriceList(text []byte) ([]PriceLine, []PriceMistake) {
	text = bytes.TrimPrefix(text, byteOrderMark)
	switch {
	case len(text) > MaxPriceListBytes:
		return nil, []PriceMistake{{1, "", "price_list.too_big"}}
	case !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0:
		return nil, []PriceMistake{{1, "", "price_list.not_text"}}
	}
	r := priceReader{csv: csv.NewReader(bytes.NewReader(text)), seen: map[string]int{}}
	r.csv.Comma, r.csv.FieldsPerRecord = separator(text), -1
	r.read()
	return r.lines, r.mistakes
}

// separator is the sign that the heading has most of.
func separator(text []byte) rune {
	heading, _, _ := bytes.Cut(text, []byte("\n"))
	best := priceListSigns[0]
	for _, sign := range priceListSigns {
		if bytes.Count(heading, []byte(string(sign))) > bytes.Count(heading, []byte(string(best))) {
			best = sign
		}
	}
	return best
}

type priceReader struct {
	csv      *csv.Reader
	columns  []string // of the heading, in its order
	seen     map[string]int
	lines    []PriceLine
	mistakes []PriceMistake
}

func (r *priceReader) wrong(line int, column, key string) {
	if len(r.mistakes) < maxPriceMistakes {
		r.mistakes = append(r.mistakes, PriceMistake{line, column, key})
	}
}

func (r *priceReader) read() {
	for {
		record, err := r.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if e, ok := errors.AsType[*csv.ParseError](err); ok {
			r.wrong(e.Line, "", "price_list.quotes") // where the next line begins is a guess from here on
			return
		} else if err != nil {
			r.wrong(1, "", "price_list.not_text")
			return
		}
		line, _ := r.csv.FieldPos(0)
		switch {
		case r.columns == nil:
			if !r.heading(line, record) {
				return
			}
		case strings.Join(record, "") == "": // a line of separators only
		case len(r.lines) == MaxPriceListLines:
			r.wrong(line, "", withArgument("price_list.too_long", MaxPriceListLines))
			return
		default:
			r.line(line, record)
		}
	}
	if r.columns == nil || len(r.lines) == 0 && len(r.mistakes) == 0 {
		r.wrong(1, "", "price_list.empty")
	}
}

// heading reads the names of the columns, and reports whether the lines can be read.
func (r *priceReader) heading(line int, record []string) bool {
	r.columns = []string{}
	for _, cell := range record {
		name := strings.ToLower(strings.TrimSpace(cell))
		switch {
		case name == "" || slices.Contains(unreadColumns, name):
		case !slices.Contains(priceColumns, name):
			r.wrong(line, name, "price_list.column_unknown")
		case slices.Contains(r.columns, name):
			r.wrong(line, name, "price_list.column_twice")
		}
		r.columns = append(r.columns, name)
	}
	if !slices.Contains(r.columns, "slug") {
		r.wrong(line, "slug", "price_list.column_missing")
	} else if len(r.mistakes) == 0 && !slices.ContainsFunc(priceColumns[1:], func(name string) bool { return slices.Contains(r.columns, name) }) {
		r.wrong(line, "", "price_list.nothing_to_change")
	}
	return len(r.mistakes) == 0
}

func (r *priceReader) line(line int, record []string) {
	p, before := PriceLine{Line: line}, len(r.mistakes)
	if len(record) > len(r.columns) {
		r.wrong(line, "", "price_list.too_many_cells")
		return
	}
	for i, cell := range record {
		cell = strings.TrimSpace(strings.TrimPrefix(cell, "'")) // which keeps spreadsheets from calculating
		switch column := r.columns[i]; column {
		case "slug":
			p.Slug = cell
		case "price":
			p.Price = r.amount(line, column, cell)
		case "old_price":
			p.OldPrice = r.amount(line, column, cell)
		case "stock":
			p.Stock = r.units(line, cell)
		}
	}
	switch first, twice := r.seen[p.Slug]; {
	case p.Slug == "":
		r.wrong(line, "slug", "price_list.slug_missing")
	case twice:
		r.wrong(line, "slug", withArgument("price_list.slug_twice", first))
	}
	r.seen[p.Slug] = line
	if len(r.mistakes) == before {
		r.lines = append(r.lines, p)
	}
}

func (r *priceReader) amount(line int, column, cell string) *models.Tetri {
	if cell == "" {
		return nil
	}
	t, ok := models.ReadTetri(cell)
	switch {
	case !ok || strings.ContainsRune(cell, '-'):
		r.wrong(line, column, "price_list.amount")
		return nil
	case t > MaxPrice:
		r.wrong(line, column, "product.price_too_high")
		return nil
	case t == 0 && column == "price":
		r.wrong(line, column, "product.price_positive")
		return nil
	}
	return &t
}

func (r *priceReader) units(line int, cell string) *int {
	if cell == "" {
		return nil
	}
	n, err := strconv.Atoi(cell)
	switch {
	case err != nil:
		r.wrong(line, "stock", "price_list.units")
		return nil
	case n < 0:
		r.wrong(line, "stock", "product.stock_negative")
		return nil
	case n > models.MaxOnHand:
		r.wrong(line, "stock", "product.stock_too_many")
		return nil
	}
	return &n
}
