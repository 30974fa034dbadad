package models

import (
	"context"
	"database/sql"
	"strings"
	"unicode"
)

// orderWords are the words by which staff find the person of an order: their name and the
// part of their address before the @, as written and as they sound, and their telephone number.
func orderWords(name, email, phone string) string {
	local, _, _ := strings.Cut(email, "@")
	var words []string
	for _, word := range nameWords(name + " " + local) {
		words = append(words, word)
		if key := PhoneticKey(word); key != word {
			words = append(words, key)
		}
	}
	if digits := localPhone(phone); digits != "" {
		words = append(words, digits)
	}
	return strings.Join(words, " ")
}

// nameWords are the words of s in small letters. Nothing but letters, marks on them and digits
// gets through, so that nothing that is typed can mean something to the index.
func nameWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(TidyLine(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// localPhone is a telephone number, or its beginning, as it is dialled within Georgia: digits
// without 0 or 995.
func localPhone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return asciiDigit(r)
		}
		return -1
	}, s)
	digits = strings.TrimPrefix(digits, "00")
	if rest, ok := strings.CutPrefix(digits, "995"); ok {
		return rest
	}
	return strings.TrimPrefix(digits, "0")
}

// wordIndex is how a database finds orders by words. Its rows are no older than the orders'
// and leave when a person is forgotten.
type wordIndex interface {
	put(tx *Tx, orderID int64, words string) error
	remove(tx *Tx, orderID int64) error
	// match is a condition on table, with its arguments: an order has a word of each group or, with
	// beginnings, one that begins like a word of each group. The table's rowid is the order's id.
	match(groups [][]string, beginnings bool) (table, where string, args []any)
}

// fts5Words is SQLite's full-text index. It yields ids in their order, from either end.
type fts5Words struct{}

func (fts5Words) put(tx *Tx, orderID int64, words string) error {
	return tx.exec("INSERT INTO order_words (rowid, words) VALUES (?, ?)", orderID, words)
}

func (fts5Words) remove(tx *Tx, orderID int64) error {
	return tx.exec("DELETE FROM order_words WHERE rowid = ?", orderID)
}

func (fts5Words) match(groups [][]string, beginnings bool) (table, where string, args []any) {
	end := `"`
	if beginnings {
		end = `"*`
	}
	var all []string
	for _, group := range groups {
		var some []string
		for _, word := range group {
			some = append(some, `"`+word+end)
		}
		all = append(all, "("+strings.Join(some, " OR ")+")")
	}
	return "order_words", "order_words MATCH ?", []any{strings.Join(all, " AND ")}
}

// tsvectorWords is PostgreSQL's full-text index.
type tsvectorWords struct{}

func (tsvectorWords) put(tx *Tx, orderID int64, words string) error {
	return tx.exec("INSERT INTO order_words (rowid, words) VALUES (?, array_to_tsvector(string_to_array(?, ' ')))", orderID, words)
}

func (tsvectorWords) remove(tx *Tx, orderID int64) error { return fts5Words{}.remove(tx, orderID) }

func (tsvectorWords) match(groups [][]string, beginnings bool) (table, where string, args []any) {
	end := "'"
	if beginnings {
		end = "':*"
	}
	var all []string
	for _, group := range groups {
		all = append(all, "('"+strings.Join(group, end+" | '")+end+")")
	}
	return "order_words", "w.words @@ CAST(? AS tsquery)", []any{strings.Join(all, " & ")}
}

// indexOrder has an order found by its person's words.
func indexOrder(tx *Tx, o *Order) error {
	return tx.store.dialect.words.put(tx, o.ID, orderWords(o.Name, o.Email, o.Phone))
}

// fillOrderWords indexes the orders that were placed before there was an index. What it
// writes SQL cannot compute.
func fillOrderWords(ctx context.Context, db *sql.DB) error {
	var filled bool
	if err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM order_words)").Scan(&filled); err != nil || filled {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for after := int64(0); ; {
		found, err := unindexed(ctx, tx, after)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return tx.Commit()
		}
		for _, o := range found {
			if _, err := tx.ExecContext(ctx, "INSERT INTO order_words (rowid, words) VALUES (?, ?)", o.ID, orderWords(o.Name, o.Email, o.Phone)); err != nil {
				return err
			}
			after = o.ID
		}
	}
}

// unindexed returns the next orders after an id that have a person.
func unindexed(ctx context.Context, tx *sql.Tx, after int64) (list []Order, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, name, email, phone FROM orders WHERE id > ? AND email <> '' ORDER BY id LIMIT 1000", after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o Order
		if err := rows.Scan(&o.ID, &o.Name, &o.Email, &o.Phone); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// typedWords are groups of words that were typed, each word with the ways it may sound.
func typedWords(typed string) (groups [][]string) {
	for _, word := range nameWords(typed) {
		if len(groups) == maxTypedWords {
			break
		}
		group := []string{word}
		for _, key := range PhoneticKeys(word) {
			if key != word {
				group = append(group, key)
			}
		}
		groups = append(groups, group)
	}
	return groups
}

// maxTypedWords is how many words are looked for together; the rest is left out.
const maxTypedWords = 6
