package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"dukani/models"
)

// takePlace reads the one argument of backup and restore. Errors match errUsage.
func (c *command) takePlace() error {
	if c.flags.NArg() != 1 {
		return fmt.Errorf("%s needs one argument, %s; %w", c.name, map[string]string{"backup": "a folder", "restore": "a backup"}[c.name], errUsage)
	}
	c.place = c.flags.Arg(0)
	return nil
}

// needSQLite returns an error that matches errUsage unless the shop is in an SQLite file.
func needSQLite(cfg *config, command string) error {
	if !models.IsPostgres(cfg.Database) {
		return nil
	}
	why := "DATABASE_URL names a PostgreSQL database, which pg_dump backs up and pg_restore restores"
	if command == "move" {
		why = "DATABASE_URL names a PostgreSQL database already, and move begins at an SQLite file"
	}
	return fmt.Errorf("%s; %w", why, errUsage)
}

// checkFile returns an error unless the shop is in an SQLite file that is there: opening a
// shop makes one that is missing.
func checkFile(cfg *config, command string) error {
	if err := needSQLite(cfg, command); err != nil {
		return err
	}
	if _, err := os.Stat(cfg.Database); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database %s; DATABASE_URL says where it is", cfg.Database)
	}
	return nil
}

// backup writes a copy of the database into a folder and prints its name.
func backup(ctx context.Context, cfg *config, dir string, stdout io.Writer) error {
	if err := checkFile(cfg, "backup"); err != nil {
		return err
	}
	name, err := models.Backup(ctx, cfg.Database, dir, time.Now())
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	fmt.Fprintln(stdout, name)
	return nil
}

// restore makes a backup the database, and says what is left to do: what happened after the backup is
// known to the bank alone, which has no list of a shop's orders.
func restore(ctx context.Context, cfg *config, file string, stdout io.Writer) error {
	if err := needSQLite(cfg, "restore"); err != nil {
		return err
	}
	r, err := models.Restore(ctx, file, cfg.Database)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	last := ""
	if r.LastNumber != "" {
		last = ", the last is " + r.LastNumber
	}
	fmt.Fprintf(stdout, `%s: %d orders%s.
The next order is %s: the numbers between may have been used after the backup, and the bank knows them.

What happened after the backup is not in it. Now:
1. Start the shop: the bank repeats the messages that are not answered, and what it says of an order that is not in
   the backup becomes an item of the review queue.
2. Run reconcile: it asks the bank about every payment that was open when the backup was made, and lists the items.
   Run reconcile -day for each day since the backup, too.
3. Compare the bank's list of payments since then with the shop's: an order that was placed and paid after the backup,
   and about which the bank has nothing more to say, can only be found there.
Mails that had not been sent when the backup was made are sent, perhaps again. Stock is what it was then: count it.
`, cfg.Database, r.Orders, last, r.NextNumber)
	return nil
}
