package models_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"dukani/models"
)

// orderDimension is one of the things that the list is filtered by, with every value that it can have, or with spans in
// which there are few orders and many.
type orderDimension struct {
	name   string
	values []func(*models.OrderListFilter)
}

func orderDimensions() []orderDimension {
	days := func(from, to int) func(*models.OrderListFilter) {
		return func(f *models.OrderListFilter) {
			f.From, f.To = ordersUntil.AddDate(0, 0, -from).Truncate(24*time.Hour), ordersUntil.AddDate(0, 0, 1-to).Truncate(24*time.Hour)
		}
	}
	amounts := func(least, most models.Tetri) func(*models.OrderListFilter) {
		return func(f *models.OrderListFilter) { f.Min, f.Max = least, most }
	}
	statuses := strings.Fields("awaiting_payment confirming on_hold paid declined expired cancelled review refund_requested partly_refunded refunded")
	fulfilments := strings.Fields("waiting packed sent delivered ready handed_over returned")
	return []orderDimension{
		{"status", each(statuses, func(f *models.OrderListFilter, s string) { f.Status = models.OrderStatus(s) })},
		{"fulfilment", each(fulfilments, func(f *models.OrderListFilter, s string) { f.Fulfilment = models.Fulfilment(s) })},
		{"delivery", each(models.DeliveryOptions(), func(f *models.OrderListFilter, d models.DeliveryOption) { f.Delivery = d.Delivery })},
		{"method", each(models.Methods(), func(f *models.OrderListFilter, m models.Method) { f.Method = m })},
		{"day", []func(*models.OrderListFilter){days(0, 0), days(700, 700), days(700, 670), days(900, 0)}},
		{"amount", []func(*models.OrderListFilter){amounts(99_99, 99_99), amounts(0, 7_00), amounts(40_00, 80_00), amounts(400_00, 0)}},
	}
}

// each returns a change of the filter for each value.
func each[T any](values []T, set func(*models.OrderListFilter, T)) (changes []func(*models.OrderListFilter)) {
	for _, v := range values {
		changes = append(changes, func(f *models.OrderListFilter) { set(f, v) })
	}
	return changes
}

// The list has to answer within 50 ms at a million orders whatever it is filtered by: each filter, all pairs
// and all triples of filters, with every value there is. What is reported is the slowest, in processor time; -v
// names it.
func BenchmarkOrderFilters(b *testing.B) {
	n := 20_000
	if *bigOrders {
		n = 1_000_000
	}
	store, _ := manyOrders(b, n)
	dimensions := orderDimensions()
	var combine func(name string, filters []models.OrderListFilter, from, more int)
	combine = func(name string, filters []models.OrderListFilter, from, more int) {
		for i := from; i < len(dimensions); i++ {
			d := dimensions[i]
			var list []models.OrderListFilter
			for _, f := range filters {
				for _, with := range d.values {
					with(&f) // replaces the value before
					list = append(list, f)
				}
			}
			name := strings.TrimPrefix(name+"+"+d.name, "+")
			b.Run(name, func(b *testing.B) { slowestOrders(b, store, list) })
			if more > 1 {
				combine(name, list, i+1, more-1)
			}
		}
	}
	combine("", []models.OrderListFilter{{}}, 0, 3)
}

// slowestOrders reports the slowest and the median of the filters.
func slowestOrders(b *testing.B, store *models.Store, filters []models.OrderListFilter) {
	for b.Loop() {
		var took []time.Duration
		var slowest models.OrderListFilter
		for _, f := range filters {
			t := listTime(b, store, f)
			if len(took) == 0 || t > slices.Max(took) {
				slowest = f
			}
			took = append(took, t)
		}
		reportTimes(b, took)
		b.Logf("%+v", slowest)
	}
}

// listTime is the processor time that a page of the list takes, which other work on the machine does not
// change, of the better of two tries: what is measured is not how cold the memory is.
func listTime(b *testing.B, store *models.Store, f models.OrderListFilter) time.Duration {
	b.Helper()
	best := time.Hour
	for range 2 {
		began := processorTime(b)
		if _, err := store.OrderList(b.Context(), f, models.OrderListPlace{}); err != nil {
			b.Fatal(err)
		}
		best = min(best, processorTime(b)-began)
	}
	return best
}

func reportTimes(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(float64(len(took)), "filters")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(0, "ns/op")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
