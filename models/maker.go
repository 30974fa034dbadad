package models

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"
)

// Maker is somebody who made some of the goods, and what they get of the money for them.
type Maker struct {
	ID int64
	// NameKa and NameEn are the producer of their products, as the catalogue has it. The Georgian
	// name decides whose goods something is.
	NameKa, NameEn string
	IBAN           string `gorm:"column:iban"` // "": nothing is shared with them
	// Percent is their part of the price of their goods. If it is 0, AmountTetri is what they get
	// for each unit, at most its price.
	Percent     int
	AmountTetri Tetri
	Description string // what they read beside the transfer; "": nothing
	Version     int    // of the row, against changes made at the same time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Name is the maker's name in lang.
func (m Maker) Name(lang Lang) string {
	if lang == En && m.NameEn != "" {
		return m.NameEn
	}
	return m.NameKa
}

// words is how the audit list says what a maker gets.
func (m Maker) words() string {
	share := fmt.Sprintf("%d %%", m.Percent)
	if m.Percent == 0 {
		share = m.AmountTetri.String() + " a unit"
	}
	return strings.TrimSpace(m.IBAN + " " + share + " " + m.Description)
}

// Producer is a name by which the catalogue calls who made something.
type Producer struct {
	NameKa, NameEn string
	Products       int // that are on sale
}

// maxSplitText is how long the bank lets the description of a share be, and splitLetters are the
// letters it may have (bog-api.md §14; unconfirmed).
const (
	maxSplitText = 25
	splitLetters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ /-?:().,'+"
)

// ReadIBAN reads the number of an account at a Georgian bank as people type it, with spaces and in
// letters of either case: GE, two check digits, two letters for the bank, sixteen digits. It
// reports whether the number is whole and its check digits fit.
func ReadIBAN(s string) (iban string, ok bool) {
	iban = strings.ToUpper(strings.ReplaceAll(TidyLine(s), " ", ""))
	if len(iban) != 22 || iban[:2] != "GE" {
		return iban, false
	}
	var digits strings.Builder
	for i, c := range []byte(iban[4:] + iban[:4]) { // the check digits stand at the end for the sum
		letter := i < 2 || i == 18 || i == 19
		switch {
		case letter && c >= 'A' && c <= 'Z':
			fmt.Fprint(&digits, c-'A'+10)
		case !letter && c >= '0' && c <= '9':
			digits.WriteByte(c)
		default:
			return iban, false
		}
	}
	n, _ := new(big.Int).SetString(digits.String(), 10) // it has nothing but digits
	return iban, n.Mod(n, big.NewInt(97)).Int64() == 1
}

// tidy brings a maker's texts to the form in which they are stored, and names what is wrong with
// them by field.
func (m *Maker) tidy() map[string]string {
	wrong := map[string]string{}
	m.NameKa, m.Description = TidyLine(m.NameKa), TidyLine(m.Description)
	var ok bool
	if m.IBAN, ok = ReadIBAN(m.IBAN); !ok && m.IBAN != "" {
		wrong["iban"] = "admin.makers.error.iban"
	}
	switch {
	case utf8.RuneCountInString(m.Description) > maxSplitText:
		wrong["description"] = "admin.makers.error.long"
	case strings.Trim(m.Description, splitLetters) != "":
		wrong["description"] = "admin.makers.error.letters"
	}
	switch {
	case m.Percent < 0 || m.Percent > 100:
		wrong["percent"] = "admin.makers.error.percent"
	case m.AmountTetri < 0:
		wrong["amount"] = "admin.makers.error.amount"
	case m.Percent == 0 && m.AmountTetri == 0:
		wrong["percent"] = "admin.makers.error.none"
	case m.Percent > 0 && m.AmountTetri > 0:
		wrong["amount"] = "admin.makers.error.both"
	}
	return wrong
}

// Makers lists the makers by name.
func (s *Store) Makers(ctx context.Context) (list []Maker, err error) {
	return list, s.Read(ctx).Order("name_ka").Find(&list).Error
}

// MakerByID returns a maker. Errors: NotFound.
func (s *Store) MakerByID(ctx context.Context, id int64) (*Maker, error) {
	var m Maker
	err := s.Read(ctx).Where("id = ?", id).Take(&m).Error
	return &m, notFound(err, CodeMakerNotFound)
}

// Producers lists who made what the catalogue has on sale, by name.
func (s *Store) Producers(ctx context.Context) (list []Producer, err error) {
	err = queryAll(s.Read(ctx), &list, producers+"GROUP BY k.producer ORDER BY k.producer")
	return list, err
}

const producers = `SELECT k.producer AS name_ka, max(e.producer) AS name_en, count(*) AS products FROM products p
	JOIN product_texts k ON k.product_id = p.id AND k.lang = 'ka' JOIN product_texts e ON e.product_id = p.id AND e.lang = 'en'
	WHERE p.active = 1 AND k.producer <> '' `

// SaveMaker stores a maker: a new one if its ID is 0, whose name the catalogue must have, and
// otherwise what is shared with one there is. It counts for attempts to pay and captures that
// begin from now on. Errors: NotFound; Invalid (fields "name", "iban", "percent", "amount",
// "description"); Conflict "admin.makers.stale" if somebody else has saved it since m.Version.
func (s *Store) SaveMaker(ctx context.Context, by Actor, m Maker) error {
	wrong := m.tidy()
	if len(wrong) > 0 {
		return &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: wrong}
	}
	return s.inTx(ctx, func(tx *Tx) error {
		if err := tx.lockSubject("makers"); err != nil {
			return err
		}
		var taken bool
		if err := query(tx.DB, []any{&taken}, "SELECT EXISTS (SELECT 1 FROM makers WHERE iban = ? AND iban <> '' AND id <> ?)", m.IBAN, m.ID); err != nil {
			return err
		}
		if taken { // the bank's receipt tells shares apart by their accounts
			return wrongField("iban", "admin.makers.error.taken")
		}
		if m.ID == 0 {
			return addMaker(tx, by, m)
		}
		return changeMaker(tx, by, m)
	})
}

func addMaker(tx *Tx, by Actor, m Maker) error {
	var found []Producer
	if err := queryAll(tx.DB, &found, producers+"AND k.producer = ? GROUP BY k.producer", m.NameKa); err != nil {
		return err
	}
	if len(found) == 0 {
		return wrongField("name", "admin.makers.error.name")
	}
	m.NameEn, m.Version, m.CreatedAt, m.UpdatedAt = found[0].NameEn, 1, tx.now, tx.now
	created, err := tx.createUnlessThere(&m)
	if err != nil {
		return err
	}
	if !created {
		return wrongField("name", "admin.makers.error.there")
	}
	return audit(tx, by, "maker", "maker "+m.NameKa, "", m.words())
}

func changeMaker(tx *Tx, by Actor, m Maker) error {
	var was Maker
	if err := tx.locked().Where("id = ?", m.ID).Take(&was).Error; err != nil {
		return notFound(err, CodeMakerNotFound)
	}
	if was.Version != m.Version {
		return conflict(CodeMakerStale)
	}
	before := was.words()
	was.IBAN, was.Percent, was.AmountTetri, was.Description = m.IBAN, m.Percent, m.AmountTetri, m.Description
	if was.words() == before {
		return nil
	}
	was.Version, was.UpdatedAt = was.Version+1, tx.now
	if err := tx.save(&was, "IBAN", "Percent", "AmountTetri", "Description", "Version", "UpdatedAt"); err != nil {
		return err
	}
	return audit(tx, by, "maker", "maker "+was.NameKa, before, was.words())
}
