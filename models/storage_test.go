package models_test

import (
	"strings"
	"testing"

	"dukani/models"
	"dukani/models/storetest"
)

// StorageDown knows the errors of a database that cannot do its work for the moment.
func TestWhatKeepsTheDatabaseFromWorking(t *testing.T) {
	t.Parallel()
	storetest.SQLiteOnly(t)
	for name, c := range map[string]struct {
		pragma string
		down   bool
	}{
		"the disk is full":           {"max_page_count = 1", true}, // becomes what it has already
		"the file can only be read":  {"query_only = 1", true},
		"it is somebody's to change": {"busy_timeout = 1", true},
		"nothing":                    {"cache_size = -2000", false},
	} {
		s := openShop(t)
		s.raw.SetMaxOpenConns(1)
		if _, err := s.JobsDB().Exec("PRAGMA " + c.pragma); err != nil {
			t.Fatal(err)
		}
		if name == "it is somebody's to change" {
			s.exec("BEGIN IMMEDIATE")
			defer s.exec("ROLLBACK")
		}
		err := s.Journal(t.Context(), models.Event{Kind: "callback", Cause: "test", Verdict: strings.Repeat("x", 1<<16)})
		if models.StorageDown(err) != c.down || (err != nil) != c.down {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := openShop(t)
	s.exec("DROP TABLE payment_events")
	if err := s.Journal(t.Context(), models.Event{Kind: "callback", Cause: "test"}); err == nil || models.StorageDown(err) {
		t.Errorf("a mistake of ours: %v", err)
	}
}
