package models_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dukani/models"
)

// A backup of a running shop is the shop as it was. Numbers that were given after it do not come again.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	s := openFile(t)
	s.product("honey", 10_00, 9)
	s.add("a", "honey", 1)
	before := s.opened("a", checkout(10_00))
	dir := filepath.Join(t.TempDir(), "backups")
	name, err := models.Backup(t.Context(), s.address, dir, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "shop-20261123-100000.db"); name != want {
		t.Errorf("written to %s, want %s", name, want)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("rights of the backup: %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("beside the backup: %v, %v", entries, err)
	}
	if _, err := models.Backup(t.Context(), s.address, dir, s.now); err == nil {
		t.Error("a backup was overwritten")
	}
	s.add("b", "honey", 1)
	after := s.opened("b", checkout(10_00)) // is not in the backup

	if _, err := models.Restore(t.Context(), name, s.address); err == nil {
		t.Error("a shop that runs was overwritten")
	}
	path := filepath.Join(t.TempDir(), "new", "shop.db")
	r, err := models.Restore(t.Context(), name, path)
	if err != nil {
		t.Fatal(err)
	}
	if r.Orders != 1 || r.LastNumber != before.Number || r.NextNumber != "D-110002" {
		t.Errorf("restored: %+v", r)
	}
	if _, err := models.Restore(t.Context(), name, path); err == nil || !strings.Contains(err.Error(), "nothing is overwritten") {
		t.Errorf("restored twice: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("rights of what was restored: %v, %v", info.Mode(), err)
	}
	again := s.reopened(path)
	if o := again.order(before.ID); o.Number != before.Number || o.Status != before.Status {
		t.Errorf("the order is %+v", o)
	}
	for i, want := range []string{"D-110002", "D-110003"} {
		cart := fmt.Sprint("c", i)
		again.add(cart, "honey", 1)
		if next := again.place(cart, checkout(10_00)); next.Number != want || next.Number == after.Number {
			t.Errorf("the next order is %s, want %s", next.Number, want)
		}
	}
	again.wantSound()

	// A backup of what was restored goes on above it.
	name, err = models.Backup(t.Context(), path, dir, s.now.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if r, err = models.Restore(t.Context(), name, path+"2"); err != nil || r.NextNumber != "D-120004" {
		t.Errorf("restored again: %+v, %v", r, err)
	}
}

func TestWhatIsNoBackupIsNotRestored(t *testing.T) {
	t.Parallel()
	s := openFile(t)
	whole, err := models.Backup(t.Context(), s.address, t.TempDir(), s.now)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte{}, data...)
	for i := len(data) / 2; i < len(data)/2+20_000; i++ {
		damaged[i] = 0xff
	}
	for what, content := range map[string][]byte{"text": []byte("Not a database, though long enough to be one"), "half": data[:len(data)/2], "damaged": damaged, "nothing": {}} {
		file, path := filepath.Join(t.TempDir(), "backup.db"), filepath.Join(t.TempDir(), "shop.db")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := models.Restore(t.Context(), file, path); err == nil {
			t.Errorf("%s: restored", what)
		}
		if left, _ := filepath.Glob(path + "*"); len(left) > 1 { // the lock
			t.Errorf("%s: left behind: %v", what, left)
		}
	}
	for _, of := range []string{"-wal", "-shm", "-journal"} { // of a database that is not there any more
		path := filepath.Join(t.TempDir(), "shop.db")
		if err := os.WriteFile(path+of, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := models.Restore(t.Context(), whole, path); err == nil {
			t.Errorf("restored beside an old %s", of)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Error("there is a database")
		}
	}
	if _, err := models.Backup(t.Context(), filepath.Join(t.TempDir(), "none.db"), t.TempDir(), s.now); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a backup of nothing: %v", err)
	}
}
