package models

import (
	"path/filepath"
	"testing"

	"gorm.io/gorm"
)

// Addresses that were stored before they were tidied are found by their tidy form.
func TestStoredAddressesAreTidied(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, email := range []string{"éva@münchen.de", "nino@კაფე.გე", "nino@xn--lodin9b.xn--node", "nino@example.ge", "ნინო@გმაილ.ცომ", "e\u0301va@example.ge"} {
		c := Customer{Email: email, Name: "x", Lang: En, CreatedAt: s.Now(), UpdatedAt: s.Now()}
		if err := s.Write(t.Context(), func(tx *gorm.DB) error { return tx.Create(&c).Error }); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := s.writeDB.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"customers", "orders", "mail_links"} {
		if err := tidyEmailsOf(t.Context(), tx, table); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"éva@xn--mnchen-3ya.de", "nino@კაფე.გე", "nino@xn--lodin9b.xn--node", "nino@example.ge", "ნინო@xn--loddtic.xn--wodd2b", "éva@example.ge"} {
		if c, err := s.CustomerByID(t.Context(), int64(i+1)); err != nil || c.Email != want {
			t.Errorf("%d: %+v, %v, want %q", i+1, c, err, want)
		}
	}
}
