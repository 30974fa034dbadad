// With-postgres runs a command beside a PostgreSQL server of its own, whose empty database the command
// finds in TEST_DATABASE_URL. If that names one already, it is used and none is started.
//
//	go run ./e2e/postgres/cmd/with-postgres go test ./models
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"dukani/e2e/postgres"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if ended, ok := errors.AsType[*exec.ExitError](err); ok {
			os.Exit(max(ended.ExitCode(), 1)) // the command has said why
		}
		fmt.Fprintln(os.Stderr, "with-postgres:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	const name = "TEST_DATABASE_URL"
	if len(args) == 0 {
		return errors.New("name a command")
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if os.Getenv(name) == "" {
		// What the tests write need not survive them; and many of them run at once.
		server, err := postgres.Start(ctx, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB", "max_connections=500")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		cmd.Env = append(os.Environ(), name+"="+server.URL)
	}
	return cmd.Run()
}
