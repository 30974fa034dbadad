package main

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"dukani/models"
)

// What a shop was working on when it was killed is taken up when it starts again.
func TestJobsOfAKilledShopAreTakenUpAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shop.db")
	_, stop := start(t, "DATABASE_URL", file)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var id int64
	err = db.QueryRow(`INSERT INTO river_job (args, kind, queue, state, attempt, attempted_at) VALUES (jsonb('{"email": "nobody@example.ge"}'), ?, ?, 'running', 1,
		strftime('%Y-%m-%d %H:%M:%f', 'now')) RETURNING id`, models.WarnJob{}.Kind(), models.QueueUpkeep).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	_, stop = start(t, "DATABASE_URL", file)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for state, patience := "", time.Now().Add(20*time.Second); state != "completed"; <-look.C {
		if time.Now().After(patience) {
			t.Fatalf("the job is %s", state)
		}
		if err := db.QueryRow("SELECT state FROM river_job WHERE id = ?", id).Scan(&state); err != nil {
			t.Fatal(err)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
