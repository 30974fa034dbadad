package models_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"dukani/models"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	store, err := models.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	store.Now = func() time.Time { return now }
	save := func(key, data string) {
		t.Helper()
		session := models.Session{Data: []byte(data)}
		live, err := store.SaveSession(t.Context(), key, session)
		if err == nil && !live {
			err = store.StartSession(t.Context(), key, session)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(key, data string, old bool) {
		t.Helper()
		got, gotOld, err := store.Session(t.Context(), key)
		var have []byte
		if got != nil {
			have = got.Data
		}
		if err != nil || !bytes.Equal(have, []byte(data)) || gotOld != old {
			t.Errorf("Session(%q) = %q, %v, %v; want %q, %v", key, have, gotOld, err, data, old)
		}
	}
	want("a", "", false)
	save("a", "one")
	save("b", "other")
	save("a", "two")
	want("a", "two", false)
	want("b", "other", false)

	now = now.Add(59 * time.Minute)
	want("a", "two", false)
	now = now.Add(2 * time.Minute)
	want("a", "two", true)
	save("a", "two")
	want("a", "two", false)

	now = now.Add(models.SessionLife - time.Minute)
	want("a", "two", true)
	want("b", "", false)
	save("c", "new") // clears b away
	now = now.Add(-models.SessionLife)
	want("b", "", false)
	want("a", "two", false)

	if err := store.DeleteSession(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	want("a", "", false)
	// A request that had read it before must not bring it back.
	if live, err := store.SaveSession(t.Context(), "a", models.Session{Data: []byte("late")}); live || err != nil {
		t.Errorf("saving an ended session: %v, %v", live, err)
	}
	want("a", "", false)
}
