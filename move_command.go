package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"dukani/models"
	"dukani/models/catalog"
)

// checkMove returns why the command cannot be meant. Errors match errUsage.
func checkMove(to string) error {
	if !models.IsPostgres(to) {
		return fmt.Errorf("move needs -to postgres://…, the database to move to; %w", errUsage)
	}
	return nil
}

// move takes the shop over into a PostgreSQL database and prints what it has taken over.
func move(ctx context.Context, from *models.Store, address string, stdout io.Writer) error {
	to, err := models.Open(ctx, address)
	if err != nil {
		return fmt.Errorf("-to: %w", err)
	}
	defer to.Close()
	report, err := models.Move(ctx, from, to, catalog.New(to).Index)
	if err != nil {
		return fmt.Errorf("nothing was moved: %w", err)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "table\trows\tsum in tetri\t")
	for _, t := range report.Tables {
		fmt.Fprintf(w, "%s\t%d\t%d\t\n", t.Name, t.Rows, int64(t.Tetri))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d jobs that were waiting are queued there.\n", report.Jobs)
	for _, name := range report.Left {
		fmt.Fprintf(stdout, "The table %s is not the shop's and was left.\n", name)
	}
	fmt.Fprintln(stdout, "The shop has moved. Set DATABASE_URL to the new database before it is started again, and keep the file.")
	return nil
}
