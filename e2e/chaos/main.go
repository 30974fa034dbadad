// Chaos starts the real shop and the real simulated bank as processes of their own, puts a bad
// network between them, lets buyers of all kinds and staff do their business through the pages,
// makes the bank misbehave in every way it can, and kills shop, bank and database again and again.
// When the storm is over it waits until both sides have come to rest and compares their books (see
// e2e/chaos/check). It ends with 1 if anything does not fit.
//
//	go run ./e2e/chaos -orders 200 -faults 5 -kills 10
//	go run ./e2e/chaos -orders 2000 -faults 5 -kills 60 -instances 3 -db postgres -seed 7
//
// A seed makes one plan: the buyers and their purchases, what the bank does, what is killed and after how
// many orders. What comes of it also depends on the machine, so that the same seed is a second try
// and no replay.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"dukani/e2e/chaos/check"
)

// options are what the command line says.
type options struct {
	Orders, Faults, Kills, Instances int
	DB, DatabaseURL                  string
	Seed                             uint64
	Buyers                           int
	Keep                             string
	Programs                         string // a folder with the programs; "": they are built
	Calm                             time.Duration
}

var errViolations = errors.New("the books do not fit")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "chaos:", err)
		}
		os.Exit(1)
	}
}

func readOptions(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.Orders, "orders", 200, "orders to place")
	flags.IntVar(&o.Faults, "faults", 5, "percentage of each fault of the bank and of the network")
	flags.IntVar(&o.Kills, "kills", 10, "kill -9 of shop, bank and database, in all")
	flags.IntVar(&o.Instances, "instances", 1, "instances of the shop behind a balancer without sticky sessions")
	flags.StringVar(&o.DB, "db", "sqlite", "sqlite or postgres")
	flags.StringVar(&o.DatabaseURL, "database-url", os.Getenv("TEST_DATABASE_URL"), "an empty PostgreSQL database to use; unset: a server of its own")
	flags.Uint64Var(&o.Seed, "seed", 0, "what the plan is drawn from; 0: a fresh one, which is printed")
	flags.IntVar(&o.Buyers, "buyers", 12, "buyers at the same time")
	flags.StringVar(&o.Keep, "keep", "", "an empty folder for the databases and logs, which stay; unset: a temporary one")
	flags.DurationVar(&o.Calm, "calm", 0, "how long both sides may take to come to rest after the storm; 0: three minutes, and one more for each thousand orders")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	for o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	if o.Calm == 0 { // every order has something to do when days go by at once
		o.Calm = 3*time.Minute + time.Duration(o.Orders)*time.Minute/1000
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("%q is no flag", flags.Arg(0))
	case o.DB != "sqlite" && o.DB != "postgres":
		return o, fmt.Errorf("-db is %q, need sqlite or postgres", o.DB)
	case o.DB == "sqlite" && o.Instances != 1:
		return o, errors.New("one process serves an SQLite file; several instances need -db postgres")
	case o.Orders < 1 || o.Instances < 1 || o.Buyers < 1 || o.Kills < 0 || o.Faults < 0 || o.Faults > 100:
		return o, errors.New("-orders, -instances and -buyers must be at least 1, -kills not negative, -faults 0 to 100")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := readOptions(args, stderr)
	if err != nil {
		return err
	}
	plan := newPlan(o)
	fmt.Fprintf(stdout, "chaos: seed %d, plan %s: %d orders by %d buyers, %d kills, %d %% of each fault, %d × shop on %s\n",
		o.Seed, plan.hash(), o.Orders, len(plan.Buyers), len(plan.Kills), o.Faults, o.Instances, o.DB)
	w, shop, bank, err := play(ctx, o, plan)
	if w != nil {
		defer func() { err = errors.Join(err, w.close(err != nil)) }()
	}
	if err != nil {
		return err
	}
	found := check.Check(shop, bank)
	w.report(stdout, shop, bank, found)
	if len(found) > 0 {
		return fmt.Errorf("%w: %d violations; the files are in %s; again: go run ./e2e/chaos -orders %d -faults %d -kills %d -instances %d -db %s -seed %d",
			errViolations, len(found), w.folder, o.Orders, o.Faults, o.Kills, o.Instances, o.DB, o.Seed)
	}
	return nil
}

// play carries out a plan and returns the books of both sides when they have come to rest. The world
// has to be closed; it is nil if there is none.
func play(ctx context.Context, o options, plan *plan) (w *world, shop *check.Shop, bank *check.Bank, err error) {
	if w, err = newWorld(ctx, o); err != nil {
		return nil, nil, nil, err
	}
	for _, act := range []struct {
		name string
		do   func() error
	}{
		{"start", func() error { return w.start(ctx, plan) }},
		{"storm", func() error { return w.storm(ctx, plan) }},
		{"calm", func() error { return w.calm(ctx) }},
		{"read", func() (err error) {
			shop, bank, err = w.read(ctx)
			return err
		}},
	} {
		began := time.Now()
		if err := act.do(); err != nil {
			return w, nil, nil, fmt.Errorf("%s: %w; the logs are in %s", act.name, err, w.folder)
		}
		w.took = append(w.took, fmt.Sprintf("%.0f %s", time.Since(began).Seconds(), act.name))
	}
	return w, shop, bank, nil
}
