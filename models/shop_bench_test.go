package models_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"dukani/models"
)

// The benchmarks run 32 callers at once, as a busy shop has them, and commit
// durably; parallelism is what lets them share a commit.

func BenchmarkAddToCart(b *testing.B) {
	s := openShop(b)
	s.product("honey", 12_50, 1_000_000)
	var n atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.AddToCart(b.Context(), fmt.Sprint("cart", n.Add(1)%1000), "honey", 1); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkPlaceOrder(b *testing.B) {
	s := openShop(b)
	s.product("honey", 12_50, 10_000_000)
	var n atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			cart := fmt.Sprint("cart", n.Add(1))
			if _, err := s.AddToCart(b.Context(), cart, "honey", 1); err != nil {
				b.Error(err)
			}
			if _, err := s.PlaceOrder(b.Context(), cart, s.seen(cart, checkout(12_50)), s.request); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkStoreCallback(b *testing.B) {
	s := openShop(b)
	s.product("honey", 12_50, 10)
	s.add("a", "honey", 1)
	o := s.opened("a", checkout(12_50))
	id := bankID(o.LastPayment())
	var n atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c := models.Callback{Body: fmt.Appendf(nil, "%1600d", n.Add(1)), Event: "order_payment", BankOrderID: id, OrderNumber: o.Number}
			if err := s.StoreCallback(b.Context(), c); err != nil {
				b.Error(err)
			}
		}
	})
}

// The payment of the repeated message is due already.
func BenchmarkRepeatedCallback(b *testing.B) {
	s := openShop(b)
	s.product("honey", 12_50, 3)
	s.add("a", "honey", 1)
	o := s.opened("a", checkout(12_50))
	c := models.Callback{Body: fmt.Appendf(nil, "%1600d", 1), BankOrderID: bankID(o.LastPayment())}
	if err := s.StoreCallback(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.StoreCallback(b.Context(), c); err != nil {
				b.Error(err)
			}
		}
	})
}
