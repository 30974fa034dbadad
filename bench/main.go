// Bench starts the built shop with a big catalogue and measures it over real
// loopback connections. Each figure is a ratio: requests a second of the shop to
// those of a bare Fiber handler that sends the same bytes, measured in the same
// run with the same client.
//
//	go run ./bench                 10,000 products; shop and bare handler 3 seconds each for a scenario
//	go run ./bench -products 1000000 -only category-any,product-any,search-any
//	go run ./bench -db sqlite,postgres -instances 2 -connections 16 -only checkout
//
// With both databases, each has a shop of its own in the same run, and they take turns, too. The
// connections are spread over the instances of a shop on PostgreSQL as a balancer would spread them.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

type options struct {
	products, connections int
	duration              time.Duration
	only                  string
	databases             string
	instances             int
	bare                  bool
}

func main() {
	var o options
	flag.IntVar(&o.products, "products", 10_000, "made-up products in the catalogue")
	flag.IntVar(&o.connections, "connections", 32, "connections at once")
	flag.DurationVar(&o.duration, "duration", 3*time.Second, "how long each side of a measurement is under load")
	flag.StringVar(&o.only, "only", "", "comma-separated scenarios; empty: all")
	flag.StringVar(&o.databases, "db", "sqlite", "sqlite, postgres, or both with a comma between")
	flag.IntVar(&o.instances, "instances", 1, "instances of the shop on PostgreSQL")
	flag.BoolVar(&o.bare, "bare", false, "be the bare handler (used by bench itself)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if o.bare {
		log.Fatal(serveBare())
	}
	if err := run(ctx, o); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o options) error {
	folder, err := os.MkdirTemp("", "dukani-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := build(ctx, folder); err != nil {
		return err
	}
	var worlds []*world
	defer func() {
		for _, w := range worlds {
			w.stop()
		}
	}()
	for database := range strings.SplitSeq(o.databases, ",") {
		w, err := newWorld(ctx, o, folder, database)
		if err != nil {
			return err
		}
		worlds = append(worlds, w)
		fmt.Printf("%s: seeding %d products…\n", database, o.products)
		if err := w.seed(ctx); err != nil {
			return err
		}
		if err := w.start(ctx); err != nil {
			return err
		}
		fmt.Printf("%s: start to first page with data in place: %s\n", database, w.started.Round(time.Millisecond))
		fmt.Printf("%s: memory idle: %d MiB\n", database, w.memory())
	}
	bare, err := startBare(ctx, folder)
	if err != nil {
		return err
	}
	defer bare.stop()

	fmt.Printf("\n| scenario | database | bytes | shop /s | bare /s | ratio | by processor time | MiB then |\n|---|---|---|---|---|---|---|---|\n")
	for _, s := range scenarios() {
		if o.only != "" && !strings.Contains(","+o.only+",", ","+s.name+",") {
			continue
		}
		if err := measure(ctx, worlds, bare, s); err != nil {
			said, _ := os.ReadFile(filepath.Join(folder, "dukani.log"))
			return fmt.Errorf("%s: %w\n%s", s.name, err, said[max(0, len(said)-4000):])
		}
	}
	fmt.Println()
	for _, w := range worlds {
		fmt.Printf("%s: memory, highest (with the simulated bank and all its orders in it): %d MiB\n", w.database, w.peak())
	}
	return nil
}

func build(ctx context.Context, folder string) error {
	for target, pkg := range map[string]string{"dukani": ".", "bench": "./bench"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(folder, target), pkg)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", pkg, err)
		}
	}
	return nil
}
